/**
 * How many levels are seen, and how many are false: lines as server software writes them, and sentences that hold such words.
 * PODFERRY_TEST_LOGS=<directory> measures a labelled corpus as well: pairs of files `X.log` and `X.log_structured.csv` with a column
 * `Level`. Measured:
 *
 * | | levels seen | false ones |
 * |---|---|---|
 * | the lists below, before levels had a place | 90 of 124 | 24 of 62 sentences |
 * | the lists below | 124 of 124 | 0 of 62 sentences |
 * | loghub's samples of 2,000 lines: Android, Apache, Hadoop, HDFS, OpenStack, Spark, Zookeeper | 14,000 of 14,000 | 0 |
 * | loghub: BGL, a supercomputer's, whose level stands among words in capitals | 35 of 2,000 | 0 |
 * | loghub: Windows, whose level is a word like any other | 0 of 2,000 | 0 |
 */
import { Buffer } from 'node:buffer';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env, stdout } from 'node:process';
import { expect, test } from 'vitest';
import { level } from '../../../src/record/encode/level.ts';
import { LEVELS } from '../../../src/record/format/words.ts';

function seen(line: string): string | undefined {
  const bytes = Buffer.from(line);
  return LEVELS[level(bytes, 0, bytes.length)];
}

const T = '2026-11-20 01:02:03';

