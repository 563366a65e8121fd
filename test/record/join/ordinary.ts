/** Ordinary output of many kinds of programs: nothing of it is a trace, every line is a record. `i` makes the lines differ. */
type Kind = (i: number) => string;

/** By name: what one of its blocks looks like. */
export const ORDINARY: Record<string, Kind> = {
  'access log of nginx': (i) =>
    `10.1.2.${i % 250} - - [20/Nov/2026:01:02:03 +0000] "GET /items/${i} HTTP/1.1" 200 ${i} "-" "curl/8.5.0"`,
  'error log of nginx': (i) =>
    `2026/11/20 01:02:03 [error] 7#7: *${i} open() "/srv/x" failed (2: No such file or directory), client: 10.1.2.3`,
  'access log of Apache with a failure': (i) =>
    `10.1.2.3 - bob [20/Nov/2026:01:02:03 +0000] "GET /Error HTTP/1.1" 500 ${i}`,
  Envoy: (i) => `[2026-11-20T01:02:03.000Z] "GET /x HTTP/1.1" 503 UF 0 91 ${i} - "-" "Error" "a.b.c"`,
  HAProxy: (i) => `<134>Nov 20 01:02:03 haproxy[7]: 10.1.2.3:${40000 + i} [20/Nov/2026] fe be/s1 0/0/1/2/3 200 88 - -`,
  'YAML after an error handler': (i) => `onError:\n  - retry: ${i}\n  - at: midnight\nonSuccess:\n  notify: team`,
  'YAML of a deployment': (i) =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-${i}\nspec:\n  replicas: 3`,
  'YAML list with an Error': (i) => `lastError: Error\n  message: none ${i}\n  at: the end of the day`,
  TOML: (i) => `[server.Error]\nport = ${i}\n\n[client]\nretries = 3`,
  'INI of a shop': (i) => `[error]\n  level = ${i}\n  at = start`,
  'progress bar after a warning': (i) =>
    `WARN slow disk\n  ${i % 100}%|████      | 40/100 [00:01<00:02]\n  99%|█████████ | 99/100`,
  'table row after a warning': (i) =>
    `WARN quota is low\n| team | used |\n|------|------|\n| shop | ${i} |\n  shop   ${i}   12`,
  psql: (i) => ` id | name\n----+------\n  ${i % 9} | shop\n(1 row)\n`,
  MySQL: (i) =>
    `+----+------+\n| id | name |\n+----+------+\n|  ${i % 9} | shop |\n+----+------+\n1 row in set (0.00 sec)`,
  'indented line with its own time and level': (i) =>
    `2026-11-20 01:02:03 ERROR app failed ${i}\n  2026-11-20 01:02:03 INFO worker went on\n    [INFO] at work`,
  checks: (i) => `Error: 2 checks failed\n#1 disk ${i}\n#2 memory\n  - see the manual`,
  'Go program ends': (i) => `panic: see above ${i}\nexit status 2\nexit status 1`,
  'goroutine pool': (i) => `goroutine pool started\n\nmain.main()\nworker.run(${i})`,
  'kernel watcher': (i) => `watching for kernel panic: enabled\n\nmain.watch()\n\t/dev/kmsg ${i}`,
  klog: (i) =>
    `I1120 01:02:03.000000       1 controller.go:${i}] "Reconciling" name="obj"\nE1120 01:02:03.000000       1 a.go:1] "No" err="x"`,
  'klog, then text': (i) =>
    `W1120 01:02:03.000000       1 warnings.go:70] v1 is deprecated ${i}\nplain text\n  indented text`,
  'kube-apiserver audit': (i) => `{"kind":"Event","level":"Metadata","stage":"ResponseComplete","n":${i}}`,
  'JSON of pino': (i) =>
    `{"level":50,"time":1,"msg":"failed ${i}","err":{"type":"Error","stack":"Error: x\\n    at y"}}\n  indented`,
  logfmt: (i) =>
    `time=2026-11-20T01:02:03Z level=error msg="no ${i}" err="java.io.IOException: x"\ntime=x level=info msg=ok`,
  'zap console': (i) =>
    `2026-11-20T01:02:03.000Z\tERROR\tmain.go:3\tfailed ${i}\n2026-11-20T01:02:03.000Z\tINFO\tmain.go:4\tok`,
  'SQL statements': (i) => `select *\n  from orders\n where id = ${i};\n\ninsert into t values (1);`,
  'SQL after an error': (i) => `ERROR statement failed\n  select * from t where id = ${i}\n  at line 3`,
  Markdown: (i) => `# Report ${i}\n\n- at least 3 nodes\n- Error: none\n\n## Next\n\n1. first\n2. second\n\n> quoted`,
  'JSON that is none': (i) => `{\n  "a": ${i},\n  broken\n}`,
  code: (i) => `function onError(e) {\n  return ${i};\n}\nif (x) {\n  y();\n}`,
  'nginx configuration': (i) => `server {\n  listen ${i};\n  location / {\n    return 404;\n  }\n}`,
  Terraform: (i) => `resource "a" "b" {\n  name = "x${i}"\n  size = 3\n}\n\nPlan: 1 to add, 0 to change, 0 to destroy.`,
  'help of a program': (i) =>
    `Usage: shop [options]\n\nOptions:\n  --errors N   at most ${i} (of 5)\n  --help       show this`,
  npm: (i) => `npm ERR! code ELIFECYCLE\nnpm ERR! errno ${i}\n\n> shop@1.0.0 build\n> tsc`,
  pip: (i) =>
    `Collecting flask\n  Downloading flask-${i}.whl (96 kB)\n     ━━━━━━━━━━ 96.0/96.0 kB\nWARNING: Running pip as root`,
  Maven: (i) =>
    `[INFO] BUILD SUCCESS\n[WARNING] deprecated ${i}\n[ERROR] Failed to execute goal\n[ERROR] -> [Help 1]\n[INFO]   at work`,
  'Spring banner': (i) =>
    `  .   ____          _\n /\\\\ / ___'_ __ _ _(_)\n( ( )\\___ | '_ | '_|\n :: Spring Boot ::  (v3.${i})`,
  'test runner': (i) => `  ✓ adds (${i} ms)\n  ✗ throws an Error\n    expected 1 at 2\n\n  1 failing`,
  tap: (i) => `not ok ${i} - has Error\n  ---\n  at: the end\n  ...\n# tests 1`,
  diff: (i) => `--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n-at a.b(${i})\n+Error: gone\n context`,
  ps: (i) => `  PID TTY      TIME CMD\n    1 ?    00:00:01 java\n  ${i} ?    00:00:00 at.d`,
  'top of memory': (i) => `Mem: ${i}K used\n\tat rest: 3K\n\tat work: 9K\n\tpeak`,
  'shell trace': (i) => `+ kubectl get pods\nNAME   READY\nweb-${i}  1/1\n+ exit 0`,
  Redis: (i) => `7:M 20 Nov 2026 01:02:03.000 # WARNING overcommit ${i}\n7:M 20 Nov 2026 01:02:03.000 * Ready`,
  PostgreSQL: (i) =>
    `2026-11-20 01:02:03 UTC [7] ERROR:  no column "x" at character ${i}\n2026-11-20 01:02:03 UTC [7] STATEMENT:  select x\n\t  from t`,
  'traceback before an ordinary line': (i) => `Traceback (most recent call last):\nINFO: next ${i}\n  indented`,
  'exceptions that are only named': (i) =>
    `retrying after java.io.IOException: ${i}\nretrying after Error: x\nCaused by: rain\n  at home`,
  'numbered sentences': (i) => `Errors:\n 0: none\n 1: at ${i}\n   at least one`,
  Korean: (i) => `주문 처리 실패: ${i}\n  사용자=홍길동\n\n[오류] 다시 시도`,
  'Windows-like events': (i) => `Information: started ${i}\nWarning: low\n  detail: x\nError: none`,
  'Ruby on Rails': (i) =>
    `Started GET "/x" for 10.1.2.3 at 2026-11-20 01:02:03\nProcessing by X#y as HTML\n  Rendered x (1.${i}ms)\n\n`,
  Celery: (i) =>
    `[2026-11-20 01:02:03,000: INFO/MainProcess] Task x[${i}] received\n[2026-11-20 01:02:03,000: WARNING/Main] careful`,
  'Python warnings': (i) => `WARNING:root:careful ${i}\nERROR:root:no\n  x\nDEBUG:root:at x.y(1)`,
  'rust env_logger': (i) =>
    `[2026-11-20T01:02:03Z ERROR app] thread 'main' is slow ${i}\n[2026-11-20T01:02:03Z INFO  app] note: run`,
  stars: (i) => `*** starting ${i} ***\n*** (done)\n==================\nWARNING: data is old\n==================`,
  'an address and a port': (i) => `/app/server.js:${i}\nlistening\n\nnode:http ready`,
  'thread pool': (i) => `Thread pool: ${i} threads\n"main" is busy\n   waiting on x\nFull thread usage`,
};
