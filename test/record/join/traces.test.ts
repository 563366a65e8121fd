/** Traces of many runtimes and loggers, each one record with an ordinary line before and after it. */
import { expect, test } from 'vitest';
import { ALL, read } from '../helpers.ts';

const JAVA = `java.lang.IllegalStateException: no
	at com.example.A.b(A.java:1)
	at com.example.Main.main(Main.java:7)`;
const PYTHON = `Traceback (most recent call last):
  File "/app/main.py", line 2, in get
    return d[k]
KeyError: 'k'`;
const NODE = `    at handler (/app/server.js:10:5)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`;

const TRACES: Record<string, string> = {
  'Spring Boot, empty lines around': `2026-11-20T01:02:03.456Z ERROR 1 --- [nio-8080-exec-1] c.e.Shop : Servlet.service() threw exception

${JAVA}
`,
  'colours that touch the level': `2026-11-20 01:02:03 \u001b[31mERROR\u001b[0m c.e.Shop : no\n${JAVA}`,
  'colours, level first': `\u001b[1;31mERROR\u001b[0m [main] c.e.Shop - no\n${JAVA}`,
  'level=error': `time=2026-11-20T01:02:03Z level=error msg="no"\n${JAVA}`,
  '[error]': `2026/11/20 01:02:03 [error] request failed\n${JAVA}`,
  'error:': `error: request failed\n${JAVA}`,
  klog: `E0101 01:02:03.000000       1 a.go:1] "No" err="x"\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:7 +0x2a`,
  ERR: `[01:02:03 ERR] request failed\nSystem.InvalidOperationException: no\n   at Shop.Cart.Total() in /src/Cart.cs:line 12`,
  'zap console': `2026-11-20T01:02:03.000Z\tERROR\tapp/main.go:3\tfailed\t{"n": 1}
main.handle
	/app/main.go:12
net/http.HandlerFunc.ServeHTTP
	/usr/local/go/src/net/http/server.go:2136`,
  'JSON, then its trace': `{"level":"error","msg":"no"}\n${JAVA}`,
  'JSON, then a traceback': `{"levelname":"ERROR","message":"no"}\n${PYTHON}`,
  'INFO with a traceback': `INFO:root:tolerated\n${PYTHON}`,
  'nested exception is': `2026-11-20 01:02:03 ERROR c.e.Shop : Request processing failed; nested exception is java.lang.IllegalStateException: no] with root cause

${JAVA}`,
  MyBatis: `2026-11-20 01:02:03 ERROR c.e.Shop : nested exception is org.apache.ibatis.exceptions.PersistenceException: 
### Error querying database.  Cause: java.sql.SQLException: no
### The error may exist in class path resource [mapper/A.xml]
### SQL: select * from orders
  where id = ?
### Cause: java.sql.SQLException: no] with root cause

java.sql.SQLException: no
	at com.mysql.cj.jdbc.A.b(A.java:1)`,
  Guice: `Exception in thread "main" com.google.inject.CreationException: Unable to create injector, see the following errors:

1) No implementation for A was bound.
  at com.example.Module.configure(Module.java:3)

2) No implementation for B was bound.
  at com.example.Module.configure(Module.java:4)

2 errors
	at com.google.inject.internal.Errors.throwCreationException(Errors.java:466)
	at com.example.Main.main(Main.java:7)`,
  'Dumping heap': `java.lang.OutOfMemoryError: Java heap space
Dumping heap to java_pid1.hprof ...
Heap dump file created [1 bytes in 0.1 secs]
Exception in thread "main" java.lang.OutOfMemoryError: Java heap space
	at A.main(A.java:27)`,
  Reactor: `java.lang.RuntimeException: no
	at com.example.A.b(A.java:1)
	Suppressed: reactor.core.publisher.FluxOnAssembly$OnAssemblyException: 
Error has been observed at the following site(s):
	*__checkpoint ⇢ HTTP GET "/x" [ExceptionHandlingWebHandler]
Original Stack Trace:
		at com.example.A.b(A.java:1)
		at com.example.A.c(A.java:2)`,
  'Kotlin class without Error': `com.example.OrderRejected: sku 7\n	at com.example.A.b(A.kt:1)`,
  'jar names': `java.lang.A$BException: no\n	at a.b.C.d(C.java:1) ~[spring-web-6.1.jar!/:6.1]\n	at a.b.C.e(Unknown Source) [app.jar:na]\n	... 12 common frames omitted`,
  'exception group': `  + Exception Group Traceback (most recent call last):
  |   File "/app/main.py", line 1, in <module>
  | ExceptionGroup: several (1 sub-exception)
  +-+---------------- 1 ----------------
    | ValueError: x
    +------------------------------------`,
  'local class': `${PYTHON.replace('KeyError', 'f.<locals>.Gone')}`,
  'direct cause': `${PYTHON}

The above exception was the direct cause of the following exception:

${PYTHON}`,
  'a worker process': `multiprocessing.pool.RemoteTraceback: 
"""
${PYTHON}
"""

The above exception was the direct cause of the following exception:

${PYTHON}`,
  faulthandler: `Fatal Python error: Segmentation fault

Current thread 0x00007f0000000000 (most recent call first):
  File "/app/main.py", line 3 in f
  File "/app/main.py", line 5 in <module>

Extension modules: numpy (total: 1)`,
  SQLAlchemy: `Traceback (most recent call last):
  File "/app/db.py", line 2, in get
    cursor.execute()
sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection refused
	Is the server running on that host?
[SQL: select 1]
(Background on this error at: https://sqlalche.me/e/20/e3q8)`,
  'warning with its source line': `/app/main.py:3: DeprecationWarning: old
  import imp`,
  'Process-1': `Process Process-1:\n${PYTHON}`,
  'Node, uncaught': `/app/server.js:3
    throw new OrderRejected('x');
    ^

OrderRejected: x
${NODE}`,
  'Node, thrown text': `/app/server.js:3
throw 'x';
^
x
(Use \`node --trace-uncaught ...\` to show where the exception was thrown)`,
  'Require stack': `Error: Cannot find module 'x'
Require stack:
- /app/server.js
${NODE} {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/app/server.js' ]
}`,
  AssertionError: `AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:
+ actual - expected

+ 1
- 2

${NODE} {
  generatedMessage: true,
  code: 'ERR_ASSERTION'
}`,
  'Node, a warning': `(node:7) UnhandledPromiseRejectionWarning: OrderRejected: x\n${NODE}`,
  'Rust, older': `thread 'main' panicked at 'no', src/main.rs:2:5
note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace`,
  anyhow: `Error: could not read

Caused by:
    0: no such file
    1: os error 2

Stack backtrace:
   0: app::main
             at ./src/main.rs:3:5`,
  'Go, data race': `==================
WARNING: DATA RACE
Write at 0x00c000012345 by goroutine 7:
  main.main.func1()
      /app/main.go:9 +0x2a

Previous write at 0x00c000012345 by main goroutine:
  main.main()
      /app/main.go:12 +0x5d

Goroutine 7 (running) created at:
  main.main()
      /app/main.go:8 +0x3c
==================`,
  'Go, SIGQUIT': `SIGQUIT: quit
PC=0x46e1a1 m=0 sigcode=0

goroutine 1 [sleep]:
time.Sleep(0x3b9aca00)
	/usr/local/go/src/runtime/time.go:195 +0x135
main.main()
	/app/main.go:7 +0x2a

rax    0xca
rbx    0x0`,
  'Go, stack overflow': `runtime: goroutine stack exceeds 1000000000-byte limit
runtime: sp=0xc0200e0390 stack=[0xc0200e0000, 0xc0400e0000]
fatal error: stack overflow

runtime stack:
runtime.throw({0x47b5d3?, 0x0?})
	/usr/local/go/src/runtime/panic.go:1077 +0x5c

goroutine 1 [running]:
main.f(0x1)
	/app/main.go:3 +0x2a`,
  'PHP, chained': `PHP Fatal error:  Uncaught RuntimeException: inner in /app/a.php:1
Stack trace:
#0 /app/a.php(1): f()
#1 {main}

Next LogicException: outer in /app/a.php:2
Stack trace:
#0 {main}
  thrown in /app/a.php on line 2`,
  Laravel: `[2026-11-20 01:02:03] production.ERROR: no {"exception":"[object] (RuntimeException(code: 0): no at /app/a.php:3)
[stacktrace]
#0 /app/b.php(5): f()
#1 {main}
"} `,
  'Ruby, full_message': `app.rb:3:in 'total': \u001b[1mno (\u001b[1;4mRuntimeError\u001b[m\u001b[1m)\u001b[m
	from app.rb:9:in '<main>'`,
  Dart: `Unhandled exception:
Bad state: No element
#0      List.first (dart:core-patch/growable_array.dart:352:5)
#1      main (file:///app/main.dart:3:5)
<asynchronous suspension>`,
  Flutter: `══╡ EXCEPTION CAUGHT BY WIDGETS LIBRARY ╞═══════
The following StateError was thrown building A(dirty):
Bad state: no

When the exception was thrown, this was the stack:
#0      A.build (package:app/a.dart:3:5)
════════════════════════`,
  terminate: `terminate called after throwing an instance of 'std::runtime_error'
  what():  no`,
  'klog value': `E1120 01:02:03.000000       1 a.go:1] "No" err=<
	first
	second
 >`,
  'JSON over several lines': `{\n  "a": 1,\n  "b": [\n    2\n  ]\n}`,
  GenServer: `01:02:03.456 [error] GenServer #PID<0.1.0> terminating
** (RuntimeError) no
    (app 0.1.0) lib/app.ex:3: App.f/1
Last message: :boom
State: %{}`,
};

test.each(Object.entries(TRACES))('%s', (_name, trace) => {
  const lines = ['a line before', ...trace.split('\n'), '2026-11-20 01:02:03 DEBUG a line after'];
  const text = lines.map((line) => `2026-11-20T01:02:03.1Z stderr F ${line}\n`).join('');
  const found = read(text, { overrides: { ...ALL, structured: false } }).map((document) => document.body.message);
  expect(found.sort()).toEqual([lines[0], trace, lines.at(-1)].sort());
});
