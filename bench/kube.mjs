// What knowing the pods costs: CPU and resident memory of an agent on a node with 250 pods of 8 kB and ten status updates a
// second, beside the same agent that does not ask the API. Both follow the logs of all pods, which say nothing meanwhile.
//
//   npm run -s build && node bench/kube.mjs [SECONDS] [ROUNDS]
//
// The API server speaks TLS. RSS is read every second and averaged, since it goes up and down with the collector.
// Reach: at most 1 % of a core and 6 MB over no watch.
import { fork, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { agentArgs } from './agent.mjs';

const PODS = 250;
const POD_BYTES = 8000;
const UPDATES_PER_SECOND = 10;
const SECONDS = Number(process.argv[2] ?? 30);
const ROUNDS = Number(process.argv[3] ?? 3);
const ROOT = join(import.meta.dirname, '..');
/** The flags of the image (Dockerfile). */
const NODE_FLAGS = ['--max-old-space-size=128', '--max-semi-space-size=1'];
const TICKS_PER_SECOND = 100;

const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));
const mean = (numbers) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

const dir = mkdtempSync(join(tmpdir(), 'podferry-bench-'));
const children = [];
try {
  const api = await startApi();
  writeFileSync(join(dir, 'ca.crt'), api.ca);
  const sink = await startSink();
  const runs = { without: [], with: [] };
  for (let round = 0; round < ROUNDS; round++) {
    runs.without.push(await measure(sink, { 'kubernetes.enabled': 'false' }));
    runs.with.push(
      await measure(sink, {
        'kubernetes.enabled': 'true',
        'kubernetes.url': api.url,
        'kubernetes.ca_file': join(dir, 'ca.crt'),
      }),
    );
  }
  report(runs);
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}

/** One agent, from its start until it has run for so long. */
async function measure(sink, settings) {
  const base = mkdtempSync(join(dir, 'run-'));
  writeLogs(join(base, 'pods'));
  mkdirSync(join(base, 'containers'));
  const { port, args } = agentArgs(base, sink, settings);
  const child = spawn(process.execPath, [...NODE_FLAGS, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  children.push(child);
  // Started, all there is shipped, and the garbage of that collected by half.
  await pause(5000);
  const before = cpuSeconds(child.pid);
  const rss = [];
  for (let second = 0; second < SECONDS; second++) {
    await pause(1000);
    rss.push(memory(child.pid, 'VmRSS'));
  }
  const cpu = (cpuSeconds(child.pid) - before) / SECONDS;
  const peak = memory(child.pid, 'VmHWM');
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const pods = Number(/^podferry_pods (\S+)$/m.exec(metrics)?.[1]);
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  return { cpu: cpu * 100, rss: mean(rss) / 1e6, peak: peak / 1e6, pods };
}

function writeLogs(podsDir) {
  for (let i = 0; i < PODS; i++) {
    const container = join(podsDir, `ns-${i % 20}_web-7d9f8b-${i}_uid-${i}`, 'web');
    mkdirSync(container, { recursive: true });
    const lines = Array.from({ length: 10 }, (_, n) => `2026-11-20T01:02:03.${100 + n}Z stdout F line ${n} of ${i}\n`);
    writeFileSync(join(container, '0.log'), lines.join(''));
  }
}

function report(runs) {
  console.log(
    `kube: ${PODS} pods of ${POD_BYTES} B, ${UPDATES_PER_SECOND} updates/s, ${SECONDS} s, node ${process.version}`,
  );
  const numbers = (list, key, digits) => list.map((run) => run[key].toFixed(digits)).join(' ');
  for (const [name, list] of Object.entries(runs)) {
    console.log(
      `  ${name.padEnd(8)} CPU ${numbers(list, 'cpu', 2)} % of a core, RSS ${numbers(list, 'rss', 1)} MB, ` +
        `peak ${numbers(list, 'peak', 1)} MB, pods known ${list[0].pods}`,
    );
  }
  const cost = (key) => median(runs.with.map((run) => run[key])) - median(runs.without.map((run) => run[key]));
  console.log(
    `  the watch costs ${cost('cpu').toFixed(2)} % of a core (reach 1 %), ${cost('rss').toFixed(1)} MB (reach 6 MB)`,
  );
}

/** CPU seconds a process has used, all threads. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function memory(pid, field) {
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

async function startSink() {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'sink.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const port = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(Number(data))));
  return `http://127.0.0.1:${port}`;
}

/** The API server of the tests in a process of its own. Resolves to its address and CA. */
async function startApi() {
  const outfile = join(dir, 'api.mjs');
  const contents = `(${serve})(${JSON.stringify({ PODS, POD_BYTES, UPDATES_PER_SECOND })}, ApiServer, authority)`;
  await build({
    stdin: {
      contents: `import { ApiServer } from './test/helpers/apiserver.ts'; import { authority } from './test/helpers/certificate.ts'; ${contents};`,
      resolveDir: ROOT,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const child = fork(outfile);
  children.push(child);
  return new Promise((resolve) => child.once('message', resolve));
}

/** Runs in the process of the API server. */
async function serve({ PODS, POD_BYTES, UPDATES_PER_SECOND }, ApiServer, authority) {
  const ca = authority('bench');
  const server = await ApiServer.start({ tls: ca.issue('api', ['127.0.0.1']) });
  const pods = Array.from({ length: PODS }, (_, i) => ({
    metadata: {
      name: `web-7d9f8b-${i}`,
      namespace: `ns-${i % 20}`,
      uid: `uid-${i}`,
      labels: {
        'app.kubernetes.io/name': 'web',
        'app.kubernetes.io/version': '1.2.3',
        'pod-template-hash': '7d9f8b',
        number: String(i),
      },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-7d9f8b', controller: true }],
      managedFields: [],
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'registry.example/team/web:1.2.3' }] },
    status: {
      podIP: `10.0.0.${i}`,
      conditions: [{ type: 'Ready', status: 'True', lastProbeTime: 0 }],
      containerStatuses: [
        {
          name: 'web',
          restartCount: 0,
          imageID: `registry.example/team/web@sha256:${'ab'.repeat(32)}`,
          containerID: `containerd://${'cd'.repeat(32)}`,
        },
      ],
    },
  }));
  for (const pod of pods) {
    for (let i = 0; JSON.stringify(pod).length < POD_BYTES; i++) {
      const fieldsV1 = { [`f:field-${i}`]: { 'f:a': {}, 'f:b': {} } };
      pod.metadata.managedFields.push({
        manager: `manager-${i}`,
        operation: 'Update',
        time: '2026-11-20T00:00:00Z',
        fieldsV1,
      });
    }
    server.put(pod);
  }
  let next = 0;
  setInterval(() => {
    const pod = pods[next++ % pods.length];
    pod.status.conditions[0].lastProbeTime = next;
    server.put(pod);
  }, 1000 / UPDATES_PER_SECOND);
  setInterval(() => server.bookmark(), 60_000);
  setInterval(() => server.cluster.compact(), 5_000);
  process.send({ url: server.url, ca: ca.cert });
}
