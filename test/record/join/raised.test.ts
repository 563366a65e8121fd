/**
 * What the document of a stack trace says of its exception: one example of each family of src/record/join/traces/, most of them as
 * real runtimes print them (test/corpus/traces).
 */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { raised } from '../../../src/record/join/traces/raised.ts';
import { ALL, read } from '../helpers.ts';

interface Body {
  message: string;
  log: { level?: string };
  error?: { type?: string; message?: string; stack_trace?: string };
}

/** The document of a record of several lines; every line is a millisecond after the one before. */
function of(record: string, overrides = ALL, maxBytes = 1 << 20): Body {
  let ms = Date.UTC(2026, 10, 20, 1, 2, 3);
  const text = ['- - -', ...record.split('\n')].map((line) => `${new Date(ms++).toISOString()} stderr F ${line}\n`);
  const found = read(text.join(''), { overrides, batchBytes: 16 << 20, maxBytes });
  const body = found.map((document) => document.body as Body).find(({ message }) => message !== '- - -')!;
  if (maxBytes > record.length) expect(body.message).toBe(record);
  return body;
}

function corpus(name: string, i = 0): string {
  const text = readFileSync(new URL(`../../corpus/traces/${name}.txt`, import.meta.url), 'utf8');
  return text
    .replace(/\n$/, '')
    .split('\n%%%\n')
    .filter((record) => record.includes('\n'))[i]!;
}

const FRAMES = '\tat com.example.A.b(A.java:1)\n\tat com.example.Main.main(Main.java:7)';
const PYTHON =
  'Traceback (most recent call last):\n  File "/app/main.py", line 2, in get\n    return d[k]\nKeyError: \'k\'';

