// What /readyz, the metrics and the log of a real agent say while its sink takes nothing, and then takes all.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort, newNode, startAgent, type Agent, type Node } from './helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch, type FakeOptions } from './helpers/elasticsearch.ts';
import { until } from './helpers/until.ts';

let node: Node;
let agent: Agent;
let servers: FakeElasticsearch[];
beforeEach(() => {
  node = newNode();
  servers = [];
});
afterEach(async () => {
  await agent.end('SIGKILL');
  for (const server of servers) await server.stop();
  node.remove();
});

const elasticsearch = async (options: FakeOptions = {}): Promise<FakeElasticsearch> => {
  const server = await startElasticsearch(options);
  servers.push(server);
  return server;
};
const start = async (nodes: string, settings: Record<string, string> = {}): Promise<void> => {
  agent = await startAgent(node, { 'elasticsearch.nodes': nodes, ...settings });
};
const readyz = async (): Promise<string> => {
  const answer = await fetch(`${agent.url}/readyz`);
  return `${answer.status} ${(await answer.text()).trimEnd()}`;
};
const says = (what: RegExp): Promise<void> => until(async () => what.test(await readyz()), `/readyz says ${what}`);
const messages = (): string[] =>
  agent
    .stderr()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
const LINES = `2026-11-26T01:02:03.000000001Z stdout F one\n2026-11-26T01:02:03.000000002Z stdout F two\n`;
/** A container that has written these lines. */
const writes = (lines: string, pod = 'web-1'): void => {
  const dir = join(node.podsDir, `shop_${pod}_10000000-0000-4000-8000-00000000000${pod.at(-1)}`, 'web');
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, '0.log'), lines, { flag: 'a' });
};
const KEY = 'a2V5OmdlaGVpbQ==';

test('a dead address: not ready, by name, until somebody listens there and has stored the first document', async () => {
  writes(LINES);
  const port = await freePort();
  await start(`http://127.0.0.1:${port}`);
  await says(
    /^503 not ok\nhttp:\/\/127\.0\.0\.1:\d+ does not take documents .*\(connection\): usually .*the address is wrong/,
  );
  const server = await elasticsearch({ port });
  await says(/^200 ok$/);
  expect(server.docs.size).toBeGreaterThan(0);
});

test.each<[string, FakeOptions, RegExp]>([
  ['a wrong key', { apiKeys: ['b3RoZXI='] }, /\(401\): usually the API key or password is wrong/],
  ['429 to everything', { always: { status: 429 } }, /\(429\): usually the cluster gets more than it can index/],
  ['a role that may not create documents', { mayCreate: false }, /\(403\): usually the role .* lacks a privilege/],
  ['503', { always: { status: 503 } }, /\(503\): usually the cluster is starting/],
])(
  '%s: not ready, with the reason; ready with the first document; an outage later changes nothing',
  async (_, manners, reason) => {
    writes(LINES);
    const server = await elasticsearch(manners);
    await start(server.url, { 'elasticsearch.api_key': KEY });
    await says(new RegExp(`^503 not ok\n.*${reason.source}`));
    Object.assign(server.manners, { apiKeys: [KEY], always: undefined, mayCreate: true });
    await says(/^200 ok$/);
    server.manners.always = { status: 429 };
    writes(LINES, 'web-2');
    await until(async () => ((await agent.metric('podferry_retries_total')) ?? 0) > 1, 'it is refused');
    expect(await readyz()).toBe('200 ok');
  },
);

test('without any log: ready as soon as the server would take documents, with a key that may do nothing else', async () => {
  const server = await elasticsearch({ apiKeys: ['b3RoZXI='], mayMonitor: false });
  await start(server.url, { 'elasticsearch.api_key': KEY });
  await says(/^503 not ok\n.*refuses the credentials \(401\)/);
  server.manners.apiKeys = [KEY];
  await says(/^200 ok$/);
  expect(server.bulks()).toEqual([]);
  const asked = server.requests.length;
  // The first line there is decides anew.
  server.manners.always = { status: 429 };
  writes(LINES);
  await says(/^503 not ok\n.*\(429\)/);
  server.manners.always = undefined;
  await says(/^200 ok$/);
  expect(server.requests.length).toBeGreaterThan(asked);
  expect(messages().filter((line) => line.includes('nothing is to be sent yet'))).toHaveLength(1);
});

test('without any log and with a key that may not create documents: not ready, and says what to grant', async () => {
  const server = await elasticsearch({ apiKeys: [KEY], mayCreate: false, mayMonitor: false });
  await start(server.url, { 'elasticsearch.api_key': KEY });
  await says(/^503 not ok\n.*grant create_doc on logs-podferry-default/);
});

test.each(['stdout', 'file'])('sink %s: ready when it can write, with and without lines', async (sink) => {
  await start('http://127.0.0.1:1', { sink, 'file.dir': join(node.dir, 'documents') });
  await says(/^200 ok$/);
  writes(LINES);
  await until(() => messages().some((line) => line.startsWith('the first documents (2) are stored in')), 'stored');
  expect(await readyz()).toBe('200 ok');
});

test('the log says once how many logs there are, where documents go, and that the first are stored', async () => {
  writes(LINES);
  writes(LINES, 'web-2');
  const server = await elasticsearch();
  await start(server.url.replace('//', '//elastic:geheim@'));
  await says(/^200 ok$/);
  writes(LINES);
  await until(() => server.docs.size === 6, 'all are stored');
  const place = `logs-podferry-default at ${server.url}`;
  expect(messages()).toContain(`2 container logs found in ${node.podsDir}; documents go to ${place}`);
  const first = messages().filter((line) => line.startsWith('the first documents'));
  expect(first).toEqual([expect.stringMatching(/^the first documents \([24]\) are stored in /)]);
  expect(agent.stderr()).not.toContain('geheim');
});

test('a prompt is held open and no backlog; what an outage keeps is one, and grows older', async () => {
  const metric = async (name: string): Promise<number> => (await agent.metric(`podferry_${name}`))!;
  writes(LINES);
  writes('2026-11-26T01:02:04.000000001Z stdout P password: ');
  writes('\n2026-11-26T01:02:04.000000002Z stderr F done\n');
  writes('2026-11-26T01:02:05.000000001Z std', 'web-2');
  const server = await elasticsearch();
  await start(server.url);
  await until(async () => (await metric('backlog_bytes')) === 0, 'all else is acknowledged');
  expect(server.docs.size).toBe(3);
  expect(await metric('open_bytes')).toBe('password: '.length + '2026-11-26T01:02:05.000000001Z std'.length);
  expect(await metric('backlog_age_seconds')).toBe(0);
  expect(Date.now() / 1000 - (await metric('last_acknowledged_timestamp_seconds'))).toBeLessThan(30);

  server.manners.always = { status: 503 };
  const line = '2026-11-26T01:02:06.000000001Z stderr F lost?\n';
  writes(line);
  await until(async () => (await metric('retries_total')) > 1, 'it is refused');
  await until(async () => (await metric('backlog_age_seconds')) > 1, 'it grows older than a second');
  const age = await metric('backlog_age_seconds');
  await until(async () => (await metric('backlog_age_seconds')) > age, 'it grows older');
  expect(await metric('backlog_bytes')).toBe(line.length);
  server.manners.always = undefined;
  await until(async () => (await metric('backlog_bytes')) === 0, 'it is acknowledged');
  expect([server.docs.size, await metric('backlog_age_seconds')]).toEqual([4, 0]);
});
