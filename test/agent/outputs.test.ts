/**
 * Several outputs by rule: two servers and a directory of files. One server that is dead holds up the logs that go to it, and no
 * others; killed or stopped meanwhile, the agent loses nothing of either and stores nothing twice.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf } from './nodes.ts';
import { contradictions, mistakes, storedIn, type Document } from './stored.ts';
import { Writer } from './writer.ts';

let kubelet: FakeKubelet;
let node: Node;
let servers: FakeElasticsearch[];
let agent: Agent;
let pods: number;

beforeEach(() => {
  kubelet = new FakeKubelet();
  node = nodeOf(kubelet);
  servers = [];
  pods = 0;
});

afterEach(async () => {
  await agent?.end('SIGKILL');
  for (const server of servers) await server.stop();
  kubelet.remove();
});

const DEAD = { status: 503 };

/** The server at the top of the settings, and that of the output audit. */
async function twoServers(isDead = true): Promise<[FakeElasticsearch, FakeElasticsearch]> {
  const always = isDead ? DEAD : undefined;
  const [first, audit] = [await startElasticsearch(), await startElasticsearch({ always })];
  servers.push(first, audit);
  return [first, audit];
}

function settings([first, audit]: readonly FakeElasticsearch[]): Record<string, string> {
  return {
    'elasticsearch.nodes': first!.url,
    'outputs.audit.sink': 'elasticsearch',
    'outputs.audit.elasticsearch.nodes': audit!.url,
    'outputs.audit.elasticsearch.dataset': 'audit',
    'outputs.on-disk.sink': 'file',
    'outputs.on-disk.file.dir': join(kubelet.root, 'documents'),
    'batch.max_bytes': '64KiB',
    'records.max_bytes': '4KiB',
    rules: '[{match: {namespace: bank-*}, output: audit}, {match: {namespace: batch}, output: on-disk}]',
  };
}

function writer(namespace: string): Writer {
  const uid = `${++pods}0000000-0000-4000-8000-000000000000`;
  return new Writer(kubelet.start({ namespace, pod: `web-${pods}`, uid }));
}

function documentsOnDisk(): Document[] {
  const dir = join(kubelet.root, 'documents');
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => name.startsWith('documents.ndjson')) : [];
  const text = names.map((name) => readFileSync(join(dir, name), 'utf8')).join('');
  // The last line may be on its way.
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Document);
}

/** A kill may write documents again whose positions were not saved. */
function messagesOnDisk(): Set<string> {
  return new Set(documentsOnDisk().map(({ message }) => message));
}

const written = (writers: readonly Writer[]): number => writers.reduce((sum, { count }) => sum + count, 0);

interface Status {
  readonly sources: readonly { readonly path: string; readonly output: string; readonly committed: number }[];
  readonly outputs: readonly { readonly name: string; readonly obstacle?: string }[];
}