/** What software, its line, the level. */
const SERVERS: readonly (readonly [string, string, string])[] = [
  ['redis', '1:M 20 Nov 2026 01:02:03.456 * Ready to accept connections tcp', 'info'],
  ['redis', '1:C 20 Nov 2026 01:02:03.456 # Can not save', 'warn'],
  ['redis', '7:S 20 Nov 2026 01:02:03.456 - Client closed', 'debug'],
  ['MongoDB 4.2', '2026-11-20T01:02:03.456+0000 I  NETWORK  [listener] waiting for connections', 'info'],
  ['MongoDB 4.2', '2026-11-20T01:02:03.456+0000 W STORAGE  [main] no journal', 'warn'],
  ['MySQL', '2026-11-20T01:02:03.456789Z 0 [Warning] [MY-010068] [Server] CA certificate is self signed.', 'warn'],
  ['MySQL', '2026-11-20T01:02:03.456789Z 0 [ERROR] [MY-010119] [Server] Aborting', 'error'],
  ['MariaDB', '2026-11-20  1:02:03 0 [Note] mariadbd: ready for connections.', 'info'],
  ['PostgreSQL', `${T}.456 UTC [1] LOG:  database system is ready to accept connections`, 'info'],
  ['PostgreSQL', `${T}.456 KST [71] shop@orders ERROR:  relation "x" does not exist`, 'error'],
  ['PostgreSQL', `${T}.456 UTC [1] DEBUG1:  checkpoint`, 'debug'],
  ['PostgreSQL', `${T}.456 GMT [9] FATAL:  password authentication failed`, 'fatal'],
  ['PgBouncer', `${T}.456 UTC [1] LOG stats: 0 xacts/s`, 'info'],
  ['Patroni', `${T},456 INFO: no action. I am (pg-0), the leader with the lock`, 'info'],
  ['Elasticsearch', '[2026-11-20T01:02:03,456][INFO ][o.e.n.Node               ] [node-1] started', 'info'],
  ['OpenSearch', '[2026-11-20T01:02:03,456][WARN ][o.o.d.FileBasedSeed      ] [node-1] no seeds', 'warn'],
  ['Logstash', '[2026-11-20T01:02:03,456][ERROR][logstash.agent           ] Failed', 'error'],
  ['Kibana', '[2026-11-20T01:02:03.456+00:00][INFO ][plugins-service] Plugin is disabled', 'info'],
  ['Filebeat', '2026-11-20T01:02:03.456Z\tINFO\t[monitoring]\tlog/log.go:144\tNon-zero metrics', 'info'],
  ['Kafka', `[${T},456] INFO [KafkaServer id=1] started (kafka.server.KafkaServer)`, 'info'],
  ['Zookeeper', `${T},456 [myid:1] - WARN  [QuorumPeer[myid=1]:Leader@1] - closing`, 'warn'],
  ['RabbitMQ', `${T}.456789+00:00 [info] <0.9.0> Server startup complete`, 'info'],
  ['RabbitMQ, older', '=ERROR REPORT==== 20-Nov-2026::01:02:03 ===', 'error'],
  ['NATS', '[1] 2026/11/20 01:02:03.456789 [INF] Server is ready', 'info'],
  ['Pulsar', '2026-11-20T01:02:03,456+0000 [main] INFO  org.apache.pulsar.X - started', 'info'],
  ['ActiveMQ', ' INFO | Apache ActiveMQ started', 'info'],
  ['Cassandra', `INFO  [main] ${T},456 StorageService.java:1 - Cassandra version`, 'info'],
  ['Hadoop', `${T},456 INFO org.apache.hadoop.hdfs.DataNode: registered`, 'info'],
  ['HDFS', '081109 203615 148 INFO dfs.DataNode$PacketResponder: terminating', 'info'],
  ['Spark', '26/11/20 01:02:03 WARN NativeCodeLoader: Unable to load', 'warn'],
  ['Flink', `${T},456 INFO  org.apache.flink.runtime.X [] - started`, 'info'],
  ['Trino', '2026-11-20T01:02:03.456Z\tINFO\tmain\tio.trino.server.Server\tSERVER STARTED', 'info'],
  ['ClickHouse', '2026.11.20 01:02:03.456789 [ 1 ] {} <Information> Application: Ready for connections.', 'info'],
  ['ClickHouse', '2026.11.20 01:02:03.456789 [ 1 ] {a-b} <Error> TCPHandler: Code: 60', 'error'],
  ['CockroachDB', 'I261120 01:02:03.456789 1 server/server.go:1 ⋮ [n1] 1 started', 'info'],
  ['Neo4j', `${T}.456+0000 INFO  Started.`, 'info'],
  ['CouchDB', '[error] 2026-11-20T01:02:03.456789Z nonode@nohost <0.1.0> -------- gone', 'error'],
  ['InfluxDB', 'ts=2026-11-20T01:02:03.456Z lvl=info msg="Open store" log_id=0x', 'info'],
  ['etcd, older', `${T}.456789 I | etcdserver: ready to serve client requests`, 'info'],
  ['etcd', '{"level":"warn","ts":"2026-11-20T01:02:03.456Z","caller":"etcdserver/x.go:1","msg":"slow"}', 'warn'],
  ['TiDB', '[2026/11/20 01:02:03.456 +00:00] [WARN] [server.go:1] ["x"]', 'warn'],
  ['nginx', '2026/11/20 01:02:03 [error] 7#7: *1 open() "/x" failed', 'error'],
  ['nginx ingress', 'W1120 01:02:03.456789       7 controller.go:1] Service "x" has no endpoint', 'warn'],
  ['Apache', '[Fri Nov 20 01:02:03.456789 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: started', 'info'],
  ['HAProxy', '[WARNING]  (1) : config : missing timeouts', 'warn'],
  [
    'HAProxy, syslog',
    '<134>Nov 20 01:02:03 haproxy[7]: 10.0.0.1:1 [20/Nov/2026:01:02:03.456] web web/s1 0/0/1/2/3 200',
    'info',
  ],
  ['syslog', '<11>Nov 20 01:02:03 app[7]: gone', 'error'],
  ['Traefik 2', 'time="2026-11-20T01:02:03Z" level=error msg="no service"', 'error'],
  ['Traefik 3', '2026-11-20T01:02:03Z DBG github.com/traefik/x.go:1 > x', 'debug'],
  ['Envoy', '[2026-11-20 01:02:03.456][1][warning][main] [source/x.cc:1] x', 'warn'],
  ['Istio', '2026-11-20T01:02:03.456789Z\terror\txds\tx', 'error'],
  ['Linkerd', '[     0.001234s]  INFO ThreadId(01) linkerd2_proxy: release', 'info'],
  ['CoreDNS', '[ERROR] plugin/errors: 2 x. A: timeout', 'error'],
  ['Consul', '2026-11-20T01:02:03.456Z [WARN]  agent.server: x', 'warn'],
  ['Vault', '2026-11-20T01:02:03.456Z [INFO]  core: security barrier not initialized', 'info'],
  ['Prometheus 2', 'ts=2026-11-20T01:02:03.456Z caller=main.go:1 level=info msg="Server is ready"', 'info'],
  ['Prometheus 3', 'time=2026-11-20T01:02:03.456Z level=WARN source=x.go:1 msg="x"', 'warn'],
  ['Grafana', 'logger=settings t=2026-11-20T01:02:03.456Z level=info msg="Starting"', 'info'],
  ['Fluentd', `${T} +0000 [warn]: #0 x`, 'warn'],
  ['Fluent Bit', '[2026/11/20 01:02:03] [ info] [engine] started', 'info'],
  ['Calico', `${T}.456 [INFO][1] felix/x.go 1: x`, 'info'],
  ['containerd', 'time="2026-11-20T01:02:03.456Z" level=warning msg="x"', 'warn'],
  ['Kubernetes', 'E1120 01:02:03.456789       1 reflector.go:1] "Failed" err="x"', 'error'],
  ['glog of today', 'I20261120 01:02:03.456789 1 x.cc:1] x', 'info'],
  ['Gitea', '2026/11/20 01:02:03 cmd/web.go:1:runWeb() [I] Starting', 'info'],
  ['Jenkins', `${T}.456+0000 [id=1]\tWARNING\thudson.X#y: x`, 'warn'],
  ['Nexus', `${T},456+0000 INFO  [main] *SYSTEM org.sonatype.X - x`, 'info'],
  ['SonarQube', '2026.11.20 01:02:03 INFO  app[][o.s.a.SchedulerImpl] started', 'info'],
  ['Tomcat', '20-Nov-2026 01:02:03.456 SEVERE [main] org.apache.catalina.X.y x', 'error'],
  ['Jetty', `${T}.456:INFO::main: Logging initialized`, 'info'],
  ['WildFly', '01:02:03,456 ERROR [org.jboss.as] (MSC service thread 1-1) x', 'error'],
  ['Spring Boot', '2026-11-20T01:02:03.456+09:00  WARN 1 --- [shop] [main] c.e.A : x', 'warn'],
  ['logback', '01:02:03.456 [http-nio-8080-exec-1] DEBUG c.e.A - x', 'debug'],
  ['log4j', `${T},456 main TRACE x`.replace('main', '[main]'), 'trace'],
  ['gunicorn', `[${T} +0000] [7] [INFO] Starting gunicorn`, 'info'],
  ['uvicorn', 'INFO:     Started server process [1]', 'info'],
  ['Celery', `[${T},456: WARNING/MainProcess] x`, 'warn'],
  ['Celery', `[${T},456: ERROR/ForkPoolWorker-1] Task x raised`, 'error'],
  ['Airflow', '[2026-11-20T01:02:03.456+0000] {taskinstance.py:1} INFO - x', 'info'],
  ['loguru', `${T}.456 | SUCCESS  | app:main:1 - x`, 'info'],
  ['loguru', `${T}.456 | CRITICAL | app:main:1 - x`, 'fatal'],
  ['structlog', `${T} [warning  ] slow                 order=1`, 'warn'],
  ['Python', `${T},456 - app.orders - ERROR - x`, 'error'],
  ['Python', `${T},456 - app - WARNING - x`, 'warn'],
  ['Python', 'DEBUG:asyncio:Using selector: EpollSelector', 'debug'],
  ['scrapy', `${T} [scrapy.core.engine] INFO: Spider opened`, 'info'],
  ['Odoo', `${T},456 1 INFO shop odoo.modules.loading: x`, 'info'],
  ['Jupyter', '[W 2026-11-20 01:02:03.456 ServerApp] x', 'warn'],
  ['tornado', '[I 261120 01:02:03 web:1] 200 GET / (10.0.0.1) 1.00ms', 'info'],
  ['TensorFlow', `${T}.456789: W tensorflow/core/x.cc:1] x`, 'warn'],
  ['Ruby', 'W, [2026-11-20T01:02:03.456789 #7]  WARN -- : x', 'warn'],
  ['Sidekiq', '2026-11-20T01:02:03.456Z pid=1 tid=a class=OrderJob jid=b INFO: start', 'info'],
  ['PHP', 'PHP Warning:  Undefined variable $x in /app/a.php on line 1', 'warn'],
  ['PHP-FPM', '[20-Nov-2026 01:02:03] NOTICE: fpm is running, pid 1', 'info'],
  ['Laravel', `[${T}] production.ERROR: x {"userId":1}`, 'error'],
  ['Monolog', '[2026-11-20T01:02:03.456789+00:00] app.INFO: x [] []', 'info'],
  ['NestJS', '[Nest] 1  - 11/20/2026, 1:02:03 AM     LOG [NestFactory] Starting', 'info'],
  ['NestJS', '[Nest] 1  - 11/20/2026, 1:02:03 AM   ERROR [ExceptionsHandler] x', 'error'],
  ['winston', '2026-11-20T01:02:03.456Z [error]: x', 'error'],
  ['winston', '2026-11-20T01:02:03.456Z warn: x', 'warn'],
  ['winston', 'info: x', 'info'],
  ['npm', 'npm WARN deprecated x', 'warn'],
  ['npm', 'npm ERR! code E404', 'error'],
  ['log4js', '[2026-11-20T01:02:03.456] [FATAL] default - x', 'fatal'],
  ['pino-pretty', '[01:02:03.456] INFO (1): x', 'info'],
  ['.NET', 'warn: Microsoft.AspNetCore.X[3]', 'warn'],
  ['Serilog', `${T}.456 +00:00 [ERR] x`, 'error'],
  ['NLog', `${T}.4567|WARN|Shop.Cart|x`, 'warn'],
  ['log4net', `${T},456 [7] ERROR Shop.Cart - x`, 'error'],
  ['Elixir', '01:02:03.456 [notice] x', 'info'],
  ['Erlang', '2026-11-20T01:02:03.456789+00:00 error: x', 'error'],
  ['env_logger', '[2026-11-20T01:02:03Z WARN  shop::orders] x', 'warn'],
  ['tracing', '2026-11-20T01:02:03.456789Z ERROR shop::orders: x', 'error'],
  ['zerolog', '1:02AM WRN x order=1', 'warn'],
  ['logrus', 'WARN[0007] x', 'warn'],
  ['log15', 'INFO [11-20|01:02:03.456] x', 'info'],
  ['slog', '2026/11/20 01:02:03 WARN x order=1', 'warn'],
  ['slog', '2026/11/20 01:02:03 INFO user opened a page', 'info'],
  ['zap', '2026-11-20T01:02:03.456Z\twarn\tapp/main.go:1\tx', 'warn'],
  ['Chromium', '[1120/010203.456789:ERROR:file.cc(1)] x', 'error'],
  ['OpenStack', `nova-api.log 2026-11-20 01:02:03.456 7 INFO nova.osapi [req-1] x`, 'info'],
  ['NetworkManager', '<info>  [1795136523.4567] x', 'info'],
  ['Unbound', '[1795136523] unbound[1:0] info: start of service', 'info'],
  ['Android', '11-20 01:02:03.456  1702  2395 W PowerManager: x', 'warn'],
];

