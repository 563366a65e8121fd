/** The members of JSON lines that become ECS members of the document, by logger. */
import { expect, test } from 'vitest';
import { ALL, read } from '../helpers.ts';

/** The document of a line, without what every document has. */
function one(line: string): Record<string, unknown> {
  const [found] = read(`2026-11-20T01:02:03Z stdout F ${line}\n`, { overrides: ALL });
  const { log, '@timestamp': time, stream, kubernetes, ...rest } = found!.body as unknown as Record<string, unknown>;
  expect([time, stream, kubernetes]).toEqual(['2026-11-20T01:02:03Z', 'stdout', { namespace: 'ns' }]);
  const { file, offset, ...more } = log as Record<string, unknown>;
  expect([file, offset]).toEqual([{ path: '/var/log/pods/ns_p_u/c/0.log' }, 0]);
  return { ...rest, log: more };
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const STACK = 'java.io.IOException: gone\\n\\tat a.B.c(B.java:1)';
const stack = STACK.replaceAll('\\n', '\n').replaceAll('\\t', '\t');

test.each<[string, string, object]>([
  [
    'pino',
    '{"level":30,"pid":1,"msg":"m","err":{"type":"Error","message":"no","stack":"Error: no\\n    at f"}}',
    {
      message: 'm',
      log: { level: 'info' },
      error: { type: 'Error', message: 'no', stack_trace: 'Error: no\n    at f' },
      json: { level: 30, pid: 1, err: {} },
    },
  ],
  [
    'pino-http',
    '{"level":30,"msg":"m","req":{"method":"GET","url":"/a?b","id":1},"res":{"statusCode":200},"responseTime":3}',
    {
      message: 'm',
      log: { level: 'info' },
      http: { request: { method: 'GET' }, response: { status_code: 200 } },
      url: { original: '/a?b' },
      event: { duration: 3_000_000 },
      json: { level: 30, req: { id: 1 }, res: {} },
    },
  ],
  [
    'zap',
    '{"level":"warn","ts":"2026-11-20T01:02:03.001Z","logger":"bank","caller":"bank/client.go:88","msg":"m","error":"no","stacktrace":"a\\n\\tb"}',
    {
      message: 'm',
      log: { level: 'warn', logger: 'bank', origin: { file: { line: 88, name: 'bank/client.go' } } },
      error: { message: 'no', stack_trace: 'a\n\tb' },
      event: { created: '2026-11-20T01:02:03.001Z' },
      json: { level: 'warn' },
    },
  ],
  [
    'slog',
    '{"time":"2026-11-20T01:02:03+09:00","level":"WARN+1","msg":"m","source":{"function":"main.f","file":"/a.go","line":3}}',
    {
      message: 'm',
      log: { level: 'warn', origin: { file: { line: 3, name: '/a.go' }, function: 'main.f' } },
      event: { created: '2026-11-20T01:02:03+09:00' },
      json: { level: 'WARN+1', source: {} },
    },
  ],
  [
    'structlog',
    '{"event":"m","level":"critical","logger":"app","exception":"Traceback\\nKeyError"}',
    {
      message: 'm',
      log: { level: 'fatal', logger: 'app' },
      error: { stack_trace: 'Traceback\nKeyError' },
      json: { level: 'critical' },
    },
  ],
  [
    'python-json-logger',
    '{"message":"m","levelname":"ERROR","filename":"a.py","lineno":3,"funcName":"f","exc_info":"T\\nE"}',
    {
      message: 'm',
      log: { level: 'error', origin: { file: { line: 3, name: 'a.py' }, function: 'f' } },
      error: { stack_trace: 'T\nE' },
      json: { levelname: 'ERROR' },
    },
  ],
  [
    'loguru',
    '{"text":"t","record":{"message":"m","level":{"name":"INFO","no":20},"function":"f","line":3,"file":{"name":"a.py"}}}',
    {
      message: 'm',
      log: { level: 'info', origin: { file: { line: 3, name: 'a.py' }, function: 'f' } },
      json: { text: 't', record: { level: { name: 'INFO', no: 20 }, file: {} } },
    },
  ],
  [
    'Serilog',
    `{"@t":"2026-11-20T01:02:03.0010000Z","@m":"m","@mt":"m","@l":"Warning","@x":"${STACK}","@tr":"${TRACE}","@sp":"${SPAN}","SourceContext":"Shop"}`,
    {
      message: 'm',
      log: { level: 'warn', logger: 'Shop' },
      error: { stack_trace: stack },
      trace: { id: TRACE },
      span: { id: SPAN },
      event: { created: '2026-11-20T01:02:03.0010000Z' },
      json: { '@mt': 'm', '@l': 'Warning' },
    },
  ],
  [
    'Serilog, rendered',
    '{"Level":"Error","RenderedMessage":"m"}',
    { message: 'm', log: { level: 'error' }, json: { Level: 'Error' } },
  ],
  [
    '.NET',
    '{"LogLevel":"Information","Category":"Shop.Cart","Message":"m"}',
    { message: 'm', log: { level: 'info', logger: 'Shop.Cart' }, json: { LogLevel: 'Information' } },
  ],
  [
    'GELF',
    '{"version":"1.1","host":"h","short_message":"m","level":3}',
    { message: 'm', log: { level: 'error' }, json: { version: '1.1', host: 'h', level: 3 } },
  ],
  [
    'OpenTelemetry',
    `{"Timestamp":"2026-11-20T01:02:03Z","SeverityText":"WARN","SeverityNumber":13,"Body":"m","TraceId":"${TRACE}","SpanId":"${SPAN}"}`,
    {
      message: 'm',
      log: { level: 'warn' },
      trace: { id: TRACE },
      span: { id: SPAN },
      event: { created: '2026-11-20T01:02:03Z' },
      json: { SeverityText: 'WARN', SeverityNumber: 13 },
    },
  ],
  [
    'OpenTelemetry, a number only',
    '{"severity_number":17,"body":{"stringValue":"m"}}',
    { message: 'm', log: { level: 'error' }, json: { severity_number: 17, body: {} } },
  ],
  [
    'hclog',
    '{"@level":"error","@message":"m","@module":"core","@timestamp":"2026-11-20T01:02:03Z","@caller":"main.go:12"}',
    {
      message: 'm',
      log: { level: 'error', logger: 'core', origin: { file: { line: 12, name: 'main.go' } } },
      event: { created: '2026-11-20T01:02:03Z' },
      json: { '@level': 'error' },
    },
  ],
  [
    'MongoDB',
    '{"t":{"$date":"2026-11-20T01:02:03.001+00:00"},"s":"I","c":"NETWORK","id":1,"msg":"m"}',
    {
      message: 'm',
      log: { level: 'info' },
      event: { created: '2026-11-20T01:02:03.001+00:00' },
      json: { t: {}, s: 'I', c: 'NETWORK', id: 1 },
    },
  ],
  [
    'Monolog',
    '{"message":"m","level":400,"level_name":"ERROR"}',
    { message: 'm', log: { level: 'error' }, json: { level: 400, level_name: 'ERROR' } },
  ],
  [
    'log4j',
    `{"level":"FATAL","loggerName":"a.B","message":"m","thrown":{"name":"java.io.IOException","message":"gone","extendedStackTrace":"${STACK}"}}`,
    {
      message: 'm',
      log: { level: 'fatal', logger: 'a.B' },
      error: { type: 'java.io.IOException', message: 'gone', stack_trace: stack },
      json: { level: 'FATAL', thrown: {} },
    },
  ],
  [
    'logstash',
    `{"@timestamp":"2026-11-20T01:02:03Z","message":"m","logger_name":"a.B","thread_name":"main","level":"INFO","stack_trace":"${STACK}"}`,
    {
      message: 'm',
      log: { level: 'info', logger: 'a.B' },
      error: { stack_trace: stack },
      event: { created: '2026-11-20T01:02:03Z' },
      process: { thread: { name: 'main' } },
      json: { level: 'INFO' },
    },
  ],
  [
    'ECS, dotted',
    `{"@timestamp":"2026-11-20T01:02:03Z","log.level":"WARN","message":"m","ecs.version":"1.2.0","log.logger":"a.B","process.thread.name":"main","process.pid":7,"trace.id":"${TRACE}","transaction.id":"${SPAN}","error.type":"E","error.message":"no","error.stack_trace":"${STACK}","event.dataset":"shop","http.version":"1.1"}`,
    {
      message: 'm',
      log: { level: 'warn', logger: 'a.B' },
      error: { type: 'E', message: 'no', stack_trace: stack },
      event: { created: '2026-11-20T01:02:03Z', dataset: 'shop' },
      http: { version: '1.1' },
      process: { pid: 7, thread: { name: 'main' } },
      trace: { id: TRACE },
      transaction: { id: SPAN },
      json: { 'log.level': 'WARN', 'ecs.version': '1.2.0' },
    },
  ],
  [
    'ECS, nested',
    `{"log":{"level":"error","logger":"a.B"},"message":"m","trace":{"id":"${TRACE}"},"url":{"path":"/a","query":"b","domain":"d.example","full":"http://d.example/a?b"},"user_agent":{"original":"curl/8"},"client":{"ip":"10.0.0.1"},"event":{"duration":17}}`,
    {
      message: 'm',
      log: { level: 'error', logger: 'a.B' },
      client: { ip: '10.0.0.1' },
      event: { duration: 17 },
      trace: { id: TRACE },
      url: { domain: 'd.example', full: 'http://d.example/a?b', path: '/a', query: 'b' },
      user_agent: { original: 'curl/8' },
      json: { log: { level: 'error' }, trace: {}, url: {}, user_agent: {}, client: {}, event: {} },
    },
  ],
  [
    'nginx',
    '{"remote_addr":"2001:db8::1","request_method":"GET","request_uri":"/a","status":200,"body_bytes_sent":17,"http_user_agent":"curl/8","http_referer":"http://a"}',
    {
      client: { ip: '2001:db8::1' },
      http: { request: { method: 'GET', referrer: 'http://a' }, response: { body: { bytes: 17 } } },
      url: { original: '/a' },
      user_agent: { original: 'curl/8' },
      json: { status: 200 },
    },
  ],
  [
    'a stack without a level',
    `{"msg":"m","stack":"${STACK}"}`,
    { message: 'm', log: { level: 'error' }, error: { stack_trace: stack } },
  ],
])('%s', (_name, line, want) => {
  const { message, ...found } = one(line);
  const { message: text, ...expected } = want as { message?: string };
  expect(message).toBe(text ?? line);
  expect(found).toEqual({ ...(expected as { log?: object }), log: (expected as { log?: object }).log ?? {} });
});

test.each([
  ['an address that is none', '{"client.ip":"10.0.0.256","remote_addr":"10.0.0.1:80"}'],
  [
    'a number that is none',
    '{"http":{"response":{"status_code":"200"}},"process.pid":1.5,"event.duration":-1,"lineno":1e3}',
  ],
  ['a number without end', '{"event.duration":1234567890123456}'],
  ['an object and lists', '{"trace":{"id":{"a":1}},"logger":["x"],"error":{"message":{"b":1}}}'],
  ['no trace', `{"trace_id":"${'0'.repeat(32)}","span.id":"0","transaction.id":""}`],
  ['a time that is none', '{"time":"20 Nov","ts":17,"@timestamp":17}'],
  ['a number of seconds with more digits than nanoseconds have', '{"ts":1795136523.1234567891}'],
  ['a number whose unit nobody knows', '{"time":17951365231,"ts":-1795136523,"t":1.795136523e9,"timestamp":179513652}'],
  ['a date that is none', '{"time":"2026-02-30T01:02:03+0900x","ts":"2026-11-20 01:02:03"}'],
  ['a duration whose unit nobody knows', '{"duration":12,"elapsed":"12","took":"3 apples","latency":"1m2s"}'],
  ['a duration that is not exact', '{"duration_ms":0.0000001,"duration_s":-1,"elapsed_us":1e3}'],
  ['what could be a date', '{"logger":"2026-11-20","url":"2026-11-20T01:02:03Z"}'],
  ['a place that is none', '{"caller":"main","file":"report.pdf"}'],
  ['a stack of one line', '{"stack":"prod","exception":"none"}'],
  ['in a list', `{"a":[{"trace.id":"${TRACE}"}]}`],
  [
    'our own',
    '{"kubernetes":{"pod":{"name":"x"}},"host":{"name":"x"},"service.name":"x","log.offset":7,"log.file.path":"x","event.kind":"pipeline_error","stream":"x","podferry":{"lost_bytes":1},"data_stream.dataset":"x","agent.type":"x","container.id":"x"}',
  ],
])('stays under json: %s', (_name, line) => {
  const { log, json, message, ...others } = one(line);
  expect([log, message, others]).toEqual([{}, line, {}]);
  expect(json).toEqual(JSON.parse(line));
});

test.each([
  ['seconds', '1795136523', '2026-11-20T01:02:03Z'],
  ['seconds of zap', '1795136523.1234567', '2026-11-20T01:02:03.1234567Z'],
  ['milliseconds', '1795136523007', '2026-11-20T01:02:03.007Z'],
  ['milliseconds with a fraction', '1795136523007.25', '2026-11-20T01:02:03.00725Z'],
  ['microseconds', '1795136523123456', '2026-11-20T01:02:03.123456Z'],
  ['nanoseconds', '1795136523123456789', '2026-11-20T01:02:03.123456789Z'],
  ['the last second of a leap day', '1835481599', '2028-02-29T23:59:59Z'],
  ['a zone without a colon', '"2026-11-20T01:02:03.456+0900"', '2026-11-20T01:02:03.456+09:00'],
  ['a zone of hours, behind a comma', '"2026-11-20 01:02:03,456 -0330"', '2026-11-20T01:02:03.456-03:30'],
  ['UTC by its letter, behind a space', '"2026-11-20 01:02:03.456789Z"', '2026-11-20T01:02:03.456789Z'],
])("the application's own time, in %s", (_, time, created) => {
  expect(one(`{"msg":"m","time":${time},"a":1}`)).toEqual({
    message: 'm',
    log: {},
    event: { created },
    json: { a: 1 },
  });
});

test('times of several days, one after another, have each its date', () => {
  for (let day = 0; day < 800; day += 17) {
    const ms = Date.UTC(2027, 11, 30, 23, 59, 59, 7) + day * 86_400_000;
    expect(one(`{"time":${ms}}`)['event']).toEqual({ created: new Date(ms).toISOString() });
  }
});

test.each([
  ['"duration_s":1.5', 1_500_000_000],
  ['"request_time":"0.004"', 4_000_000],
  ['"responseTime":0', 0],
  ['"ElapsedMilliseconds":12.3456', 12_345_600],
  ['"elapsed_us":250', 250_000],
  ['"elapsed":"1.5s"', 1_500_000_000],
  ['"took":"250µs"', 250_000],
  ['"latency":"12ns"', 12],
  ['"duration":"7ms","duration_ms":8', 8_000_000],
  ['"duration_ns":9,"duration_ms":8', 9],
  ['"duration_ms":8,"event.duration":9', 9],
])('what it took, in nanoseconds: %s', (members, duration) => {
  expect(one(`{${members}}`)['event']).toEqual({ duration });
});

test('of several names the best one counts, and the others stay', () => {
  expect(one(`{"traceId":"a1","msg":"m","trace_id":"b2","message":"n","severity":"ERROR","level":"info"}`)).toEqual({
    message: 'm',
    log: { level: 'info' },
    trace: { id: 'b2' },
    json: { traceId: 'a1', message: 'n', severity: 'ERROR', level: 'info' },
  });
});

test('what remains is an object, whatever goes and wherever spaces are', () => {
  const members = [
    '"msg":"m"',
    '"a":1',
    '"logger" : "l"',
    '"b":{ "c":2 }',
    '"trace":{"id":"t1", "x":3 , "y":4}',
    '"url":"u"',
  ];
  for (let n = 0; n < 1 << members.length; n++) {
    const some = members.filter((_, i) => (n >> i) & 1);
    for (const line of [`{${some.join()}}`, `{ ${some.toReversed().join(' , ')} }`]) {
      const json = JSON.parse(line) as Record<string, unknown>;
      for (const name of ['msg', 'logger', 'url']) delete json[name];
      if (json['trace'] !== undefined) json['trace'] = { x: 3, y: 4 };
      expect(one(line)['json'] ?? {}, line).toEqual(json);
    }
  }
});

test('a line of which something is left out has its ECS members too, and all of them in json', () => {
  const line = '{"msg":"m","logger":"l","a":[1,{}]}';
  expect(one(line)).toEqual({
    message: line,
    log: { logger: 'l' },
    json: { msg: 'm', logger: 'l' },
    podferry: { partial_json: true },
  });
});
