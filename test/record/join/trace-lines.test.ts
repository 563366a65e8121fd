/** Which lines become one record: traces as the languages really print them. */
import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { head } from '../../../src/record/join/traces/head.ts';
import { NONE } from '../../../src/record/join/traces/kinds.ts';
import { continues, looksBack } from '../../../src/record/join/traces/lines.ts';
import { RecordRemainder } from '../../../src/record/join/remainder.ts';
import { ALL, read } from '../helpers.ts';

function cri(lines: readonly string[], stream = 'stderr'): string {
  return lines.map((line) => `2026-11-20T01:02:03.1Z ${stream} F ${line}\n`).join('');
}

function messages(lines: readonly string[]): string[] {
  return read(cri(lines), { overrides: ALL }).map((document) => document.body.message);
}

const TRACES: Record<string, string> = {
  Java: `Exception in thread "main" java.lang.IllegalStateException: A test
	at com.example.shop.OrderService.place(OrderService.java:42)
	at com.example.shop.Main.main(Main.java:7)
	Suppressed: java.io.IOException: close
		at com.example.A.close(A.java:1)
Caused by: java.lang.NullPointerException
	at com.example.shop.Cart.total(Cart.java:12)
	... 1 more`,
  'Java, with the line of its logger': `2026-11-20 01:02:03.456 ERROR 1 --- [nio-8080-exec-1] c.e.shop.OrderController : could not place order
java.lang.RuntimeException: out of stock
	at com.example.shop.OrderController.place(OrderController.java:33)
Caused by: com.example.shop.StockException: sku 7
	at com.example.shop.Stock.take(Stock.java:90)
	... 12 common frames omitted`,
  'Java, with the line of its logger, a warning': `01:02:03.456 [main] WARN  c.e.shop.Client - will try again
java.net.ConnectException: Connection refused
	at java.base/sun.nio.ch.Net.pollConnect(Native Method)`,
  'Java, without a message': `java.lang.OutOfMemoryError
	at com.example.A.b(A.java:1)`,
  Kotlin: `kotlin.UninitializedPropertyAccessException: lateinit property x has not been initialized
	at com.example.MainKt.main(Main.kt:3)`,
  Python: `Traceback (most recent call last):
  File "/app/main.py", line 10, in <module>
    run()
  File "/app/main.py", line 6, in run
    raise ValueError("no such user")
ValueError: no such user`,
  'Python, chained': `Traceback (most recent call last):
  File "/app/main.py", line 2, in <module>
    1 / 0
ZeroDivisionError: division by zero

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/main.py", line 4, in <module>
    raise KeyError("k")
KeyError: 'k'`,
  'Python, with the line of its logger': `2026-11-20 01:02:03,456 ERROR app request failed
Traceback (most recent call last):
  File "/app/main.py", line 2, in get
    return d[k]
KeyError: 'k'`,
  'Python, interrupted': `Traceback (most recent call last):
  File "/app/main.py", line 2, in <module>
    time.sleep(9)
KeyboardInterrupt`,
  Go: `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47e1a4]

goroutine 1 [running]:
main.(*server).handle(0xc000010000, 0x1)
	/app/main.go:12 +0x1d
main.main()
	/app/main.go:7 +0x2a`,
  'Go, in a server': `2026/11/20 01:02:03 http: panic serving 10.0.0.1:5000: boom
goroutine 34 [running]:
net/http.(*conn).serve.func1()
	/usr/local/go/src/net/http/server.go:1854 +0xb0
created by net/http.(*Server).Serve in goroutine 1
	/usr/local/go/src/net/http/server.go:3285 +0x4b4`,
  'Go, fatal error': `fatal error: all goroutines are asleep - deadlock!

goroutine 1 [chan receive]:
main.main()
	/app/main.go:5 +0x31`,
  Node: `TypeError: Cannot read properties of undefined (reading 'id')
    at handler (/app/server.js:10:5)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {
  code: 'E_USER',
  [cause]: Error: gone
      at other (/app/server.js:3:1)
}`,
  'Node, thrown with its label': `Uncaught Error: boom
    at Object.<anonymous> (/app/index.js:1:7)`,
  '.NET': `Unhandled exception. System.InvalidOperationException: Sequence contains no elements
 ---> System.Exception: inner
   at Shop.Cart.Total() in /src/Cart.cs:line 12
   --- End of inner exception stack trace ---
   at Shop.Program.Main() in /src/Program.cs:line 7`,
  '.NET console logger': `fail: Microsoft.AspNetCore.Server.Kestrel[13]
      Connection id "0HM", Request id "0HM:1": An unhandled exception was thrown by the application.
      System.Exception: boom
         at Shop.Startup.Run() in /src/Startup.cs:line 3`,
  Ruby: `app.rb:3:in \`total': undefined method \`price' for nil:NilClass (NoMethodError)
	from app.rb:9:in \`each'
	from app.rb:9:in \`<main>'`,
  PHP: `PHP Fatal error:  Uncaught RuntimeException: no database in /var/www/index.php:3
Stack trace:
#0 /var/www/index.php(7): connect()
#1 {main}
  thrown in /var/www/index.php on line 3`,
};