test.each<[string, string, string, string | undefined, string | undefined]>([
  // framed.ts
  ['Java, main', corpus('java-oom'), 'fatal', 'java.lang.OutOfMemoryError', 'Java heap space'],
  [
    'Java, a thread, with a cause',
    corpus('java-thread'),
    'fatal',
    'java.lang.RuntimeException',
    'could not place order',
  ],
  ['Java, printed by the program', corpus('java-dumpstack'), 'error', 'java.lang.Exception', 'Stack trace'],
  [
    'Java, without a message',
    `java.lang.NullPointerException\n${FRAMES}`,
    'error',
    'java.lang.NullPointerException',
    undefined,
  ],
  [
    'Java, a message of several lines',
    corpus('java-multi'),
    'fatal',
    'java.lang.RuntimeException',
    'line one\nline two: x\n\tindented\n\nafter blank',
  ],
  [
    'Java, a cause of another type',
    corpus('java-future'),
    'fatal',
    'java.util.concurrent.ExecutionException',
    'java.lang.RuntimeException: could not place order',
  ],
  ['java.util.logging, SEVERE', corpus('java-jul'), 'error', 'java.lang.RuntimeException', 'could not place order'],
  ['a dump of threads', corpus('java-quit'), 'error', undefined, undefined],
  ['Kotlin', corpus('kotlin-coroutine-debug'), 'fatal', 'java.lang.IllegalStateException', 'in coroutine'],
  [
    'Kotlin, a name that says nothing',
    `com.example.OrderRejected: sku 7\n${FRAMES}`,
    'error',
    'com.example.OrderRejected',
    'sku 7',
  ],
  ['Scala', corpus('scala-a'), 'fatal', 'java.lang.RuntimeException', 'scala outer'],
  ['Groovy', corpus('groovy-a'), 'fatal', 'java.lang.ArithmeticException', '/ by zero'],
  [
    '.NET',
    'Unhandled exception. System.InvalidOperationException: no\n   at Shop.Cart.Total() in /src/Cart.cs:line 12',
    'fatal',
    'System.InvalidOperationException',
    'no',
  ],
  [
    '.NET, console logger',
    'fail: Shop.Cart[0]\n      request failed\n      System.InvalidOperationException: no\n         at Shop.Cart.Total() in /src/Cart.cs:line 12',
    'error',
    'System.InvalidOperationException',
    'no',
  ],
  // logger.ts
  [
    'a logger, the exception on a line of its own',
    `2026-11-20 01:02:03 ERROR c.e.Shop - no order\njava.io.IOException: gone\n${FRAMES}`,
    'error',
    'java.io.IOException',
    'gone',
  ],
  [
    'a logger, the exception on its line',
    `2026-11-20 01:02:03 WARN c.e.Shop - failed: java.io.IOException: gone\n${FRAMES}`,
    'warn',
    'java.io.IOException',
    'gone',
  ],
  [
    'INFO with a trace',
    `2026-11-20 01:02:03 INFO c.e.Shop - tolerated\njava.io.IOException: gone\n${FRAMES}`,
    'info',
    'java.io.IOException',
    'gone',
  ],
  [
    'zap',
    '2026-11-20T01:02:03.000Z\tERROR\tapp/main.go:3\tfailed\nmain.handle\n\t/app/main.go:12',
    'error',
    undefined,
    undefined,
  ],
  // python.ts
  ['Python', corpus('py-dotted'), 'fatal', 'json.decoder.JSONDecodeError', 'Expecting value: line 1 column 6 (char 5)'],
  ['Python, logged', `ERROR:root:no\n${PYTHON}`, 'error', 'KeyError', "'k'"],
  [
    'Python, a chain: the last one',
    `${PYTHON}\n\nDuring handling of the above exception, another exception occurred:\n\n${PYTHON.replace("KeyError: 'k'", 'app.Gone: no')}`,
    'fatal',
    'app.Gone',
    'no',
  ],
  ['Python, a group', corpus('py-group'), 'fatal', 'ExceptionGroup', 'several (3 sub-exceptions)'],
  ['Python, a thread', corpus('py-thread'), 'fatal', 'OSError', '[Errno 5] io'],
  ['Python, a task that goes on', corpus('py-asyncio_'), 'error', 'RuntimeError', 'in task'],
  ['Python, syntax', corpus('py-syntax'), 'fatal', 'SyntaxError', "'(' was never closed"],
  [
    'Python, faulthandler',
    'Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f (most recent call first):\n  File "/app/main.py", line 3 in f',
    'fatal',
    'Fatal Python error',
    'Segmentation fault',
  ],
  ['Python, a stack that was logged', corpus('py-logstack'), 'warn', undefined, undefined],
  // go.ts
  ['Go, a panic', corpus('go-panic-str'), 'fatal', 'panic', 'allo'],
  ['Go, an error', corpus('go-err'), 'fatal', 'panic', 'code 7: boom'],
  ['Go, panicked again', corpus('go-recovered'), 'fatal', 'panic', 'assignment to entry in nil map'],
  ['Go, fatal', corpus('go-concurrent'), 'fatal', 'fatal error', 'concurrent map writes'],
  [
    'Go, net/http goes on',
    '2026/11/20 01:02:03 http: panic serving 10.0.0.1:5: no order\ngoroutine 6 [running]:\nmain.main()\n\t/app/main.go:7 +0x2a',
    'error',
    'panic',
    'no order',
  ],
  ['Go, a stack that was printed', corpus('go-printstack'), 'error', undefined, undefined],
  [
    'Go, a data race',
    '==================\nWARNING: DATA RACE\nRead at 0x00c0000b4010 by goroutine 7:\n  main.main.func1()\n      /app/main.go:9 +0x3a\n==================',
    'error',
    'DATA RACE',
    undefined,
  ],
  // node.ts
  ['Node', corpus('node-cause'), 'fatal', 'Error', 'outer'],
  [
    'Node, with a code',
    corpus('node-esm'),
    'fatal',
    'Error',
    "Cannot find module '/src/app/node/nothing.mjs' imported from /src/app/node/esm.mjs",
  ],
  ['Node, members', corpus('node-props'), 'fatal', 'Error', "ENOENT: no such file or directory, open '/nope'"],
  ['Node, several errors', corpus('node-agg'), 'fatal', 'AggregateError', 'All promises were rejected'],
  [
    'Node, printed',
    'TypeError: x is not a function\n    at handler (/app/server.js:10:5)',
    'error',
    'TypeError',
    'x is not a function',
  ],
  // native.ts
  ['Rust', corpus('rust-index'), 'fatal', 'panic', 'index out of bounds: the len is 0 but the index is 11'],
  [
    'Rust, with a backtrace',
    corpus('rust-index-bt'),
    'fatal',
    'panic',
    'index out of bounds: the len is 0 but the index is 11',
  ],
  ['Rust, a message of several lines', corpus('rust-thread'), 'fatal', 'panic', 'multi'],
  [
    'C++',
    "terminate called after throwing an instance of 'std::runtime_error'\n  what():  no order",
    'fatal',
    'std::runtime_error',
    'no order',
  ],
  [
    'sanitizers',
    corpus('cpp-asan-uaf'),
    'fatal',
    'AddressSanitizer',
    'heap-use-after-free on address 0x602000000010 at pc 0x55d0484cb45f bp 0x7fffd441e140 sp 0x7fffd441e138',
  ],
  // script.ts
  ['Ruby', corpus('ruby-a'), 'fatal', 'RuntimeError', 'outer'],
  ["Ruby's logger", corpus('ruby-logger'), 'error', 'KeyError', 'no key'],
  ['PHP', corpus('php-warn'), 'fatal', 'ArgumentCountError', 'strpos() expects at least 2 arguments, 0 given'],
  ['PHP, a message of several lines', corpus('php-a-display'), 'fatal', 'RuntimeException', 'inner\nsecond'],
  ['PHP, logged', corpus('php-log'), 'error', 'Exception', 'x'],
  [
    'Monolog',
    '[2026-11-20 01:02:03] app.ERROR: no {"exception":"[object] (App\\\\GoneException(code: 0): no order at /app/a.php:3)\n[stacktrace]\n#0 /app/index.php(5): f()\n"}',
    'error',
    'App\\\\GoneException',
    'no order',
  ],
  [
    'Dart',
    'Unhandled exception:\nBad state: No element\n#0      main (file:///app/main.dart:3:5)',
    'fatal',
    'Unhandled exception',
    'Bad state: No element',
  ],
  ['Perl', corpus('perl-a', 1), 'error', 'die', 'broken'],
  // beam.ts
  ['Elixir', corpus('elixir-a'), 'error', 'ArithmeticError', 'bad argument in arithmetic expression'],
  [
    'Erlang',
    corpus('erlang-a', 1),
    'error',
    'exit',
    "{badarith,[{erlang,'/',[1,0],[{error_info,#{module => erl_erts_errors}}]}]}",
  ],
  ['Clojure', corpus('clojure-a'), 'error', 'ArithmeticException', 'Divide by zero'],
])('level, type and message: %s', (_name, record, level, type, message) => {
  const { log, error } = of(record);
  expect([log.level, error?.type, error?.message]).toEqual([level, type, message]);
  const stack = error!.stack_trace!;
  expect(record.endsWith(stack.slice(0, 30_000)) || record.includes(stack)).toBe(true);
  expect(stack.split('\n').length).toBeGreaterThan(1);
});

