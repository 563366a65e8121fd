/**
 * A neighbour that attacks the ports of a real agent, which runs with the heap of the image and follows 500 containers. All
 * the while a kubelet probes it, Prometheus scrapes it and containers write. At the end it lives, its memory was bounded, no
 * probe failed, and every line has arrived.
 *
 * PODFERRY_SEED replays the decisions of the random phase.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort, startAgent, type Agent } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet, type FakeContainer } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { Attacker, get, type Reading } from './attacker.ts';
import { nodeOf, openFiles } from './nodes.ts';
import { newSeed, pass, Random, say } from './random.ts';

const CONTAINERS = 500;
/** Between a line and the next. */
const LINE_MS = 10;
const PROBE_MS = 100;
/** The time-out of the readiness probe in the DaemonSet; the liveness probe waits for 10 s. */
const TIMEOUT_MS = 5000;
/** Most of what the DaemonSet allows; without an attack the agent needs about 110 MiB. */
const MOST_RESIDENT = 200 * 1024 ** 2;

const [, entrypoint] = /^ENTRYPOINT (.*)$/m.exec(readFileSync('Dockerfile', 'utf8'))!;
const IMAGE_FLAGS = (JSON.parse(entrypoint!) as string[]).filter((arg) => arg.startsWith('--'));

let kubelet: FakeKubelet;
let es: FakeElasticsearch;
let agent: Agent | undefined;
let containers: FakeContainer[];
let probesUrl: string;
/** What the writer wrote, and what has arrived. */
let written: number;
let arrived: Set<string>;
/** By what was asked: how long each took, and why some failed. */
let took: Map<string, number[]>;
let failed: string[];
let over: boolean;
let background: Promise<unknown>;

beforeEach(async () => {
  kubelet = new FakeKubelet();
  arrived = new Set();
  es = await startElasticsearch({
    keepBodies: false,
    item: (source) => {
      arrived.add((JSON.parse(source) as { message: string }).message);
      return { status: 201 };
    },
  });
  containers = Array.from({ length: CONTAINERS }, (_, i) =>
    kubelet.start({ pod: `web-${i}`, uid: `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000` }),
  );
  for (const [i, each] of containers.entries()) each.say(`container ${i}`);
  probesUrl = `http://127.0.0.1:${await freePort()}`;
  const settings = { 'elasticsearch.nodes': es.url, 'http.probes': new URL(probesUrl).host };
  agent = await startAgent(nodeOf(kubelet), settings, { execArgv: IMAGE_FLAGS });
  await until(() => arrived.size === CONTAINERS, 'every container is read', 30_000);
  written = 0;
  took = new Map();
  failed = [];
  over = false;
  background = Promise.all([
    write(),
    probe(probesUrl, '/livez'),
    probe(probesUrl, '/readyz'),
    probe(agent.url, '/livez'),
    probe(agent.url, '/metrics'),
  ]);
});

afterEach(async () => {
  over = true;
  await background;
  await agent?.end('SIGKILL');
  await es.stop();
  kubelet.remove();
});

async function write(): Promise<void> {
  while (!over) {
    containers[written % CONTAINERS]!.say(`line ${written}`);
    written++;
    await pass(LINE_MS);
  }
}

async function probe(url: string, path: string): Promise<void> {
  const ms: number[] = [];
  took.set(`${url === probesUrl ? 'probes' : 'listen'} ${path}`, ms);
  while (!over) {
    const start = performance.now();
    try {
      const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      const said = await answer.text();
      if (!answer.ok) failed.push(`${url}${path}: ${answer.status} ${said}`);
    } catch (error) {
      failed.push(`${url}${path}: ${String((error as Error).cause ?? error)}`);
    }
    ms.push(performance.now() - start);
    await pass(PROBE_MS);
  }
}