/** No logger wrote a level here. */
const SENTENCES: readonly string[] = [
  'Connected, no ERROR',
  'finished with 0 ERROR lines',
  'user INFO page opened',
  'there was no error found',
  'Error handling is fine',
  'retrying, last state was [no error]',
  'the INFO command of redis is slow',
  'see the WARNING above',
  'order 17 has status ERROR since yesterday',
  'mode is DEBUG now',
  'no FATAL errors so far',
  'we saw 3 WARN and 2 ERROR lines',
  `${T} the level was changed from INFO to DEBUG`,
  `${T} user INFO page opened`,
  `${T} I went home`,
  `${T} A user logged in`,
  `${T} Connected, no ERROR`,
  `${T} finished with 0 ERROR lines`,
  `[worker] done, 0 ERROR lines`,
  'GET /api/ERROR/x 200',
  '10.1.2.3 - - [20/Nov/2026:01:02:03 +0000] "GET /INFO ERROR HTTP/1.1" 200 1',
  '10.1.2.3 - - [20/Nov/2026:01:02:03 +0000] GET /x?level 200 1',
  'state: ERROR code was cleared',
  'result: no errors, 3 warnings',
  'x "ERROR y"',
  'MYERROR and ERRORS and INFORMATIVE',
  'System.ERROR is a stream',
  'AUDIT user=a action=LOGIN',
  'the log level is set by LOG_LEVEL',
  'SELECT * FROM orders WHERE state = ERROR',
  'INFORMATION_SCHEMA was read',
  'Content-Type: text/html; ERROR page',
  '주문 처리 완료: ERROR 없음',
  '注文 INFO 完了',
  '- item one',
  '* note to self',
  '<html><body>ERROR</body></html>',
  '<b>info</b> text',
  '<1234> no priority',
  '<192>no priority either',
  'D: drive is full',
  'E = mc2',
  'I think so',
  'A1120 is a number',
  'E1234 was the code of the article',
  'W2026 was a good year',
  '12:30 lunch',
  '1:M is the name of a role of redis in its log',
  '3 errors',
  '[2026] annual report',
  '[a] [b] [c]',
  '[link to error page] was opened',
  'function(error) { return info }',
  '{ERROR}',
  'at com.example.ERROR(INFO.java:1)',
  'Started GET "/info" for 10.0.0.1',
  'PHP Version 8.2',
  'npm notice of termination is INFO',
  'key=INFO value=ERROR',
  'level is=error',
  '\tat com.example.A.b(A.java:1)',
  'C:\\logs\\ERROR\\x.txt was opened',
];

