// The peer in the bench: Fluent Bit over the same files, to the same endpoint, measured the same way. See fluent-bit.conf
// for what it is asked to do, which is less than podferry does.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** CPU seconds, peak RSS in bytes and wall milliseconds of one run; undefined where fluent-bit is not on PATH. */
export async function fluentBit({ data, startServer, cpuSeconds, peakRss, until }) {
  if (spawnSync('fluent-bit', ['--version']).error) return undefined;
  const sink = await startServer('sink.mjs');
  const api = await startServer('apiserver.mjs', join(data.dir, 'pods.json'));
  const { hostname, port } = new URL(sink.url);
  const containers = links(data);
  // It refuses to ask without a token; the server does not look at it.
  const token = join(data.dir, 'token');
  writeFileSync(token, 'token');
  const started = performance.now();
  const child = spawn('fluent-bit', ['-c', join(import.meta.dirname, 'fluent-bit.conf')], {
    env: {
      ...process.env,
      CONTAINERS_DIR: containers,
      TAG_PREFIX: `kube.${containers.slice(1).replaceAll('/', '.')}.`,
      API_URL: api.url,
      TOKEN_FILE: token,
      SINK_HOST: hostname,
      SINK_PORT: port,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    const count = async () => (await fetch(`${sink.url}/count`)).json();
    await until(async () => (await count()).documents >= data.lines, 'all documents of Fluent Bit', child);
    const { documents, bytes } = await count();
    return {
      cpu: cpuSeconds(child.pid),
      rss: peakRss(child.pid),
      wallMs: performance.now() - started,
      documents,
      bytes,
    };
  } finally {
    child.kill('SIGKILL');
    sink.stop();
    api.stop();
  }
}

/** The links its kubernetes filter reads names from, as the kubelet makes them; returns their directory. */
function links({ dir, pods, container }) {
  const containers = join(dir, 'containers');
  rmSync(containers, { recursive: true, force: true });
  mkdirSync(containers);
  for (const each of pods) {
    const [namespace, pod] = each.split('_');
    const link = `${pod}_${namespace}_${container}-${'0123456789abcdef'.repeat(4)}.log`;
    symlinkSync(join(dir, 'pods', each, container, '0.log'), join(containers, link));
  }
  return containers;
}