/** Nothing the attackers did has shown. */
async function unharmed(): Promise<void> {
  const count = written;
  const missing = () => Array.from({ length: count }, (_, i) => `line ${i}`).filter((line) => !arrived.has(line));
  const ended = () => agent!.child.exitCode ?? agent!.child.signalCode;
  await until(() => ended() !== null || missing().length === 0, 'every line has arrived', 20_000);
  expect(ended(), agent!.stderr()).toBeNull();
  expect(failed.slice(0, 10)).toEqual([]);
  const peak = highWater();
  const heap = (await agent!.metric('nodejs_heap_size_used_bytes'))!;
  const cpu = (await agent!.metric('process_cpu_seconds_total'))!;
  const slowest = [...took].map(([what, ms]) => `${what} ${Math.max(...ms).toFixed(0)} of ${ms.length}`);
  say(
    `  ${count} lines; peak ${(peak / 1024 ** 2).toFixed(0)} MiB, heap ${(heap / 1024 ** 2).toFixed(0)} MiB, ` +
      `${cpu.toFixed(1)} s CPU since start; slowest (ms): ${slowest.join(', ')}`,
  );
  expect(peak).toBeLessThan(MOST_RESIDENT);
}

/** The most memory that was ever resident, bytes. */
function highWater(): number {
  const status = readFileSync(`/proc/${agent!.child.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
}

/** How many the agent has open. */
function sockets(): number {
  return openFiles(agent!).filter((name) => name.startsWith('socket:')).length;
}

test('pipelined requests, read or not, do not fill the heap', { timeout: 60_000 }, async () => {
  const attacker = new Attacker(agent!.url);
  for (const reading of ['never', 'all'] as const) {
    await attacker.send(get('/status').repeat(2000), reading);
    await pass(1000);
    await attacker.flood(90, 3000, async () => {
      await attacker.send(get('/metrics').repeat(2000), reading);
      await pass(50);
    });
    attacker.leave();
  }
  say(`pipelined: ${attacker.made} connections with 2,000 requests each`);
  await unharmed();
});

test('idle and half-sent connections keep out no probe and no scrape', { timeout: 60_000 }, async () => {
  // From the address of the kubelet itself: not even there they may do harm.
  const attackers = [agent!.url, probesUrl].map((url) => new Attacker(url, '127.0.0.1'));
  for (const attacker of attackers) for (let i = 0; i < 120; i++) await attacker.send('');
  await pass(2000);
  for (let wave = 0; wave < 20; wave++) {
    for (const attacker of attackers) {
      const halves = ['', 'G', 'GET /livez HTTP/1.1\r\nHost:', get('/livez').slice(0, -1)];
      await Promise.all(Array.from({ length: 250 }, (_, i) => attacker.send(halves[i % halves.length]!)));
    }
    await pass(100);
  }
  expect(attackers.map((each) => each.made)).toEqual([5120, 5120]);
  // The limits of the two ports; the kernel may still be telling an attacker that it was cut off.
  await until(() => attackers[0]!.open <= 64 && attackers[1]!.open <= 32, 'the others are cut off');
  for (const attacker of attackers) attacker.leave();
  say('idle: 5,120 connections to each port');
  await unharmed();
});

test('nor do they when hardly any descriptors are left', { timeout: 60_000 }, async () => {
  // As many as the reading of files leaves for everything else.
  const limit = openFiles(agent!).length + 32;
  execFileSync('prlimit', ['--pid', String(agent!.child.pid), `--nofile=${limit}`]);
  const attackers = [new Attacker(agent!.url), new Attacker(probesUrl)];
  for (const attacker of attackers) for (let i = 0; i < 120; i++) await attacker.send('');
  // That takes notice once a second, of what it has accepted by then. Afterwards each port keeps eight connections.
  await until(() => attackers.every(({ open }) => open <= 8), 'podferry has noticed', 20_000);
  await until(async () => (await fetch(`${probesUrl}/livez`).catch(() => undefined))?.ok, 'a probe is answered');
  failed.length = 0;
  await Promise.all(attackers.map((each) => each.flood(10, 3000, () => each.send(''))));
  say(`few descriptors: ${attackers.map((each) => each.made).join(' and ')} connections`);
  for (const attacker of attackers) attacker.leave();
  await unharmed();
});

test('slow readers of large answers are cut off', { timeout: 60_000 }, async () => {
  const before = sockets();
  const attacker = new Attacker(agent!.url);
  await attacker.flood(60, 8000, async () => {
    await attacker.send(get('/status'), attacker.made % 2 === 0 ? 'never' : 'slowly');
    await pass(500);
  });
  await until(() => sockets() <= before, 'all are cut off', 10_000);
  say(`slow readers: ${attacker.made} connections`);
  await unharmed();
});

test('a flood of requests does not keep lines from being read', { timeout: 60_000 }, async () => {
  for (const [url, path] of [
    [agent!.url, '/metrics'],
    [agent!.url, '/status'],
    [probesUrl, '/livez'],
  ] as const) {
    const attacker = new Attacker(url);
    const before = (await agent!.metric('process_cpu_seconds_total'))!;
    await attacker.flood(40, 3000, () => attacker.ask(get(path)));
    const cpu = (await agent!.metric('process_cpu_seconds_total'))! - before;
    expect(attacker.made).toBeGreaterThan(500);
    say(
      `flood of ${path}: ${attacker.made} in 3 s, ${(attacker.readBytes / 1e6).toFixed(0)} MB, ${cpu.toFixed(1)} s CPU`,
    );
  }
  await unharmed();
});

test('random requests, connections, stalls and departures do no harm', { timeout: 60_000 }, async () => {
  const seed = newSeed();
  say(`seed ${seed}`);
  const random = new Random(seed);
  const attackers = [new Attacker(agent!.url), new Attacker(probesUrl)];
  const end = performance.now() + 10_000;
  for (let i = 0; i < 20_000 && performance.now() < end; i++) {
    const attacker = random.pick(attackers);
    const socket = await attacker.send(anything(random), random.pick<Reading>(['all', 'never', 'slowly']));
    if (random.chance(0.2)) socket.write(anything(random), 'latin1');
    if (random.chance(0.2)) socket.end();
    if (random.chance(0.2)) socket.destroy();
    if (random.chance(0.1)) socket.resetAndDestroy();
    if (random.chance(0.01)) attacker.leave();
    if (random.chance(0.05)) await pass(random.below(20));
  }
  for (const attacker of attackers) attacker.leave();
  say(`random: ${attackers.map((each) => each.made).join(' and ')} connections`);
  await unharmed();
});

/** A request, mostly; often broken. */
function anything(random: Random): string {
  const path = random.pick([
    '/',
    '/livez',
    '/readyz',
    '/metrics',
    '/status',
    '/status',
    '/status',
    '/nothing',
    '//',
    '*',
    'http://localhost/status',
  ]);
  const query = random.chance(0.2) ? `?${'q'.repeat(random.below(20_000))}` : `?${random.below(1e9)}`;
  const method = random.pick(['GET', 'GET', 'GET', 'HEAD', 'POST', 'CONNECT', 'OPTIONS', 'PRI', 'get']);
  const headers = random.pick([
    '',
    'Expect: 100-continue\r\n',
    'Connection: Upgrade\r\nUpgrade: websocket\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: 99999999\r\n',
    'X: y\r\n'.repeat(random.below(3000)),
    `X: ${'\xff'.repeat(random.below(10_000))}\r\n`,
    'Host: again\r\n',
    ' folded\r\n',
    '\0\r\n',
  ]);
  const version = random.pick(['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', '']);
  const text = `${method} ${path}${query} ${version}\r\nHost: localhost\r\n${headers}\r\n`;
  const what = random.below(10);
  if (what === 0) return text.slice(0, random.below(text.length));
  if (what === 1) return get(path).repeat(random.below(2000));
  if (what === 2) return text.slice(0, 2000).repeat(random.below(600));
  if (what === 3) return String.fromCharCode(...Array.from({ length: random.below(300) }, () => random.below(256)));
  return text;
}
