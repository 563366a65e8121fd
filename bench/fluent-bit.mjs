// The peer in the bench: Fluent Bit over the same files, to the same endpoint, measured the same way. See fluent-bit.conf
// for what it is asked to do, which is less than podferry does.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** CPU seconds, peak RSS in bytes and wall milliseconds of one run; undefined where fluent-bit is not on PATH. */
export async function fluentBit({ data, startServer, cpuSeconds, peakRss, until }) {
  if (spawnSync('fluent-bit', ['--version']).error) return undefined;
  const sink = await startServer('sink.mjs');
  const { hostname, port } = new URL(sink.url);
  const started = performance.now();
  const child = spawn('fluent-bit', ['-c', join(import.meta.dirname, 'fluent-bit.conf')], {
    env: { ...process.env, PODS_DIR: join(data.dir, 'pods'), SINK_HOST: hostname, SINK_PORT: port },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    const count = async () => (await (await fetch(`${sink.url}/count`)).json()).documents;
    await until(async () => (await count()) >= data.lines, 'all documents of Fluent Bit', child);
    return { cpu: cpuSeconds(child.pid), rss: peakRss(child.pid), wallMs: performance.now() - started };
  } finally {
    child.kill('SIGKILL');
    sink.stop();
  }
}
