// The mixed lines every figure of this project is measured with, as container log files. Deterministic: the same COUNT
// gives the same bytes, on every machine and every version of Node.
//
//   node bench/lines.mjs COUNT FILE         one file of COUNT lines
//   node bench/lines.mjs COUNT DIR FILES    the same lines dealt out to FILES containers, one pod each:
//                                           DIR/pods/<namespace>_<pod>_<uid>/<container>/0.log, DIR/pods.json (as
//                                           `kubectl get pods -o json` prints it), and last DIR/done (what is where)
//
// 35 % nginx access log, 30 % JSON as pino writes it, 15 % klog on stderr, 10 % Korean text, 10 % stack-trace lines on
// stderr; about 199 MB a million.
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The node all pods are on. */
export const NODE_NAME = 'node-1';
const START = Date.UTC(2026, 10, 20, 1, 2, 3);
// Of each file: with 400 of them, longer strings cost more in collection than the writes they save.
const FLUSH_CHARS = 1 << 15;

/** Small, fast and the same everywhere (the mulberry32 recurrence): returns integers in [0, below). */
function dice(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const hex = (roll, digits) => {
  let out = '';
  while (out.length < digits) out += roll(0x1000000).toString(16).padStart(6, '0');
  return out.slice(0, digits);
};

const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT'];
const STATUSES = [200, 200, 200, 200, 201, 204, 304, 404, 500];
const FRAMES = ['OrderService.place', 'CartRepository.findById', 'PaymentClient.charge', 'StockLedger.reserve'];

const access = (roll) =>
  `10.${roll(256)}.${roll(256)}.${roll(256)} - - [20/Nov/2026:01:02:03 +0000] "${METHODS[roll(5)]} /api/v2/items/` +
  `${roll(1e6)}?page=${roll(40)} HTTP/1.1" ${STATUSES[roll(9)]} ${roll(20000)} "https://shop.example/basket" ` +
  `"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"`;

const json = (roll, ms) =>
  `{"level":${roll(20) === 0 ? 50 : 30},"time":${ms},"pid":1,"hostname":"web-${hex(roll, 5)}","reqId":"${hex(roll, 16)}",` +
  `"req":{"method":"POST","url":"/basket/${hex(roll, 8)}"},"res":{"statusCode":${STATUSES[roll(9)]}},` +
  `"responseTime":${roll(900)},"msg":"request completed"}`;

const klog = (roll) =>
  `I1120 01:02:03.${String(roll(1e6)).padStart(6, '0')}       1 controller.go:${100 + roll(800)}] "Reconciled object" ` +
  `namespace="default" name="object-${hex(roll, 6)}" generation=${roll(9)}`;

const korean = (roll) => `주문 접수 완료: 주문번호=${roll(1e7)} 고객=김민수 금액=${roll(1e5)}원`;

const frame = (roll) => {
  const at = FRAMES[roll(4)];
  return `\tat com.example.shop.${at}(${at.slice(0, at.indexOf('.'))}.java:${20 + roll(900)})`;
};

/** Returns a function that gives the next CRI line, its LF included. Lines are a millisecond apart. */
export function lineMaker(seed = 1) {
  const roll = dice(seed);
  let ms = START;
  let second = '';
  return () => {
    if (++ms % 1000 === 0 || second === '') second = new Date(ms).toISOString().slice(0, 20);
    const time = `${second}${String(ms % 1000).padStart(3, '0')}${String(roll(1e6)).padStart(6, '0')}Z`;
    const kind = roll(100);
    if (kind < 35) return `${time} stdout F ${access(roll)}\n`;
    if (kind < 65) return `${time} stdout F ${json(roll, ms)}\n`;
    if (kind < 80) return `${time} stderr F ${klog(roll)}\n`;
    if (kind < 90) return `${time} stdout F ${korean(roll)}\n`;
    return `${time} stderr F ${frame(roll)}\n`;
  };
}

/** Deals `count` lines out to the paths in turn. Returns the bytes written in all: the same however many paths there are. */
export function writeFiles(count, paths) {
  const next = lineMaker();
  const files = paths.map((path) => ({ fd: openSync(path, 'w'), pending: '' }));
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const file = files[i % files.length];
    file.pending += next();
    if (file.pending.length < FLUSH_CHARS) continue;
    bytes += writeAll(file.fd, file.pending);
    file.pending = '';
  }
  for (const file of files) {
    bytes += writeAll(file.fd, file.pending);
    closeSync(file.fd);
  }
  return bytes;
}

