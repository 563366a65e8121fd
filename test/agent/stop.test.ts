/** How a real agent ends: in peace, in a hurry, and with a sink that is not there. */
import { appendFileSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch, type StoredDocument } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf } from './nodes.ts';
import { mistakes, storedIn } from './stored.ts';
import { Writer } from './writer.ts';

let kubelet: FakeKubelet;
let node: Node;
let es: FakeElasticsearch;
let writer: Writer;
let agents: Agent[];

beforeEach(async () => {
  kubelet = new FakeKubelet();
  node = nodeOf(kubelet);
  es = await startElasticsearch();
  writer = new Writer(kubelet.start({ maxFiles: 100 }));
  agents = [];
});

afterEach(async () => {
  for (const agent of agents) await agent.end('SIGKILL');
  await es.stop();
  kubelet.remove();
});

async function start(settings: Record<string, string> = {}): Promise<Agent> {
  const agent = await startAgent(node, { 'elasticsearch.nodes': es.url, ...settings });
  agents.push(agent);
  return agent;
}

/** How often documents were offered, each time counted. */
function offered(): number {
  return [...es.docs.values()].reduce((sum, each) => sum + each.offered, 0);
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: what was read is delivered, and a restart repeats nothing',
  async (signal) => {
    const first = await start({ 'batch.max_age': '1h' });
    writer.lines('stdout', 500);
    writer.part('stderr');
    writer.rotate();
    writer.lines('stdout', 500);
    await until(async () => ((await first.metric('podferry_records_total')) ?? 0) >= 1000, 'all is in the batch');
    expect(es.docs.size).toBe(0);
    expect(await first.end(signal), first.stderr()).toBe(0);
    expect(es.docs.size).toBe(1000);

    writer.lines('stdout', 1);
    writer.endChain('stderr');
    await start();
    await until(() => es.docs.size === 1002, 'what was written meanwhile is stored');
    expect(mistakes([writer], storedIn(es.docs))).toEqual([]);
    expect(offered()).toBe(1002);
  },
);

test('a second signal ends it at once, though there is something to deliver', async () => {
  es.manners.always = { hang: true };
  const agent = await start({ 'stop.grace': '1h' });
  writer.lines('stdout', 10);
  await until(() => es.bulks().length > 0, 'a request is on its way');
  agent.child.kill('SIGTERM');
  await until(() => agent.stderr().includes('stopping'), 'it is stopping');
  expect(await agent.end('SIGTERM')).toBe(143);

  es.manners.always = undefined;
  await start();
  await until(() => es.docs.size === 10, 'the next one delivers');
  expect(mistakes([writer], storedIn(es.docs))).toEqual([]);
});

test.each([
  ['answers 503', { status: 503 }],
  ['hangs', { hang: true }],
  ['is gone', undefined],
] as const)('a sink that %s: the stop ends within stop.grace, and positions stay where they were', async (_, how) => {
  const first = await start();
  writer.lines('stdout', 10);
  await until(() => es.docs.size === 10, 'stored');
  expect(await first.end()).toBe(0);
  const positions = readFileSync(join(node.stateDir, 'checkpoints'), 'utf8');

  es.manners.always = how;
  const port = Number(new URL(es.url).port);
  if (how === undefined) await es.stop();
  const second = await start({ 'stop.grace': '300ms' });
  writer.lines('stdout', 20_000);
  await until(async () => ((await second.metric('podferry_records_total')) ?? 0) > 0, 'something is read');
  expect(await second.end(), second.stderr()).toBe(0);
  const marks = (text: string): unknown[] =>
    [...text.matchAll(/^\w{8} (\{.*\})$/gm)].map(([, json]) => (JSON.parse(json!) as { mark: unknown }).mark);
  expect(marks(readFileSync(join(node.stateDir, 'checkpoints'), 'utf8'))).toEqual(marks(positions));

  const before = es.docs;
  if (how === undefined) es = await startElasticsearch({ port });
  es.manners.always = undefined;
  await start();
  const all = (): Map<string, StoredDocument> => new Map([...before, ...es.docs]);
  await until(() => all().size === 20_010, 'the next one delivers', 30_000);
  expect(mistakes([writer], storedIn(all()))).toEqual([]);
});

test('a rejected document that cannot be kept: its position stays where it is, over a stop too', async () => {
  const rejected = join(node.stateDir, 'rejected.ndjson');
  mkdirSync(rejected);
  es.manners.item = (source) => (source.includes('bad line') ? { status: 400, type: 'x' } : undefined);
  const first = await start({ 'stop.grace': '300ms' });
  appendFileSync(
    writer.container.path,
    '2026-11-20T01:02:03.4Z stdout F good line\n2026-11-20T01:02:03.5Z stdout F bad line\n',
  );
  await until(() => es.docs.size === 1, 'the other one is stored');
  await until(() => first.stderr().includes('cannot be kept'), 'it is said');
  const committed = async (agent: Agent): Promise<number | undefined> => {
    const { sources } = (await agent.status()) as { sources: { committed: number }[] };
    return sources[0]?.committed;
  };
  expect(await committed(first)).toBe(0);
  expect(await first.end(), first.stderr()).toBe(0);

  rmdirSync(rejected);
  const next = await start();
  await until(async () => ((await committed(next)) ?? 0) > 0, 'all is settled');
  expect(readFileSync(rejected, 'utf8')).toMatch(/^\{"at":.*bad line.*\}\n$/);
  expect(es.docs.size).toBe(1);
});

test('a stop while starting, over and over, costs nothing', async () => {
  for (let i = 0; i < 5; i++) {
    writer.lines('stdout', 200);
    writer.rotate();
    const agent = await start();
    expect(await agent.end(), agent.stderr()).toBe(0);
  }
  await start();
  await until(() => es.docs.size === 1000, 'all is stored');
  expect(mistakes([writer], storedIn(es.docs))).toEqual([]);
  expect(offered()).toBe(1000);
});