test.each(Object.entries(TRACES))('one record: %s', (_name, trace) => {
  const lines = trace.split('\n');
  expect(messages(['before', ...lines, 'after'])).toEqual(expect.arrayContaining(['before', trace, 'after']));
  expect(messages(['before', ...lines, 'after'])).toHaveLength(3);
  expect(messages(lines)).toEqual([trace]);
});

test.each(Object.entries(TRACES))('two of them stay two: %s', (_name, trace) => {
  const lines = trace.split('\n');
  const found = messages([...lines, ...lines]);
  // the head of a Go program's dump or of a Java exception begins anew; only a line that belongs may follow
  expect(found).toEqual([trace, trace]);
});

test('a dump of goroutines is one record, its first line comes before a call at once', () => {
  const lines = [
    'goroutine 1 [running]:',
    'main.main()',
    '\t/app/main.go:7 +0x2a',
    'goroutine 2 [select]:',
    'main.run()',
  ];
  expect(messages([...lines, 'after'])).toEqual([lines.join('\n'), 'after']);
});

test.each([
  ['frames without a head', ['\tat a.b.C.d(C.java:1)', '\tat a.b.C.e(C.java:2)']],
  ['frames after an ordinary line', ['started', '\tat a.b.C.d(C.java:1)']],
  ['frames after klog', ['I1120 01:02:03.000000       1 a.go:1] "Reconciling"', '\tat a.b.C.d(C.java:1)']],
  [
    'an indented line after JSON that tells of an error',
    ['{"level":"error","err":"java.io.IOException: x"}', '  indented'],
  ],
  ['two errors without frames', ['Error: a', 'Error: b', 'java.io.IOException: c']],
  [
    'lines that talk of errors',
    ['no error here', '  indented', 'Errors: 0', '  indented', 'ErrorHandler started', ' x'],
  ],
  ['an exception after an ordinary line', ['INFO all is well', 'java.io.IOException: x']],
  ['a cause without its exception', ['started', 'Caused by: x']],
  ['an empty line', ['started', '', 'stopped']],
  ['a call without a panic', ['started', 'main.main()']],
  ['a line after a Python exception', ['Traceback (most recent call last):', 'INFO: x']],
])('separate records: %s', (_name, lines) => {
  expect(messages(lines).sort()).toEqual([...lines].sort());
});

test('a trace ends where the exception of a Python program ends', () => {
  const trace = TRACES['Python']!;
  expect(messages([...trace.split('\n'), 'INFO: next', '  indented']).sort()).toEqual(
    [trace, 'INFO: next', '  indented'].sort(),
  );
});

test('an uncaught exception of Java begins a record, whatever came before it', () => {
  const uncaught = (n: number): string => `Exception in thread "main" java.lang.RuntimeException: ${n}`;
  const lines = [
    uncaught(1),
    uncaught(2),
    'ERROR request failed',
    uncaught(3),
    '\tat com.example.Main.run(Main.java:3)',
  ];
  expect(messages(lines)).toEqual([...lines.slice(0, 3), `${lines[3]}\n${lines[4]}`]);
});

test('lines more than a second apart are not one trace', () => {
  const text =
    '2026-11-20T01:02:03.0Z stderr F java.io.IOException: x\n' +
    '2026-11-20T01:02:04.0Z stderr F \tat a.b\n' +
    '2026-11-20T01:02:05.001Z stderr F \tat a.c\n' +
    '2026-11-20T01:02:03.900Z stderr F java.io.IOException: y\n' +
    '2026-11-20T01:02:02.901Z stderr F \tat backwards\n';
  expect(
    read(text, { overrides: ALL })
      .map((d) => d.body.message)
      .sort(),
  ).toEqual(['\tat a.c', 'java.io.IOException: x\n\tat a.b', 'java.io.IOException: y\n\tat backwards'].sort());
});

test('streams have their own traces, interleaved as they are', () => {
  const lines: string[] = [];
  for (let i = 0; i < 20; i++) {
    lines.push(`2026-11-20T01:02:03.1Z stderr F ${i === 0 ? 'Error: err' : `    at a.err${i}`}\n`);
    lines.push(`2026-11-20T01:02:03.1Z stdout F ${i === 0 ? 'Error: out' : `    at a.out${i}`}\n`);
    lines.push(`2026-11-20T01:02:03.1Z stdout P INFO part of\n2026-11-20T01:02:03.1Z stderr P \tat part\n`);
    lines.push(`2026-11-20T01:02:03.1Z stdout F  a line${i}\n2026-11-20T01:02:03.1Z stderr F .err${i}\n`);
  }
  const found = read(lines.join(''), { overrides: ALL });
  const out = found.filter((d) => d.body.stream === 'stdout').map((d) => d.body.message);
  const err = found.filter((d) => d.body.stream === 'stderr').map((d) => d.body.message);
  expect(err).toHaveLength(1);
  expect(err[0]!.split('\n')).toHaveLength(40);
  expect(out).toHaveLength(40);
});

