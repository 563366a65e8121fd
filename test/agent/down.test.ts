/**
 * What is lost while no agent runs, told by the next one: counted as far as the last one had seen it, however soon it was killed,
 * and marked as possible where nobody saw anything.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BUNDLE, startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf } from './nodes.ts';
import { storedIn } from './stored.ts';

let kubelet: FakeKubelet;
let es: FakeElasticsearch;
let node: Node;
let agent: Agent | undefined;

beforeEach(async () => {
  kubelet = new FakeKubelet();
  es = await startElasticsearch();
  node = nodeOf(kubelet);
});

afterEach(async () => {
  await agent?.end('SIGKILL');
  await es.stop();
  kubelet.remove();
});

const start = async (): Promise<Agent> => (agent = await startAgent(node, { 'elasticsearch.nodes': es.url }));
const records = (path: string): string[] =>
  [...(storedIn(es.docs).records.get(`${path} stdout`) ?? [])].map(({ message }) => message);

interface Status {
  readonly losses: { path: string; bytes: Record<string, number>; unseen_gaps: number }[];
}

test('killed seconds after lines were written to it while the sink was stuck, and the file is gone: what it had seen is counted', async () => {
  const web = kubelet.start({ maxFiles: 2 });
  web.say('one');
  await start();
  await until(() => records(web.path).length === 1, 'the first line is stored');
  es.manners.always = { status: 503 };
  const unseen = web.say('two', 'three');
  const size = statSync(web.path).size;
  const checkpoints = join(node.stateDir, 'checkpoints');
  const saved = (): string => (existsSync(checkpoints) ? readFileSync(checkpoints, 'utf8') : '');
  // All of it is read and on its way: no turn of a reader, and no answer of the sink, will have the entry written anew.
  await until(() => saved().includes(`"size":${size}`), 'the position file has its size', 5000);
  await agent!.end('SIGKILL');
  for (const message of ['four', 'five']) {
    web.rotate();
    web.say(message);
  }
  es.manners.always = undefined;
  const { metric, status } = await start();
  await until(() => records(web.path).includes('five'), 'what is there is stored');
  expect(records(web.path)).toEqual(['one', 'four', 'five']);
  expect(await metric('podferry_lost_bytes_total')).toBe(unseen.length);
  expect(await metric('podferry_unseen_gaps_total')).toBe(1);
  const [gap] = storedIn(es.docs).gaps.get(web.path)!;
  expect(gap!.podferry).toEqual({ lost_bytes: unseen.length, lost_unknown: true });
  expect(((await status()) as Status).losses).toMatchObject([
    { path: web.path, bytes: { rotated_away: unseen.length }, unseen_gaps: 1 },
  ]);
});

test('stopped with everything read, rotated beyond what kubelet keeps: nothing can be counted, and it is told everywhere', async () => {
  const web = kubelet.start({ maxFiles: 2 });
  web.say('one');
  await start();
  await until(() => records(web.path).length === 1, 'the first line is stored');
  expect(await agent!.end()).toBe(0);
  for (let rotation = 0; rotation < 9; rotation++) {
    web.rotate();
    web.say(`line ${rotation}`);
  }
  const { metric, status, stderr } = await start();
  await until(() => records(web.path).includes('line 8'), 'what is there is stored');
  expect(records(web.path)).toEqual(['one', 'line 7', 'line 8']);
  const [last, first] = storedIn(es.docs).records.get(`${web.path} stdout`)!;
  expect(storedIn(es.docs).gaps.get(web.path)).toMatchObject([
    {
      '@timestamp': last!['@timestamp'],
      message: expect.stringContaining('lines may be missing from here') as string,
      event: { action: 'gap', start: last!['@timestamp'], end: first!['@timestamp'] },
      podferry: { lost_unknown: true },
    },
  ]);
  expect(await metric('podferry_lost_bytes_total')).toBe(0);
  expect(await metric('podferry_unseen_gaps_total')).toBe(1);
  expect(((await status()) as Status).losses).toMatchObject([{ path: web.path, bytes: {}, unseen_gaps: 1 }]);
  expect(stderr()).toContain('lines that nobody saw may be missing');
  const sets = ['--set', `elasticsearch.nodes=${es.url}`, '--set', `state.dir=${node.stateDir}`];
  const { stdout: told } = await promisify(execFile)(process.execPath, [BUNDLE, 'verify', node.podsDir, ...sets]);
  expect(told).toContain('0 missing');
  expect(told).toContain('1 gap marked at the sink, 1 of them of unknown size');
});
