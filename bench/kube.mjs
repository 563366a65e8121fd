// What knowing the pods costs: CPU and resident memory of a process that keeps up with 250 pods of 8 kB over TLS, ten status
// updates a second, beside the same process that does not ask. `node bench/kube.mjs [seconds] [rounds]`; node flags go before
// the script and are passed on. Reach: at most 1 % of a core and 6 MB.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const PODS = 250;
const POD_BYTES = 8000;
const UPDATES_PER_SECOND = 10;
const SECONDS = Number(process.argv[2] ?? 20);
const ROUNDS = Number(process.argv[3] ?? 3);

const root = new URL('..', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'podferry-bench-'));
const children = [];
try {
  const server = await bundle('server', serverSource());
  const agent = await bundle('agent', agentSource());
  const { url, ca } = await begin(server, []);
  writeFileSync(join(dir, 'ca.crt'), ca);
  const off = [];
  const on = [];
  for (let round = 0; round < ROUNDS; round++) {
    off.push(await begin(agent, ['off', url, join(dir, 'ca.crt'), join(dir, `off-${round}`), String(SECONDS)]));
    on.push(await begin(agent, ['on', url, join(dir, 'ca.crt'), join(dir, `on-${round}`), String(SECONDS)]));
  }
  const cpu = median(on.map((r) => r.cpu)) - median(off.map((r) => r.cpu));
  const rss = median(on.map((r) => r.rss)) - median(off.map((r) => r.rss));
  const show = (name, rounds) =>
    console.log(
      `  ${name}  CPU ${rounds.map((r) => (r.cpu * 100).toFixed(2)).join(' ')} % of a core, ` +
        `RSS ${rounds.map((r) => (r.rss / 1e6).toFixed(1)).join(' ')} MB (peak ${rounds.map((r) => (r.peak / 1e6).toFixed(1)).join(' ')})`,
    );
  console.log(
    `kube: ${PODS} pods of ${POD_BYTES} B, ${UPDATES_PER_SECOND} updates/s, ${SECONDS} s, node ${process.version}`,
  );
  show('no watch', off);
  show('watch   ', on);
  console.log(`  ${on[0].pods} pods known, ${on[0].events} updates met, ${on[0].rendered} times rendered`);
  console.log(
    `  watch costs ${(cpu * 100).toFixed(2)} % of a core (reach 1 %), ${(rss / 1e6).toFixed(1)} MB (reach 6 MB)`,
  );
} finally {
  for (const child of children) child.kill();
  rmSync(dir, { recursive: true, force: true });
}

async function bundle(name, contents) {
  const outfile = join(dir, `${name}.mjs`);
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    minifySyntax: true,
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return outfile;
}

/** Starts a process and waits for its one message. */
function begin(file, args) {
  const child = fork(file, args, { execArgv: process.execArgv });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.on('message', resolve);
    child.on('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function serverSource() {
  return `
    import { ApiServer } from './test/helpers/apiserver.ts';
    import { authority } from './test/helpers/certificate.ts';
    const ca = authority('bench');
    const server = await ApiServer.start({ ...(process.env.PLAIN ? {} : { tls: ca.issue('api', ['127.0.0.1']) }) });
    const pods = Array.from({ length: ${PODS} }, (_, i) => ({
      metadata: {
        name: 'web-7d9f8b-' + i, namespace: 'ns-' + (i % 20), uid: 'uid-' + i,
        labels: { 'app.kubernetes.io/name': 'web', 'app.kubernetes.io/version': '1.2.3', 'pod-template-hash': '7d9f8b', number: String(i) },
        ownerReferences: [{ kind: 'ReplicaSet', name: 'web-7d9f8b', controller: true }],
        managedFields: [],
      },
      spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'registry.example/team/web:1.2.3' }] },
      status: {
        podIP: '10.0.0.' + i, conditions: [{ type: 'Ready', status: 'True', lastProbeTime: 0 }],
        containerStatuses: [{ name: 'web', restartCount: 0, imageID: 'registry.example/team/web@sha256:' + 'ab'.repeat(32), containerID: 'containerd://' + 'cd'.repeat(32) }],
      },
    }));
    for (const pod of pods) {
      for (let i = 0; JSON.stringify(pod).length < ${POD_BYTES}; i++) {
        pod.metadata.managedFields.push({ manager: 'manager-' + i, operation: 'Update', time: '2026-11-20T00:00:00Z', fieldsV1: { ['f:field-' + i]: { 'f:a': {}, 'f:b': {} } } });
      }
      server.put(pod);
    }
    let next = 0;
    setInterval(() => {
      const pod = pods[next++ % pods.length];
      pod.status.conditions[0].lastProbeTime = next;
      server.put(pod);
    }, ${1000 / UPDATES_PER_SECOND});
    setInterval(() => server.bookmark(), 60_000);
    setInterval(() => server.compact(), 5_000);
    process.send({ url: server.url, ca: ca.cert });
  `;
}

function agentSource() {
  return `
    import { mkdirSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { PodBook } from './src/kube/pods.ts';
    const [mode, url, caFile, stateDir, seconds] = process.argv.slice(2);
    mkdirSync(stateDir);
    const silent = { info() {}, warn: console.error, error: console.error, throttled: (_, message) => console.error(message) };
    const book = new PodBook({
      kubeconfig: '', url, tokenFile: '', caFile, stateDir, log: silent, waitMs: 5000, namespaceLabels: false,
      constants: { node: 'node-1', dataset: 'podferry', namespace: 'default', version: '0', annotations: [] },
      defaults: { multiline: true, structured: true, sample: 1, minLevel: undefined },
    });
    // Both ask for their metadata once a second, as a busy agent would.
    const logs = Array.from({ length: ${PODS} }, (_, i) => ({
      key: String(i), namespace: 'ns-' + (i % 20), pod: 'web-7d9f8b-' + i, uid: 'uid-' + i, container: 'web', restart: 0, path: '', containerId: undefined,
    }));
    setInterval(() => { for (const log of logs) book.meta(log); }, 1000);
    if (mode === 'on') await book.start();
    await sleep(2000);
    const before = process.cpuUsage();
    await sleep(Number(seconds) * 1000);
    const used = process.cpuUsage(before);
    process.send({
      cpu: (used.user + used.system) / 1e6 / Number(seconds), rss: process.memoryUsage.rss(), peak: process.resourceUsage().maxRSS * 1024,
      pods: book.counts.pods, rendered: book.counts.rendered, events: Number(seconds) * ${UPDATES_PER_SECOND},
    }, () => process.exit(0));
  `;
}
