/** `podferry explain`: what it says of records of every fate, and that it is what a replay makes of them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../src/config/config.ts';
import { explain } from '../src/explain.ts';
import { columns } from '../src/sinks/stdout/ansi.ts';
import { TextPattern, withPatterns } from '../src/util/text-pattern.ts';
import { BUNDLE } from './helpers/agent.ts';
import { memoryLog } from './helpers/source.ts';

await withPatterns(() => TextPattern.of('a'));

const UID = '0b1c2d3e-1111-2222-3333-444455556666';
const LINES = [
  '2026-11-20T01:02:03.1Z stdout F {"level":"warn","msg":"the bank is slow","caller":"bank/client.go:88","order":"A-1"}',
  '2026-11-20T01:02:03.2Z stderr F 2026-11-20 01:02:03 ERROR shop: no',
  '2026-11-20T01:02:03.2Z stdout F GET /healthz 200',
  '2026-11-20T01:02:03.3Z stderr F java.lang.IllegalStateException: no',
  '2026-11-20T01:02:03.4Z stderr F \tat com.example.A.b(A.java:1)',
  '2026-11-20T01:02:03.5Z stdout P par',
  '2026-11-20T01:02:03.6Z stdout F tial DEBUG',
  '2026-11-20T01:02:03.7Z stdout F level=debug token=s3cr3t \u001b]0;title\u0007\u202e',
  '2026-11-20T01:02:03.8Z stdout F ',
  '2026-11-20T01:02:03.9Z stdout F -----BEGIN PRIVATE KEY----- 주문 처리 완료 '.padEnd(300, '가'),
];
/** Where the k-th line begins. */
const at = (k: number): number =>
  Buffer.byteLength(
    LINES.slice(0, k)
      .map((line) => `${line}\n`)
      .join(''),
  );

let dir: string;
let file: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-explain-'));
  const container = join(dir, `shop_web-1_${UID}`, 'web');
  mkdirSync(container, { recursive: true });
  file = join(container, '0.log');
  writeFileSync(file, LINES.map((line) => `${line}\n`).join(''));
  writeFileSync(join(dir, 'old.log.gz'), gzipSync(LINES.map((line) => `${line}\n`).join('')));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Asked {
  readonly paths?: readonly string[];
  readonly offset?: number;
  readonly id?: string;
  readonly rules?: string;
  readonly stdin?: string;
  readonly podsFile?: string;
}

async function said({ paths = [file], offset, id, rules = '[]', stdin = '', podsFile }: Asked): Promise<string> {
  const { config } = loadConfig({
    ...{ purpose: 'replay', sets: [`rules=${rules}`], env: {}, hostname: 'laptop', defaultFile: join(dir, 'none') },
  });
  const written: string[] = [];
  const status = await explain(config, {
    ...{ paths, offset, id, podsFile, stdin: Readable.from([Buffer.from(stdin)]), version: '0.0.0', log: memoryLog() },
    stdout: { write: (bytes, done) => (written.push(bytes.toString()), done?.()) },
    signal: new AbortController().signal,
  });
  expect(status).toBe(0);
  const text = written.join('');
  for (const line of text.split('\n')) expect(columns(line), line).toBeLessThanOrEqual(80);
  expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  return text;
}

/** What stands behind the name of a step, in one line. */
function step(text: string, name: string): string {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith(name.padEnd(10)));
  const more = lines.slice(from + 1);
  const to = more.findIndex((line) => !line.startsWith(' '.repeat(10)));
  return [lines[from]!, ...more.slice(0, to)].map((line) => line.slice(10).trim()).join(' ');
}

