import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { level } from '../../../src/record/encode/level.ts';
import { LEVELS } from '../../../src/record/format/words.ts';

function f(content: string): string | undefined {
  const bytes = Buffer.from(`before ERROR ${content}\nERROR after`);
  return LEVELS[level(bytes, 13, bytes.length - 12)];
}

const TABLE: readonly (readonly [string, string, string | undefined])[] = [
  ['klog info', 'I1120 01:02:03.000000       1 controller.go:1] "x"', 'info'],
  ['klog warning', 'W1120 01:02:03.000000       1 x.go:1] x', 'warn'],
  ['klog error', 'E1120 01:02:03.000000       1 x.go:1] x', 'error'],
  ['klog fatal', 'F1120 01:02:03.000000       1 x.go:1] x', 'fatal'],
  ['not klog', 'I112 is a number', undefined],
  ['pino', '{"level":30,"time":1,"msg":"x"}', 'info'],
  ['pino fatal', '{"level":60,"msg":"x"}', 'fatal'],
  ['pino, own level', '{"level":35,"msg":"x"}', undefined],
  ['bunyan', '{"name":"a","hostname":"b","pid":1,"level":50,"msg":"x"}', 'error'],
  ['zap', '{"level":"info","ts":1.5,"msg":"x"}', 'info'],
  ['slog', '{"time":"2026-11-20T01:02:03Z","level":"WARN","msg":"x"}', 'warn'],
  ['ECS', '{"@timestamp":"2026-11-20T01:02:03Z","log.level":"ERROR"}', 'error'],
  ['GCP', '{"severity":"CRITICAL","message":"x"}', 'fatal'],
  ['logrus', '{"lvl": "warning", "msg":"x"}', 'warn'],
  ['Serilog compact', '{"@t":"2026","@m":"x","@l":"Warning"}', 'warn'],
  ['Python json', '{"asctime": "x", "levelname": "ERR"}', 'error'],
  ['JSON, level after nested members', '{"req":{"level":"fatal","a":["}"]},"level":"debug"}', 'debug'],
  ['JSON, level only in a string', '{"msg":"\\"level\\":\\"error\\""}', undefined],
  ['JSON, level not seen in the first bytes', `{"msg":"${'x'.repeat(120)}","level":"error"}`, undefined],
  ['JSON, unknown word', '{"level":"loud"}', undefined],
  ['JSON, level is no word', '{"level":{"a":1}}', undefined],
  ['JSON, broken', '{"level', undefined],
  ['JSON, broken after the colon', '{"level":', undefined],
  ['JSON, a false start', '{ERROR}', undefined],
  ['logfmt', 'time="2026-11-20T01:02:03Z" level=info msg="no error"', 'info'],
  ['logfmt, quoted', 'ts=1 level="warn" msg=x', 'warn'],
  ['logfmt, lvl', 't=1 lvl=eror msg=x', 'error'],
  ['logfmt, severity', 'severity=NOTICE x', 'info'],
  ['logfmt, another key', 'sublevel=error x', undefined],
  ['logfmt, dotted key', 'log.level=error x', 'error'],
  ['bracketed', '[ERROR] boom', 'error'],
  ['bracketed, mixed case', '2026-11-20 01:02:03 [Warning] x', 'warn'],
  ['nginx error log', '2026/11/20 01:02:03 [error] 7#7: *1 open() failed', 'error'],
  ['nginx crit', '2026/11/20 01:02:03 [crit] 7#7: x', 'fatal'],
  ['Apache', '[Fri Nov 20 01:02:03.000000 2026] [core:error] [pid 1] x', 'error'],
  ['Fluent Bit', '[2026/11/20 01:02:03] [ info] [engine] started', 'info'],
  ['Serilog console', '[01:02:03 INF] Started', 'info'],
  ['Envoy', '[2026-11-20 01:02:03.456][1][warning][main] x', 'warn'],
  ['spaced', '2026-11-20 01:02:03,456 WARN  com.example.A - x', 'warn'],
  ['logback', '01:02:03.456 [main] ERROR c.e.A - x', 'error'],
  ['Spring Boot', '2026-11-20T01:02:03.456+09:00  INFO 1 --- [main] c.e.A : x', 'info'],
  ['java.util.logging', 'SEVERE: x', 'error'],
  ['Python logging', 'WARNING:root:x', 'warn'],
  ['PostgreSQL', '2026-11-20 01:02:03.456 UTC [1] FATAL:  x', 'fatal'],
  ['dashes', '2026-11-20 - app - DEBUG - x', 'debug'],
  ['bars', '2026-11-20 | ERROR    | app:main:1 - x', 'error'],
  ['zap console', '2026-11-20T01:02:03.456Z\tinfo\tapp/main.go:1\tx', 'info'],
  ['winston simple', 'info: server started', 'info'],
  ['.NET console', 'fail: Microsoft.AspNetCore.Server.Kestrel[13]', 'error'],
  ['.NET trace', 'trce: A[0]', 'trace'],
  ['coloured word', '\u001b[32mINFO\u001b[0m started', 'info'],
  ['coloured, lower case', '\u001b[31merror\u001b[39m: boom', 'error'],
  ['coloured, zerolog', '\u001b[90m1:02AM\u001b[0m \u001b[33mWRN\u001b[0m x', 'warn'],
  ['coloured, several codes', '\u001b[1;31mERROR\u001b[0m x', 'error'],
  ['CoreDNS', '[INFO] 10.0.0.1:1 - 1 "A IN x. udp" NOERROR', 'info'],
  ['a sentence', 'there was no error found', undefined],
  ['a sentence with capitals', 'Error handling is fine', undefined],
  ['a word within a word', 'MYERROR and ERRORS and INFORMATIVE', undefined],
  ['an access log', '10.1.2.3 - - [20/Nov/2026:01:02:03 +0000] "GET /INFO ERROR HTTP/1.1" 200 1', undefined],
  ['quoted text', 'x "ERROR y"', undefined],
  ['a path', 'GET /api/ERROR/x', undefined],
  ['a frame', '\tat com.example.ERROR(INFO.java:1)', undefined],
  ['Korean', '주문 처리 완료: 주문번호=1', undefined],
  ['too far away', `${'x'.repeat(110)} ERROR x`, undefined],
  ['empty', '', undefined],
  ['one letter', 'E', undefined],
  ['stops at the end', 'x ', undefined],
];

test.each(TABLE)('%s', (_name, content, want) => {
  expect(f(content)).toBe(want);
});

test('no content, however odd, is read beyond its end', () => {
  for (const tail of ['[', '=', '\u001b[', '\u001b', '\t', 'level=', '{"level":"', '{"a":[', '{"a', 'ERRO', 'I1120']) {
    expect(f(tail)).toBe(undefined);
  }
  const info = Buffer.from('info: what follows belongs to somebody else');
  expect(level(info, 0, 5)).toBe(0);
  expect(level(info, 0, 6)).toBe(3);
});

test('every byte may stand before a level, in any number', () => {
  for (let c = 0; c < 256; c++) {
    for (const odd of [Buffer.of(c), Buffer.of(c, c, 0x20), Buffer.of(0x78, c)]) {
      const bytes = Buffer.concat([odd, Buffer.from('x ERROR: x [WARN] <info> W x: E 1 2 D x')]);
      expect(level(bytes, 0, bytes.length)).toBeGreaterThanOrEqual(0);
    }
  }
});