test('levels of server software: recall 1.0 of at least 0.97, precision 1.0 of at least 0.999', () => {
  const wrong = SERVERS.map(([what, line, want]) => [what, line, want, seen(line)]).filter(
    ([, , want, got]) => got !== undefined && got !== want,
  );
  const missed = SERVERS.filter(([, line]) => seen(line) === undefined);
  const invented = SENTENCES.filter((line) => seen(line) !== undefined).map((line) => [line, seen(line)]);
  expect({ wrong, missed, invented }).toEqual({ wrong: [], missed: [], invented: [] });
});

const LOGS = env['PODFERRY_TEST_LOGS'];

test.skipIf(LOGS === undefined || !existsSync(LOGS))('a labelled corpus', () => {
  const table = readdirSync(LOGS!)
    .filter((name) => name.endsWith('_structured.csv'))
    .map((name) => measure(join(LOGS!, name)))
    .filter(({ lines }) => lines > 0);
  for (const { name, lines, right, wrong } of table) stdout.write(`${name}: ${right} of ${lines}, ${wrong} wrong\n`);
  const servers = table.filter(({ name }) => !/Windows|BGL|Linux/.test(name));
  const sum = (of: 'lines' | 'right' | 'wrong'): number => servers.reduce((n, each) => n + each[of], 0);
  expect(sum('right') / sum('lines')).toBeGreaterThanOrEqual(0.97);
  expect(sum('wrong') / sum('right')).toBeLessThan(0.001);
});

const WORDS: Record<string, string> = {
  I: 'info',
  W: 'warn',
  E: 'error',
  D: 'debug',
  V: 'trace',
  WARNING: 'warn',
  NOTICE: 'info',
  SEVERE: 'error',
  FAILURE: 'fatal',
};

function measure(path: string): { name: string; lines: number; right: number; wrong: number } {
  const [head, ...rows] = readFileSync(path, 'utf8').split('\n');
  const column = head!.split(',').indexOf('Level');
  const logs = readFileSync(path.replace('_structured.csv', ''), 'utf8').split(/\r?\n/);
  const found = {
    name: path.slice(path.lastIndexOf('/') + 1).replace('_2k.log_structured.csv', ''),
    lines: 0,
    right: 0,
    wrong: 0,
  };
  if (column < 0) return found;
  logs
    .filter((line) => line !== '')
    .forEach((line, i) => {
      const word = rows[i]!.match(/("[^"]*"|[^,]*)(,|$)/g)![column]!.replace(/,$/, '');
      const got = seen(line);
      found.lines++;
      if (got === (WORDS[word.toUpperCase()] ?? word.toLowerCase())) found.right++;
      else if (got !== undefined) found.wrong++;
    });
  return found;
}