/** A write may be short, so it goes on until everything is out. */
function writeAll(fd, text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  return bytes.length;
}

const APPS = [
  ['shop', 'web'],
  ['shop', 'basket'],
  ['pay', 'gateway'],
  ['search', 'indexer'],
  ['ops', 'ingress-nginx'],
];

/** `count` running pods of one container each, all on NODE_NAME, as the API server would list them. */
export function makePods(count) {
  const roll = dice(2);
  const pods = [];
  for (let i = 0; i < count; i++) {
    const [namespace, app] = APPS[i % APPS.length];
    const replicaSet = `${app}-${hex(roll, 10)}`;
    const uid = `${hex(roll, 8)}-${hex(roll, 4)}-4${hex(roll, 3)}-a${hex(roll, 3)}-${hex(roll, 12)}`;
    const image = `registry.example/${namespace}/${app}:1.${i % 7}.2`;
    pods.push({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${replicaSet}-${hex(roll, 5)}`,
        namespace,
        uid,
        creationTimestamp: '2026-11-20T01:02:00Z',
        labels: {
          'app.kubernetes.io/name': app,
          'app.kubernetes.io/version': `1.${i % 7}.2`,
          'app.kubernetes.io/part-of': namespace,
          'pod-template-hash': replicaSet.slice(app.length + 1),
        },
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: replicaSet, uid: hex(roll, 32), controller: true },
        ],
      },
      spec: { nodeName: NODE_NAME, containers: [{ name: app, image }] },
      status: {
        phase: 'Running',
        hostIP: '192.168.7.11',
        podIP: `10.42.${i >> 8}.${i & 255}`,
        containerStatuses: [
          {
            name: app,
            image,
            imageID: `registry.example/${namespace}/${app}@sha256:${hex(roll, 64)}`,
            containerID: `containerd://${hex(roll, 64)}`,
            restartCount: 0,
            ready: true,
          },
        ],
      },
    });
  }
  return pods;
}

/**
 * Lays a node out under `dir`, in place of one that is there. Returns, and leaves in `done`: the bytes of all logs, the
 * names of the pod directories, and the container of the first.
 */
export function writeLines({ lines, files, dir }) {
  for (const old of ['done', 'pods.json', 'pods']) rmSync(join(dir, old), { recursive: true, force: true });
  const items = makePods(files);
  const pods = items.map(({ metadata }) => `${metadata.namespace}_${metadata.name}_${metadata.uid}`);
  const paths = items.map(({ spec }, i) => {
    const folder = join(dir, 'pods', pods[i], spec.containers[0].name);
    mkdirSync(folder, { recursive: true });
    return join(folder, '0.log');
  });
  writeFileSync(join(dir, 'pods.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', metadata: {}, items }));
  const done = { bytes: writeFiles(lines, paths), pods, container: items[0].spec.containers[0].name };
  writeFileSync(join(dir, 'done'), JSON.stringify(done));
  return done;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [count, out, files] = process.argv.slice(2);
  if (!(Number(count) >= 1) || !out || (files !== undefined && !(Number(files) >= 1))) {
    console.error('usage: node bench/lines.mjs COUNT FILE | node bench/lines.mjs COUNT DIR FILES');
    process.exit(1);
  }
  const bytes =
    files === undefined ? writeFiles(+count, [out]) : writeLines({ lines: +count, files: +files, dir: out }).bytes;
  console.log(`${count} lines, ${bytes} bytes`);
}