describe('a line of a file', () => {
  test('of JSON: its format, where its fields and its level come from, and its document', async () => {
    const text = await said({ offset: at(0) + 40 });
    expect(step(text, 'record')).toMatch(/web\/0\.log at byte 0, stdout$/);
    expect(step(text, 'format')).toContain('CRI, as containerd');
    expect(step(text, 'time')).toContain('2026-11-20T01:02:03.1Z, which the runtime wrote');
    expect(step(text, 'fields')).toBe(
      'message: the member msg log.origin.file.line: the member caller log.origin.file.name: the member caller ' +
        'json: 2 other values',
    );
    expect(step(text, 'level')).toBe('warn, from the member level: "warn"');
    expect(step(text, 'rules')).toBe(
      'there are none asked for, all together: multiline auto, structured auto, parse auto',
    );
    expect(step(text, 'outcome')).toBe('sent');
    expect(text).toContain('"message": "the bank is slow"');
  });

  test('of a stack trace, whichever of its lines it is, with another stream between', async () => {
    const whole = await said({ offset: at(1) });
    expect(step(whole, 'lines')).toBe(
      '3 joined: a stack trace whose frames begin with "at": Java, .NET, Node and others',
    );
    expect(step(whole, 'level')).toBe('error');
    expect(step(whole, 'error')).toBe('java.lang.IllegalStateException: no');
    for (const k of [3, 4]) expect(await said({ offset: at(k) + 5 })).toBe(whole);
    expect(step(await said({ offset: at(2) }), 'content')).toBe('16 bytes GET /healthz 200');
  });

  test.each([
    [
      '10.1.2.3 - - [20/Nov/2026:01:02:03 +0000] "GET /x HTTP/1.1" 200 512',
      'as access: client.ip, http.request.method, http.response.body.bytes, http.response.status_code, http.version, url.original',
      'none: it stands nowhere where lines of access have it',
    ],
    ['level=warn msg=slow order=7', 'as logfmt json: 3 other values', 'warn, as far as "level=warn"'],
    [
      '2026-11-20 01:02:03.123 UTC [42] LOG:  checkpoint starting: time',
      'as postgresql: event.created, process.pid',
      'info, as lines of postgresql say it',
    ],
    [
      'plain words',
      'none: the content is no JSON object, and no text of a format that is taken apart',
      'none: it stands nowhere where loggers write it',
    ],
  ])('of text: %s', async (line, fields, level) => {
    const text = await said({ paths: ['-'], stdin: `2026-11-20T01:02:03.1Z stdout F ${line}\n` });
    expect(step(text, 'fields')).toBe(fields);
    expect(step(text, 'level')).toBe(level);
  });

  test('of partial lines', async () => {
    const text = await said({ offset: at(6) });
    expect(step(text, 'record')).toContain(`at byte ${at(5)}, stdout`);
    expect(step(text, 'lines')).toMatch(/^one, put together from partial lines; /);
    expect(step(text, 'content')).toBe('13 bytes partial DEBUG');
  });

  test('of a compressed file, and of one in no known format', async () => {
    const text = await said({ paths: [join(dir, 'old.log.gz')], offset: at(2) });
    expect(step(text, 'content')).toBe('16 bytes GET /healthz 200');
    const raw = join(dir, 'raw.log');
    writeFileSync(raw, 'plain text\n');
    expect(step(await said({ paths: [raw], offset: 3 }), 'format')).toMatch(/^none that a container runtime writes/);
  });

  test('joined by the pattern of a rule', async () => {
    const rules = "[{match: {pod: x}, drop: true}, {match: {pod: web-*}, multiline: {first_line: '^GET'}}]";
    const text = await said({ offset: at(6), rules });
    expect(step(text, 'lines')).toBe('5 joined: only the first one matches first_line /^GET/ (rules[1])');
    expect(step(text, 'rules')).toMatch(/^rules\[1\] of 2 match this container /);
  });
});

describe('a record that a rule drops', () => {
  test.each([
    ['min_level: info', 7, 'dropped by min_level: its level is below info', 'debug, as far as "level=debug"'],
    ['sample: 100000', 0, 'sent', 'warn, from the member level: "warn"'],
    [
      'sample: 100000',
      2,
      /^dropped by sample: one record in 100000 is kept/,
      'none: it stands nowhere where loggers write it',
    ],
    [
      "exclude: [xyz, {pattern: 'GET /(health|ready)z'}]",
      2,
      'dropped by exclude: /GET /(health|ready)z/ is in it',
      /^none/,
    ],
    ['exclude: [healthz]', 2, 'dropped by exclude: "healthz" is in it', /^none/],
    ['include: [xyz, {pattern: "b$"}]', 2, 'dropped by include: it has nothing of "xyz", /b$/ in it', /^none/],
    ['rate: {records: 1, burst: 1s}', 2, /^dropped by rate: more than 1 record a second, counted over 1 s/, /^none/],
  ] as const)('%s', async (asks, k, outcome, level) => {
    const text = await said({ offset: at(k), rules: `[{match: {namespace: shop}, ${asks}}]` });
    const says = (name: string, expected: string | RegExp): void => {
      if (typeof expected === 'string') expect(step(text, name)).toBe(expected);
      else expect(step(text, name)).toMatch(expected);
    };
    says('outcome', outcome);
    says('level', level);
    expect(text.includes('"@timestamp"')).toBe(outcome === 'sent');
  });

  test('with its whole log', async () => {
    const text = await said({ offset: 0, rules: '[{match: {pod: web-*}, drop: true}]' });
    expect(step(`${text}\n`, 'outcome')).toContain('is never opened: a rule or an annotation of its pod drops it');
  });

  test('by an annotation of its pod', async () => {
    const podsFile = join(dir, 'pods.json');
    const annotations = { 'podferry.io/min-level': 'error', 'podferry.io/redact': 'email' };
    const metadata = { uid: UID, name: 'web-1', namespace: 'shop', labels: { app: 'shop' }, annotations };
    writeFileSync(podsFile, JSON.stringify({ kind: 'Pod', metadata, spec: { containers: [{ name: 'web' }] } }));
    const text = await said({ offset: 0, podsFile, rules: '[{match: {labels: {app: shop}}, sample: 1}]' });
    expect(step(text, 'outcome')).toBe('dropped by min_level: its level is below error');
    expect(step(text, 'rules')).toContain(
      'rules[0] of 1 match this container the pod asks for podferry.io/min-level: "error"',
    );
    expect(step(text, 'redacted')).toBe('nothing was found looked for: email');
  });
});