async function sample(name: string): Promise<number> {
  const text = await (await fetch(`${agent.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? NaN : Number(line.slice(name.length + 1));
}

async function ready(): Promise<string> {
  return (await fetch(`${agent.url}/readyz`)).text();
}

test(
  'a dead output holds up its own logs only, also over a kill, and has all of them once when it is back',
  { timeout: 120_000 },
  async () => {
    const both = await twoServers();
    const [first, audit] = both;
    // More logs than an output has readers.
    const banks = ['bank-a', 'bank-b', 'bank-c', 'bank-d'].map(writer);
    const shops = ['shop', 'shop', 'kube-system'].map(writer);
    const job = writer('batch');
    const writeAll = (lines: number): void => {
      for (const each of [...banks, ...shops, job]) {
        each.lines('stdout', lines, 200);
        each.lines('stderr', lines, 50);
      }
    };
    const othersFlow = async (): Promise<void> => {
      await until(() => first.docs.size === written(shops), 'the logs of the first server are stored', 30_000);
      await until(() => messagesOnDisk().size === job.count, 'the logs on disk are written', 30_000);
    };
    writeAll(500);
    agent = await startAgent(node, settings(both));
    await othersFlow();
    writeAll(500);
    await othersFlow();
    expect(audit.docs.size).toBe(0);
    const { sources } = (await agent.status()) as Status;
    for (const { container } of banks)
      expect(sources.find(({ path }) => path === container.path)).toMatchObject({ output: 'audit', committed: 0 });
    expect(await sample('podferry_settled_records_total{outcome="stored",output="default"}')).toBe(written(shops));
    expect(await sample('podferry_settled_records_total{outcome="stored",output="audit"}')).toBe(0);
    expect(await sample('podferry_backlog_bytes{output="default"}')).toBe(0);
    expect(await sample('podferry_backlog_bytes{output="audit"}')).toBeGreaterThan(0);
    expect(await sample('podferry_bulk_requests_total{outcome="http_503",output="audit"}')).toBeGreaterThan(0);
    expect(await sample('podferry_bulk_requests_total{outcome="http_503",output="default"}')).toBe(0);

    await agent.end('SIGKILL');
    for (const each of banks) each.rotate();
    writeAll(300);
    agent = await startAgent(node, settings(both));
    await othersFlow();
    expect(audit.docs.size).toBe(0);

    audit.manners.always = undefined;
    await until(() => audit.docs.size > 1000, 'the dead one is back');
    await agent.end('SIGKILL');
    agent = await startAgent(node, settings(both));
    writeAll(10);
    await othersFlow();
    await until(() => audit.docs.size === written(banks), 'it has all that waited for it', 30_000);
    await until(async () => (await agent.metric('podferry_backlog_bytes')) === 0, 'all is acknowledged');
    expect(mistakes(banks, storedIn(audit.docs))).toEqual([]);
    expect(mistakes(shops, storedIn(first.docs))).toEqual([]);
    expect([...contradictions(audit.docs), ...contradictions(first.docs)]).toEqual([]);
    expect(new Set([...audit.docs.values()].map(({ index }) => index))).toEqual(new Set(['logs-audit-default']));
    expect(await agent.metric('podferry_lost_bytes_total')).toBe(0);
  },
);

test('readiness names the output that takes nothing, until it does', async () => {
  const both = await twoServers();
  const [bank, shop] = [writer('bank-a'), writer('shop')];
  for (const each of [bank, shop]) each.lines('stdout', 1);
  agent = await startAgent(node, settings(both));
  await until(async () => /output audit: .*503/.test(await ready()), 'it says why');
  await until(() => both[0].docs.size === 1, 'the other one takes documents');
  await until(async () => (await ready()).split('\n').length === 3, 'nothing is said of the others');
  const { outputs } = (await agent.status()) as Status;
  expect(outputs).toMatchObject([
    { name: 'default' },
    { name: 'audit', obstacle: expect.stringContaining('503') as string },
    { name: 'on-disk' },
  ]);
  both[1].manners.always = undefined;
  await until(async () => (await ready()) === 'ok\n', 'it is ready');
  expect(agent.stderr()).toMatch(/"output audit: /);
});

test('what an output refuses for good is kept in a place of its own', async () => {
  const both = await twoServers(false);
  both[1].manners.item = (source) =>
    source.includes('secret') ? { status: 400, type: 'strict_dynamic_mapping_exception', reason: 'no' } : undefined;
  const [bank, shop] = [writer('bank-a'), writer('shop')];
  for (const { container } of [bank, shop]) container.say('[INFO] a secret', '[INFO] none');
  agent = await startAgent(node, settings(both));
  await until(() => both[0].docs.size === 2 && both[1].docs.size === 1, 'the others are stored');
  const store = join(node.stateDir, 'outputs', 'audit', 'rejected.ndjson');
  await until(() => existsSync(store) && readFileSync(store, 'utf8').endsWith('\n'), 'it is kept');
  expect(readFileSync(store, 'utf8').split('\n')).toHaveLength(2);
  expect(existsSync(join(node.stateDir, 'rejected.ndjson'))).toBe(false);
  expect(await sample('podferry_deadletter_bytes{output="audit"}')).toBeGreaterThan(0);
  expect(await sample('podferry_deadletter_bytes{output="default"}')).toBe(0);
  await until(
    async () => (await sample('podferry_settled_records_total{outcome="rejected",output="audit"}')) === 1,
    'it counts',
  );
  const { dead_letters } = (await agent.status()) as { dead_letters: { bytes: number } };
  expect(dead_letters.bytes).toBe(readFileSync(store).length);
});

test('a stop delivers what was read for the others, though one is dead and no batch is full', async () => {
  const both = await twoServers();
  const [bank, shop] = [writer('bank-a'), writer('shop')];
  agent = await startAgent(node, { ...settings(both), 'batch.max_age': '1h', 'stop.grace': '2s' });
  // So much of one output that its readers wait for room.
  for (let i = 0; i < 20; i++) bank.lines('stdout', 100, 200);
  shop.lines('stdout', 3);
  await until(async () => (await agent.metric('podferry_records_total'))! > 100, 'lines are read');
  await until(async () => (await sample('podferry_backlog_bytes{output="default"}')) > 0, 'they wait');
  const ending = agent.end();
  await until(() => both[0].docs.size === 3, 'they are delivered');
  expect(await ending).toBe(0);
  both[1].manners.always = undefined;
  agent = await startAgent(node, settings(both));
  await until(() => both[1].docs.size === bank.count, 'the rest comes with the next start');
  expect(mistakes([bank], storedIn(both[1].docs))).toEqual([]);
  expect(mistakes([shop], storedIn(both[0].docs))).toEqual([]);
});
