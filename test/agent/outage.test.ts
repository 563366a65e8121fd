/**
 * A sink that is away while containers write as fast as they can and their kubelet rotates files away: what the agent holds
 * on to stays within what it printed and what it was allowed, and what it gives up is counted and marked to the byte.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch, type StoredDocument } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf, openFiles, printedSum, residentBytes } from './nodes.ts';
import { say } from './random.ts';
import { mistakes, storedIn } from './stored.ts';
import { Writer } from './writer.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
/** Node itself, its libraries and code, and what its garbage collector has not collected yet. */
const BASE_BYTES = 150 * MiB;
/** Descriptors of Node, the listening socket, connections, watches. */
const BASE_FILES = 40;
const FILE_BYTES = 2 * MiB;
const CAP_BYTES = 6 * MiB;
/** kubelet's containerLogMaxFiles: each file lives for two rotations. */
const MAX_FILES = 3;
const SETTINGS = { 'batch.max_bytes': '1MiB', 'limits.open_bytes': '1MiB', 'logs.sweep': '250ms' };

let kubelet: FakeKubelet;
let node: Node;
let servers: FakeElasticsearch[];
let agent: Agent;
let sampler: NodeJS.Timeout;

beforeEach(() => {
  kubelet = new FakeKubelet();
  servers = [];
});

afterEach(async () => {
  clearInterval(sampler);
  await agent?.end('SIGKILL');
  for (const server of servers) await server.stop();
  kubelet.remove();
});

test(
  'memory and descriptors stay within the printed sum, and all within the caps arrives',
  { timeout: 120_000 },
  async () => {
    const [loud, quiet] = await startAll({});
    const most = sample();
    const away = { status: 503 };
    servers[0]!.manners.always = away;
    await writeAndRotate(loud, 4);
    const { port } = new URL(servers[0]!.url);
    await servers[0]!.stop();
    await writeAndRotate(loud, 4);
    servers.push(await startElasticsearch({ keepBodies: false, port: Number(port), always: away }));
    await writeAndRotate(loud, 2);
    const held = deletedFiles();

    servers[1]!.manners.always = undefined;
    await until(() => servers[1]!.docs.size > 0, 'the sink is noticed to be back', 60_000);
    quiet.lines('stdout', 1);
    const records = [...loud, quiet].reduce((sum, each) => sum + each.count, 0);
    await until(() => stored().size >= records, 'every record is stored', 60_000).catch(() => {});

    const sum = printedSum(agent);
    say(
      `resident at most ${(most.bytes / MiB).toFixed(0)} MiB (${(sum / MiB).toFixed(0)} printed), ${most.files} descriptors, ` +
        `${held} files held though deleted`,
    );
    expect(mistakes([...loud, quiet], storedIn(stored()))).toEqual([]);
    expect(held).toBeGreaterThan(loud.length);
    expect(most.bytes).toBeLessThan(sum + BASE_BYTES);
    expect(most.files).toBeLessThanOrEqual(BASE_FILES + loud.length * 12);
    expect(await agent.metric('podferry_lost_bytes_total')).toBe(0);
    // What is written now does not wait for what was written during the outage.
    const order = [...stored().values()].map(({ source }) => source);
    const fresh = order.findLastIndex((source) => source.includes('web-quiet'));
    expect(fresh).toBeLessThan(order.length - 1000);
    await until(
      () => openFiles(agent).filter((path) => path.includes('.log')).length <= 3 * (loud.length + 1),
      'files that are done with are closed',
    );
  },
);

test('over a small cap the oldest of the loudest is given up, counted and marked', { timeout: 120_000 }, async () => {
  const [loud, quiet] = await startAll({ 'limits.pinned_bytes': `${CAP_BYTES}` });
  servers[0]!.manners.always = { status: 503 };
  quiet.lines('stderr', 3);
  await agentHolds(quiet);
  quiet.rotate();
  await writeAndRotate(loud, 8);
  await agentHolds(quiet);
  quiet.rotate();
  quiet.rotate();
  await until(() => agent.stderr().includes('was given up'), 'the agent says that it gives something up');
  // A file that is half read counts with its other half only; each of the two readers may be in one.
  await until(() => deletedFiles() * FILE_BYTES <= CAP_BYTES + 2 * FILE_BYTES, 'the cap holds');
  for (const each of [...loud, quiet]) each.lines('stdout', 1);
  servers[0]!.manners.always = undefined;
  const last = [...loud, quiet].map((each) => each.expected.get(`${each.container.path} stdout`)!.at(-1)!.message[0]!);
  const arrived = (): boolean => {
    const { records } = storedIn(stored());
    return [...loud, quiet].every((each, i) =>
      records.get(`${each.container.path} stdout`)?.some((one) => one.message === last[i]),
    );
  };
  await until(async () => (await agent.metric('podferry_backlog_bytes')) === 0, 'the backlog is read', 60_000);
  await until(arrived, 'the last line of everybody is stored', 60_000);

  const { records, gaps } = storedIn(stored());
  expect(mistakes([quiet], { records, gaps })).toEqual([]);
  let missing = 0;
  for (const { container, expected } of loud) {
    const gapsHere = gaps.get(container.path) ?? [];
    for (const [key, all] of expected) {
      const found = new Map((records.get(key) ?? []).map((each) => [each.message, each]));
      expect(found.size, key).toBe(records.get(key)!.length);
      const lost = all.filter((each) => !found.has(each.message[0]!));
      // Time, stream, tag, three spaces and the line feed take 41 bytes.
      missing += lost.reduce((sum, each) => sum + each.message[0]!.length + 41, 0);
      for (const gap of gapsHere) {
        // It stands where lines are missing: the one before the next that is stored is not.
        const next = all.findIndex((each) => (found.get(each.message[0]!)?.['@timestamp'] ?? '') > gap['@timestamp']);
        expect(next, key).toBeGreaterThan(0);
        expect(found.has(all[next - 1]!.message[0]!), `${key}: a gap at ${gap['@timestamp']}`).toBe(false);
      }
    }
    for (const { event } of gapsHere) expect(event).toMatchObject({ action: 'gap', reason: 'over_cap' });
  }
  const marked = [...gaps.values()].flat().reduce((sum, each) => sum + each.podferry!.lost_bytes!, 0);
  const metrics = await (await fetch(`${agent.url}/metrics`)).text();
  const counted = Number(/^podferry_lost_bytes_total\{reason="over_cap"\} (\d+)$/m.exec(metrics)?.[1]);
  say(`${missing} bytes are missing, ${counted} counted, ${marked} marked by ${[...gaps.values()].flat().length} gaps`);
  expect(counted).toBe(missing);
  expect(marked).toBe(missing);
});

