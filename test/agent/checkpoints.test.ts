/**
 * A checkpoint file that a lost power or a full disk left damaged, with the logs rotated and read on meanwhile: the agent
 * starts, says it once, keeps the damaged file aside, and every record is stored once.
 */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf } from './nodes.ts';
import { contradictions, mistakes, storedIn } from './stored.ts';
import { Writer } from './writer.ts';

let kubelet: FakeKubelet;
let node: Node;
let es: FakeElasticsearch;
let writers: Writer[];
let agent: Agent | undefined;

beforeEach(async () => {
  kubelet = new FakeKubelet();
  node = nodeOf(kubelet);
  es = await startElasticsearch();
  writers = ['a', 'b', 'c'].map((name) => {
    const uid = `${name.repeat(8)}-0000-4000-8000-000000000000`;
    return new Writer(kubelet.start({ pod: name, uid, maxFiles: 100 }));
  });
});

afterEach(async () => {
  await agent?.end('SIGKILL');
  await es.stop();
  kubelet.remove();
});

/** Writes into every log and rotates it, and what was open goes on in the next file. */
function live(): void {
  for (const writer of writers) {
    writer.lines('stdout', 20);
    writer.part('stderr');
    writer.rotate();
    writer.endChain('stderr');
    writer.lines('stderr', 5);
  }
}

const expected = (): number => writers.reduce((sum, each) => sum + each.count, 0);

/** Flips a bit in the middle of the second entry. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  const second = bytes.indexOf('\n', bytes.indexOf('\n') + 1) + 1;
  bytes[second + 40]! ^= 1;
  writeFileSync(path, bytes);
}

test.each([
  ['empty', (path: string) => truncateSync(path), 'the file is empty'],
  ['cut within an entry', (path: string) => truncateSync(path, 300), 'it is cut short'],
  ['a bit flipped', flip, '1 of its lines are no entries'],
  ['overwritten with NULs', (path: string) => writeFileSync(path, Buffer.alloc(4096)), 'its first line is not that of'],
  ['another file', (path: string) => writeFileSync(path, 'hello\nworld\n'), 'its first line is not that of'],
] as const)(
  'a checkpoint file that is damaged, %s: said once, kept aside, nothing lost, nothing twice',
  async (_, damage, words) => {
    // With `none` a start that passed for the first one would leave everything out.
    const settings = { 'elasticsearch.nodes': es.url, 'logs.backlog': 'none' };
    const path = join(node.stateDir, 'checkpoints');
    writeFileSync(path, 'podferry-checkpoints 1 1\nend 0\n');
    agent = await startAgent(node, settings);
    live();
    await until(() => es.docs.size === expected(), 'all is stored');
    expect(await agent.end()).toBe(0);
    live();
    const before = readFileSync(path);
    damage(path);
    const damaged = readFileSync(path);
    expect(damaged.equals(before)).toBe(false);

    agent = await startAgent(node, settings);
    await until(() => es.docs.size === expected(), 'all is stored again');
    // Killed at once, too: what the damaged file was replaced with is sound.
    await until(() => !readFileSync(path).equals(damaged), 'positions are written');
    await agent.end('SIGKILL');
    expect(agent.stderr().split(words).length - 1, agent.stderr()).toBe(1);
    expect(readFileSync(`${path}.broken`).equals(damaged)).toBe(true);
    live();
    agent = await startAgent(node, settings);
    await until(() => es.docs.size === expected(), 'and the rest');
    expect(agent.stderr()).not.toContain('damaged');
    expect(mistakes(writers, storedIn(es.docs))).toEqual([]);
    expect(contradictions(es.docs)).toEqual([]);
  },
);

test('a checkpoint file of a newer version is refused in one sentence, and left as it is', async () => {
  const path = join(node.stateDir, 'checkpoints');
  const newer = 'podferry-checkpoints 9 9\nend 0\n';
  writeFileSync(path, newer);
  const refused = await startAgent(node, { 'elasticsearch.nodes': es.url }, { ready: false });
  const code = await new Promise((resolve) => refused.child.once('exit', resolve));
  expect(code).toBe(1);
  expect(refused.stderr().trim().split('\n')).toHaveLength(1);
  expect(refused.stderr()).toMatch(/state\.dir: .*was written by a newer podferry/);
  expect(readFileSync(path, 'utf8')).toBe(newer);
});

test('without a checkpoint file it is a first start: logs.backlog decides', async () => {
  live();
  agent = await startAgent(node, { 'elasticsearch.nodes': es.url, 'logs.backlog': 'none' });
  const before = expected();
  live();
  await until(() => es.docs.size >= expected() - before, 'what came after the start');
  expect(es.docs.size).toBe(expected() - before);
});