test('what is redacted is counted and never shown', async () => {
  const rules =
    "[{match: {namespace: '*'}, redact: [email, private_key, {pattern: 'token=([a-z0-9]+)', name: token}]}]";
  const text = await said({ offset: at(7), rules });
  expect(step(text, 'redacted')).toBe(
    '[redacted:token] 1 × looked for: email, private_key, token by /token=([a-z0-9]+)/',
  );
  expect(text).not.toContain('s3cr3t');
  expect(step(text, 'content')).toContain('level=debug token=[redacted:token] ␛]0;title␇\\u{202e}');
  expect(step(await said({ offset: at(9), rules }), 'redacted')).toContain('[redacted:private_key] 1 ×');
});

describe('a document', () => {
  test('is found by its id, dropped or not', async () => {
    const byPlace = await said({ offset: at(4) });
    const id = step(byPlace, 'id');
    expect(await said({ paths: [dir], id })).toBe(byPlace);
    const dropped = await said({
      paths: [dir],
      id: step(await said({ offset: at(2) }), 'id'),
      rules: '[{match: {pod: "*"}, exclude: GET}]',
    });
    expect(step(dropped, 'outcome')).toBe('dropped by exclude: "GET" is in it');
  });

  test('is as long as what a replay makes, for each of them', async () => {
    const out = spawnSync(process.execPath, [BUNDLE, 'replay', file], { encoding: 'utf8' }).stdout;
    for (const line of out.trimEnd().split('\n')) {
      const document = JSON.parse(line) as { log: { offset: number } };
      const { status, stdout } = spawnSync(process.execPath, [BUNDLE, 'explain', `${file}:${document.log.offset}`], {
        encoding: 'utf8',
      });
      expect(status).toBe(0);
      const size = (Buffer.byteLength(line) + 1).toLocaleString('en-US');
      expect(step(stdout, 'document')).toContain(`${size} bytes, on one line when it is sent`);
    }
  });
});

test('lines on stdin are explained one after the other, 20 at most', async () => {
  const line = (n: number): string => `2026-11-20T01:02:03.${n}Z stdout F line ${n}\n`;
  const text = await said({ paths: ['-'], stdin: Array.from({ length: 30 }, (_, i) => line(100 + i)).join('') });
  expect(text.match(/^format {4}CRI/gm)).toHaveLength(20);
  expect(text.endsWith('… and 10 more records\n')).toBe(true);
  expect(
    step(
      await said({ paths: ['-'], stdin: '{"log":"x\\n","stream":"stderr","time":"2026-11-20T01:02:03Z"}\n' }),
      'format',
    ),
  ).toMatch(/^Docker/);
});

test.each([
  [{ offset: 10_000_000 }, /0\.log has [\d,]+ bytes, so there is no line at 10000000\.$/],
  [{ paths: ['/no/such'], offset: 1 }, /^explain: \/no\/such does not exist\.$/],
  [{ id: 'AaH2eYr5xZpdQQbHh_meAAAAAANx' }, /^explain: no record in .* has the id AaH2eYr5xZpdQQbHh_meAAAAAANx: /],
  [{ paths: ['-'] }, /^explain: there is no line on stdin\.$/],
] as const)('%j is a mistake', async (asked, message) => {
  await expect(said(asked)).rejects.toThrow(message);
});

test('a directory has no offsets', async () => {
  await expect(said({ paths: ['samples/pods'], offset: 1 })).rejects.toThrow(
    /is a directory; FILE:OFFSET takes one log file\.$/,
  );
});