test('a pod deleted while the agent was down: its gap bears its name and every byte that was seen', async () => {
  const [[loud]] = await startAll({ 'stop.grace': '100ms' });
  const { container } = loud!;
  const settled = loud!.size;
  servers[0]!.manners.always = { status: 503 };
  loud!.lines('stdout', 1);
  await until(async () => (await agent.metric('podferry_records_total')) === 5, 'it is read and cannot be sent');
  // Nothing is committed any more from here on.
  while (loud!.size < FILE_BYTES) loud!.lines('stdout', 50, 1000);
  const bytes = loud!.size - settled;
  const sizes = async (): Promise<number[]> =>
    ((await agent.status()) as { sources: { path: string; size: number }[] }).sources
      .filter((each) => each.path === container.path)
      .map((each) => each.size);
  await until(async () => (await sizes())[0] === settled + bytes, 'it is seen to grow');
  expect(await agent.end()).toBe(0);
  container.removePod();

  servers[0]!.manners.always = undefined;
  agent = await startAgent(node, { ...SETTINGS, 'elasticsearch.nodes': servers[0]!.url });
  await until(() => storedIn(stored()).gaps.size > 0, 'the gap is marked', 20_000);
  const [gap] = storedIn(stored()).gaps.get(container.path)!;
  expect(gap).toMatchObject({ event: { reason: 'rotated_away' }, podferry: { lost_bytes: bytes } });
  expect(gap).toMatchObject({ kubernetes: { namespace: 'shop', pod: { name: 'web-loud-1' } } });
  expect(await agent.metric('podferry_lost_bytes_total')).toBe(bytes);
});

/** Three containers that will be loud, and a quiet one; the agent reads all of them. */
async function startAll(settings: Record<string, string>): Promise<[Writer[], Writer]> {
  servers = [await startElasticsearch({ keepBodies: false })];
  const writer = (name: string, i: number): Writer =>
    new Writer(
      kubelet.start({
        pod: `web-${name}`,
        uid: `${i}0000000-0000-4000-8000-000000000000`,
        runtime: i % 2 === 0 ? 'containerd' : 'conmon',
        maxFiles: MAX_FILES,
      }),
    );
  const loud = [1, 2, 3].map((i) => writer(`loud-${i}`, i));
  const quiet = writer('quiet', 9);
  for (const each of [...loud, quiet]) each.lines('stdout', 1);
  node = nodeOf(kubelet);
  agent = await startAgent(node, { ...SETTINGS, 'elasticsearch.nodes': servers[0]!.url, ...settings });
  await until(() => stored().size === 4, 'the first lines are stored');
  return [loud, quiet];
}

/** Files full of lines, one after the other; each is deleted two rotations later. */
async function writeAndRotate(writers: readonly Writer[], times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    for (const writer of writers) {
      while (writer.size < FILE_BYTES) writer.lines('stdout', 50, 1000);
      // Nobody can read a file that it never saw: kubelet's files live for 20 s at least.
      await agentHolds(writer);
      writer.rotate();
    }
  }
}

async function agentHolds({ container }: Writer): Promise<void> {
  await until(() => openFiles(agent).includes(container.path), `the agent holds ${container.path}`);
}

/** Files that are on the disk only because the agent has them open. */
function deletedFiles(): number {
  return openFiles(agent).filter((path) => path.endsWith('(deleted)')).length;
}

function stored(): Map<string, StoredDocument> {
  return new Map(servers.flatMap((server) => [...server.docs]));
}

/** The most that the agent has had so far, of memory and of descriptors. */
function sample(): { bytes: number; files: number } {
  const most = { bytes: 0, files: 0 };
  sampler = setInterval(() => {
    most.bytes = Math.max(most.bytes, residentBytes(agent));
    most.files = Math.max(most.files, openFiles(agent).length);
  }, 20);
  return most;
}
