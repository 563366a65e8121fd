/**
 * A real agent that writes files: killed in the middle of its writes again and again, and with a disk that fills up. No record is
 * lost, no line is cut, and what comes twice after a kill is the same document.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf } from './nodes.ts';
import { newSeed, pass, Random, say } from './random.ts';
import { mistakes, storedIn, type Document } from './stored.ts';
import { Writer } from './writer.ts';

const KILLS = 40;
const LINES = 24_000;

let kubelet: FakeKubelet;
let node: Node;
let dir: string;
let agent: Agent | undefined;

beforeEach(() => {
  kubelet = new FakeKubelet();
  node = nodeOf(kubelet);
  dir = join(kubelet.root, 'documents');
});

afterEach(async () => {
  await agent?.end('SIGKILL');
  kubelet.remove();
});

const names = (): string[] => readdirSync(dir).filter((name) => name.startsWith('documents.ndjson'));
/** A file may be renamed between the two looks. */
const size = (): number =>
  names().reduce((sum, name) => sum + (statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0), 0);
/** '' where there is none any more, in the middle of a rotation. */
function textOf(name: string): string {
  try {
    return readFileSync(join(dir, name), 'latin1');
  } catch {
    return '';
  }
}

/** The numbers of the lines that are there by now, whole or not. */
function numbers(): Set<string> {
  const texts = names().map(textOf);
  return new Set(texts.flatMap((text) => text.match(/"message":"n\d+;/g) ?? []));
}

/** All documents, oldest first; a line that is none is a failure. */
function lines(): string[] {
  const order = (name: string): number => Number(name.split('.')[2] ?? 0);
  return names()
    .toSorted((a, b) => order(b) - order(a))
    .flatMap((name) => {
      const text = readFileSync(join(dir, name), 'utf8');
      expect(text === '' || text.endsWith('\n'), name).toBe(true);
      return text.split('\n').slice(0, -1);
    });
}

/** By the place they came from, as what reads the files must tell them apart; a second one must be the same to the byte. */
function distinct(found: readonly string[]): Map<string, { source: string; offered: number; different: number }> {
  const documents = new Map<string, { source: string; offered: number; different: number }>();
  for (const source of found) {
    const { '@timestamp': time, stream, log } = JSON.parse(source) as Document;
    const key = `${log.file.path} ${log.offset} ${time} ${stream}`;
    const known = documents.get(key);
    expect(known?.source ?? source).toBe(source);
    documents.set(key, { source, offered: (known?.offered ?? 0) + 1, different: 0 });
  }
  return documents;
}

test(`killed ${KILLS} times while it writes: nothing lost, no line cut`, { timeout: 240_000 }, async () => {
  const seed = newSeed();
  say(`seed ${seed}`);
  const random = new Random(seed);
  const settings = {
    sink: 'file',
    'file.dir': dir,
    'file.max_bytes': '8MiB',
    'file.max_files': '1000',
    'http.listen': 'off',
  };
  const writer = new Writer(kubelet.start({ maxFiles: 10_000 }));
  let halves = 0;
  for (let i = 0; i < KILLS; i++) {
    writer.lines('stdout', LINES / KILLS, 2000);
    if (random.chance(0.2)) writer.rotate();
    const before = i === 0 ? 0 : size();
    agent = await startAgent(node, settings, { ready: false });
    await until(() => i > 0 && size() > before, 'it writes', 5000).catch(() => {});
    await pass(random.below(random.chance(0.5) ? 5 : 300));
    expect(agent.child.exitCode, agent.stderr()).toBeNull();
    await agent.end('SIGKILL');
    if (!/(^|\n)$/.test(textOf('documents.ndjson'))) halves++;
  }
  writer.close();
  agent = await startAgent(node, settings, { ready: false });
  await until(() => numbers().size >= writer.count, 'every record is stored', 60_000).catch(() => {});
  expect(await agent.end()).toBe(0);
  const found = lines();
  const documents = distinct(found);
  expect(mistakes([writer], storedIn(documents as never))).toEqual([]);
  expect(documents.size).toBe(writer.count);
  expect(readdirSync(dir).filter((name) => !name.startsWith('documents.ndjson'))).toEqual([]);
  say(
    `${writer.count} records, ${found.length - documents.size} of them twice, ${halves} kills in the middle of a line`,
  );
});

test.runIf(userInfo().uid === 0)('a disk that fills up holds it up, and what is stored is stored once', async () => {
  mkdirSync(dir, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'podferry-test', dir]);
  try {
    const settings = { sink: 'file', 'file.dir': dir, 'batch.max_bytes': '256KiB', 'records.max_bytes': '8KiB' };
    const writer = new Writer(kubelet.start({ maxFiles: 10_000 }));
    agent = await startAgent(node, { ...settings, 'file.max_bytes': '512KiB', 'file.max_files': '100' });
    writer.lines('stdout', 100, 1000);
    await until(
      async () => (await agent!.metric('podferry_settled_records_total')) === 100,
      'the first lines are stored',
    );
    expect(() => writeFileSync(join(dir, 'full'), Buffer.alloc(8 * 1024 * 1024))).toThrow('ENOSPC');
    writer.lines('stdout', 1000, 1000);
    await until(() => agent!.stderr().includes('ENOSPC'), 'it says so');
    await until(async () => Number(await agent!.metric('podferry_retries_total')) > 2, 'it tries again');
    writer.rotate();
    writer.lines('stdout', 100, 1000);
    rmSync(join(dir, 'full'));
    await until(
      async () => (await agent!.metric('podferry_settled_records_total')) === 1200,
      'every line is stored',
      60_000,
    );
    writer.close();
    expect(await agent.end()).toBe(0);
    expect(agent.stderr().match(/Documents cannot be written to/g)).toHaveLength(1);
    expect(agent.stderr()).toMatch(
      /documents\.ndjson \(ENOSPC[^)]*\)\. Nothing is lost: reading waits[^"]*disk is full: make room/,
    );
    const found = lines();
    expect(found.length).toBe(1200);
    expect(mistakes([writer], storedIn(distinct(found) as never))).toEqual([]);
  } finally {
    execFileSync('umount', ['-l', dir]);
  }
});

test('the disk it takes is bounded, however much is shipped', async () => {
  const bounds = {
    'file.max_bytes': '512KiB',
    'file.max_files': '3',
    'batch.max_bytes': '64KiB',
    'records.max_bytes': '8KiB',
  };
  const writer = new Writer(kubelet.start({ maxFiles: 10_000 }));
  agent = await startAgent(node, { sink: 'file', 'file.dir': dir, ...bounds });
  for (let i = 1; i <= 10; i++) {
    writer.lines('stdout', 300, 500);
    await until(
      async () => (await agent!.metric('podferry_settled_records_total')) === i * 300,
      'the lines are stored',
    );
    expect(size()).toBeLessThanOrEqual(3 * 512 * 1024);
  }
  writer.close();
  expect(await agent.end()).toBe(0);
  expect(names().toSorted()).toEqual(['documents.ndjson', 'documents.ndjson.1', 'documents.ndjson.2']);
  // What is kept is the newest, without a gap.
  const kept = lines().map((line) => parseInt((JSON.parse(line) as { message: string }).message.slice(1), 10));
  expect(kept).toEqual(Array.from(kept, (_, i) => kept[0]! + i));
  expect(kept.length).toBeLessThan(3000);
});