test('conmon cuts a line of a trace anywhere: it still belongs', () => {
  const text =
    '2026-11-20T01:02:03.1Z stderr P java.lang.Illegal\n2026-11-20T01:02:03.1Z stderr F StateException: x\n' +
    '2026-11-20T01:02:03.1Z stderr P \t\n2026-11-20T01:02:03.1Z stderr F at a.b\n' +
    '2026-11-20T01:02:03.1Z stderr P Caus\n2026-11-20T01:02:03.1Z stderr P ed by\n2026-11-20T01:02:03.1Z stderr F : y\n';
  expect(read(text, { overrides: ALL }).map((d) => d.body.message)).toEqual([
    'java.lang.IllegalStateException: x\n\tat a.b\nCaused by: y',
  ]);
});

test('the trace of an endless recursion is one document, whole if a record may have so many bytes', () => {
  const frames = Array.from({ length: 1500 }, (_, i) => `\tat a.b.C${i}`);
  const found = messages(['java.io.IOException', ...frames]);
  expect(found.filter((m) => m.includes('\n')).map((m) => m.split('\n').length)).toEqual([1501]);
  expect(found.join('\n').split('\n')).toEqual(['java.io.IOException', ...frames]);
});

test('where a record is too small to cut its middle, a trace goes on in the next one, and nothing is lost', () => {
  const frames = Array.from({ length: 1500 }, (_, i) => `\tat a.b.C${i}`);

  const small = read(cri(['java.io.IOException', ...frames]), { overrides: ALL, maxBytes: 200 }).map(
    (d) => d.body.message,
  );
  expect(Math.max(...small.map((m) => m.length))).toBeLessThanOrEqual(200);
  expect(small.join('\n').split('\n').sort()).toEqual(['java.io.IOException', ...frames].sort());
});

test('the level of a trace is that of its first line', () => {
  const found = read(cri(TRACES['Java, with the line of its logger']!.split('\n')), { overrides: ALL });
  expect(found.map((d) => d.body.log.level)).toEqual(['error']);
});

test('without the override every line is a record', () => {
  const lines = TRACES['Java']!.split('\n');
  expect(read(cri(lines)).map((d) => d.body.message)).toEqual(lines);
});

test('a line that may follow a head always looks like it', () => {
  // looksBack() is asked first while the head still lies in the batch, continues() alone once the trace is held
  const bytes = (text: string) => Buffer.from(text);
  const all = [...new Set(Object.values(TRACES).flatMap((trace) => trace.split('\n')))];
  let asked = 0;
  for (const first of all) {
    const kind = head(bytes(first), 0, bytes(first).length);
    if (kind === NONE) continue;
    for (const trace of Object.values(TRACES)) {
      const lines = trace.split('\n');
      if (lines[0] !== first || lines.length < 2) continue;
      const second = bytes(lines[1]!);
      expect(continues(kind, second, 0, second.length)).not.toBe(NONE);
      expect(looksBack(second, 0, second.length), lines[1]).toBe(true);
      asked++;
    }
  }
  expect(asked).toBe(Object.keys(TRACES).length);
});

test.each(Object.entries(TRACES))(
  'what is read of one without its beginning is its rest, and nothing after it: %s',
  (_name, trace) => {
    const lines = trace.split('\n');
    for (let from = 1; from < lines.length; from++) {
      const found = messages([...lines.slice(from), 'INFO all is well', '\tindented']);
      const rest = new RecordRemainder();
      const taken = found.filter((message) => rest.takes(message, 0));
      expect(taken.join('\n')).toBe(lines.slice(from).join('\n'));
    }
  },
);

test('the rest of a partial line looks like any line, and is one record', () => {
  const rest = new RecordRemainder();
  expect(['INFO all is well', '\tindented'].map((message) => rest.takes(message, 0))).toEqual([true, false]);
});

test('what follows a record of several lines must go on with the last of them', () => {
  const traceback = 'Traceback (most recent call last):\n  File "/app/main.py", line 4, in <module>\nKeyError: 3';
  const taken = (next: string): boolean => {
    const rest = new RecordRemainder();
    return rest.takes(traceback, 0) && rest.takes(next, 0);
  };
  expect([taken('  indented'), taken('started')]).toEqual([true, false]);
});

test('a rest is as near as a trace may be', () => {
  const near = new RecordRemainder();
  const at = [5000, 6000, 5000, 6001, 6001];
  expect(at.map((ms) => near.takes('\tat a.b', ms))).toEqual([true, true, true, false, false]);
});