test.each([
  ['a table of Node', corpus('node-consoletable')],
  ['an object of Node', corpus('node-consoleobj')],
  ["klog's value of several lines", 'E1120 01:02:03.000000       1 a.go:1] "No" err=<\n\tfirst\n\tsecond\n >'],
  [
    'two lines of the console logger of .NET',
    'info: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://[::]:8080',
  ],
  ['two lines of java.util.logging', 'Nov 26, 2026 1:03:28 AM A main\nWARNING: careful'],
])('no exception: %s', (_name, record) => {
  expect(of(record).error).toBe(undefined);
});

test('java.util.logging has its level on the second line', () => {
  expect(of('Nov 26, 2026 1:03:28 AM A main\nWARNING: careful').log.level).toBe('warn');
  expect(of('Nov 26, 2026 1:03:28 AM A main\nINFO: going on').log.level).toBe('info');
});

test('no rule drops a trace, whatever its level', () => {
  const record = `2026-11-20 01:02:03 INFO c.e.Shop - tolerated\njava.io.IOException: gone\n${FRAMES}`;
  expect(of(record, { ...ALL, sample: 1_000_000, minLevel: 'fatal' }).log.level).toBe('info');
  expect(of(`java.io.IOException: gone\n${FRAMES}`, { ...ALL, sample: 1_000_000, minLevel: 'fatal' }).log.level).toBe(
    'error',
  );
});

test('a trace of a megabyte is not written twice: error.stack_trace has its beginning', () => {
  const frames = Array.from({ length: 990 }, (_, i) => `\tat com.example.A.b(${'"'.repeat(900)}:${i})`).join('\n');
  const record = `java.io.IOException: gone\n${frames}`;
  const { error, message } = of(record);
  expect(message).toBe(record);
  expect(error!.stack_trace).toBe(record.slice(0, 32_000));
});

test('a message without end is cut', () => {
  const long = `java.io.IOException: ${'é'.repeat(10_000)}\n${FRAMES}`;
  expect(of(long).error!.message).toBe('é'.repeat(1013));
});

test('hostile lines cost no more than their length', () => {
  const started = performance.now();
  for (const line of ['a.', ' -- ', ' in ', 'Error: ', '$', '(exit) ', ': ', 'a(', '\\', 'at '])
    raised(Buffer.from(`${line.repeat(1000)}\n`.repeat(60)), 0, 60 * (1000 * line.length + 1));
  // A pattern that goes back and forth would take hours.
  expect(performance.now() - started).toBeLessThan(20_000);
});
