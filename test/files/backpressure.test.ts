/** A sink that is stuck or slow: what is kept, what is given up, and who comes first when it flows again. */
import * as fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { until } from '../helpers/until.ts';
import type { Fs } from '../../src/files/logfile/fs.ts';
import type { Take } from '../../src/types.ts';
import { Outcome } from './follow.ts';
import { session, stick } from './session.ts';
import type { Tailer } from '../../src/files/tailer.ts';

const it = session();
const UIDS = ['10000000-0000-4000-8000-000000000000', '20000000-0000-4000-8000-000000000000'];

/** Lines of together at least so many bytes. */
function bulk(name: string, bytes: number): string[] {
  return Array.from({ length: Math.ceil(bytes / 1000) }, (_, i) => `${name} ${i} ${'x'.repeat(1000)}`);
}

/** A line as the fake kubelet writes it, but for its time. */
function cri(message: string): string {
  return `2026-11-20T01:00:00.000000000Z stdout F ${message}\n`;
}

/** The tailer knows the size of a file; to be different from that of the one it was before. */
async function seen(tailer: Tailer, path: string): Promise<void> {
  const size = fs.statSync(path).size;
  await until(() => tailer.status().some((each) => each.path === path && each.size === size), `${path} seen whole`);
}

test('sink stalled: reading stops, descriptors are kept, and it resumes without loss', async () => {
  const web = it.kubelet.start({ maxFiles: 3 });
  web.say('one');
  const { outcome, tailer } = await it.start({ bufferBytes: 4096 });
  await outcome.says(web.key, ['one']);
  const flow = stick(outcome);
  const messages = ['one'];
  for (let rotation = 0; rotation < 6; rotation++) {
    const lines = bulk(`r${rotation}`, 20_000 + 1000 * rotation);
    web.say(...lines);
    messages.push(...lines);
    await seen(tailer, web.path);
    web.rotate();
  }
  expect(tailer.counts.readBytes).toBeLessThan(5000);
  await until(() => tailer.counts.pinnedBytes > 60_000, 'deleted files are held');
  flow();
  await outcome.says(web.key, messages);
  expect(outcome.lost).toEqual([]);
  await until(() => tailer.counts.pinnedBytes === 0 && tailer.counts.openFiles <= 2, 'and let go');
});

test('an output that takes nothing holds its own logs and no others, also compressed ones', async () => {
  const uid = (i: number): string => `${i}0000000-0000-4000-8000-000000000000`;
  const dead = [1, 2, 3, 4, 5, 6].map((i) => it.kubelet.start({ uid: uid(i), pod: 'audit' }));
  const web = it.kubelet.start({ uid: uid(9), pod: 'web' });
  // More compressed files than may be unpacked at a time.
  for (const each of [...dead, web]) {
    each.say('packed');
    each.rotate();
    each.rotate();
    each.say('one');
  }
  const outcome = new Outcome();
  let release = (): void => undefined;
  const held = new Promise<void>((flow) => (release = flow));
  const { tailer } = await it.start(
    {
      outputs: ['default', 'audit'],
      outputOf: ({ pod }) => (pod === 'audit' ? 'audit' : 'default'),
      take: async (source, lines) => {
        if (source.log.pod === 'audit') await held;
        return outcome.take(source, lines);
      },
    },
    undefined,
    outcome,
  );
  await outcome.says(web.key, ['packed', 'one']);
  web.say(...bulk('flows', 600_000));
  await outcome.says(web.key, ['packed', 'one', ...bulk('flows', 600_000)]);
  expect(dead.flatMap((each) => outcome.messages(each.key))).toEqual([]);
  const { behind } = tailer.counts;
  expect(behind.get('default')).toEqual({ bytes: 0, ageMs: 0 });
  expect(behind.get('audit')!.bytes).toBeGreaterThan(0);
  expect(tailer.status().find(({ path }) => path === dead[0]!.path)).toMatchObject({ output: 'audit', committed: 0 });
  release();
  for (const each of dead) await outcome.says(each.key, ['packed', 'one']);
});

test('a log that waits for its pod waits for no output, whichever that turns out to be', async () => {
  const uid = (i: number): string => `${i}0000000-0000-4000-8000-000000000000`;
  const dead = [1, 2, 3].map((i) => it.kubelet.start({ uid: uid(i), pod: 'web' }));
  const late = it.kubelet.start({ uid: uid(9), pod: 'late' });
  for (const each of [...dead, late]) each.say('one');
  let isKnown = false;
  const outcome = new Outcome();
  const stuck = new Outcome();
  const flow = stick(stuck);
  const { tailer } = await it.start(
    {
      outputs: ['default', 'audit'],
      outputOf: ({ pod }) => (pod === 'late' ? 'audit' : 'default'),
      admit: ({ pod }) => (pod === 'late' && !isKnown ? 'wait' : 'read'),
      take: (source, lines) => (source.log.pod === 'late' ? outcome : stuck).take(source, lines),
    },
    undefined,
    outcome,
  );
  await until(() => tailer.status().filter(({ why }) => why.includes('sink')).length === 2, 'both readers stuck');
  expect(tailer.status().find(({ pod }) => pod === 'late')).not.toHaveProperty('output');
  isKnown = true;
  await outcome.says(late.key, ['one']);
  flow();
  for (const each of dead) await stuck.says(each.key, ['one']);
});

test('a deleted file that is written to until it is given up is lost as long as it is then', async () => {
  const web = it.kubelet.start();
  web.say('one');
  // No look comes but those that are asked for.
  const { outcome, tailer } = await it.start({ sweepMs: 600_000, pinnedBytes: 0 });
  await outcome.says(web.key, ['one']);
  const flow = stick(outcome);
  const log = outcome.logs.get(web.key)!;
  let bytes = 0;
  const say = (...messages: string[]): void => void (bytes += web.say(...messages).length);
  web.say('two');
  tailer.emptyAt(log);
  await until(() => tailer.status()[0]!.why !== '', 'the sink stuck');
  fs.unlinkSync(web.path);
  say('three');
  tailer.emptyAt(log);
  expect(tailer.counts.pinnedBytes).toBeGreaterThan(0);
  say('four', 'five');
  tailer.look();
  await until(() => outcome.said.some((each) => each.includes('given up')), 'it is given up');
  flow();
  await outcome.says(web.key, ['one', 'two', `<gap over_cap ${bytes}>`]);
  expect(outcome.lost).toEqual([{ reason: 'over_cap', bytes, key: web.key }]);
});

test('over the cap of bytes: the oldest file of the noisiest container goes first, counted and marked in its place', async () => {
  const [quiet, noisy] = [it.kubelet.start({ uid: UIDS[0]! }), it.kubelet.start({ uid: UIDS[1]! })];
  quiet.say('q0');
  noisy.say('n0');
  const { outcome, tailer } = await it.start({ bufferBytes: 4096, pinnedBytes: 150_000 });
  await outcome.says(quiet.key, ['q0']);
  await outcome.says(noisy.key, ['n0']);
  const flow = stick(outcome);
  // So that both readers stand still, one at each log.
  quiet.say('q1');
  noisy.say('n1');
  await until(() => tailer.status().every((each) => each.why.includes('sink')), 'both stuck');
  quiet.say(...bulk('quiet', 20_000));
  await seen(tailer, quiet.path);
  fs.unlinkSync(quiet.rotate({ compress: false }));
  const sizes: number[] = [];
  for (let i = 0; i < 3; i++) {
    noisy.say(...bulk(`noisy ${i}`, 50_000 + 1000 * i));
    sizes.push(fs.statSync(noisy.path).size);
    await seen(tailer, noisy.path);
    fs.unlinkSync(noisy.rotate({ compress: false }));
  }
  quiet.say('q2');
  noisy.say('n2');
  await until(() => tailer.counts.pinnedBytes <= 150_000 && outcome.said.length > 0, 'within the cap');
  flow();
  await until(() => outcome.messages(noisy.key).includes('n2'), 'the noisy one goes on');
  await until(() => outcome.messages(quiet.key).includes('q2'), 'the quiet one goes on');
  expect(outcome.messages(quiet.key)).toEqual(['q0', 'q1', ...bulk('quiet', 20_000), 'q2']);
  const n1 = outcome.pieces.find((piece) => piece.source.log.key === noisy.key)!.source;
  const lost = sizes[0]! - outcome.gaps[0]!.offset;
  expect(outcome.gaps).toMatchObject([{ reason: 'over_cap', bytes: lost, source: n1 }]);
  expect(outcome.messages(noisy.key)).toEqual([
    'n0',
    'n1',
    `<gap over_cap ${lost}>`,
    ...bulk('noisy 1', 51_000),
    ...bulk('noisy 2', 52_000),
    'n2',
  ]);
  expect(outcome.lost).toEqual([{ reason: 'over_cap', bytes: lost, key: noisy.key }]);
});

test('over the cap, but a compressed copy still has a name: nothing is lost', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { outcome, tailer } = await it.start({ bufferBytes: 4096, pinnedBytes: 30_000 });
  await outcome.says(web.key, ['one']);
  const flow = stick(outcome);
  const lines = bulk('a', 50_000);
  web.say(...lines);
  await seen(tailer, web.path);
  web.rotate();
  web.say('two');
  web.rotate();
  await until(() => outcome.said.some((each) => each.includes('compressed copy')), 'it was changed for the copy');
  await until(() => tailer.counts.pinnedBytes === 0, 'nothing pinned');
  flow();
  await outcome.says(web.key, ['one', ...lines, 'two']);
  expect(outcome.lost).toEqual([]);
});

test('over the cap of age', async () => {
  let skew = 0;
  const { web, outcome, tailer, flow } = await it.stuck({ pinnedAgeMs: 3600_000, now: () => Date.now() + skew });
  const unread = web.say('three').length;
  await seen(tailer, web.path);
  fs.unlinkSync(web.rotate());
  web.say('four');
  await until(() => tailer.counts.pinnedBytes > 0, 'held');
  skew = 3601_000;
  // Counted at once, though nothing can be told at its place before the sink flows.
  await until(() => outcome.lost.length > 0, 'given up');
  expect(outcome.lost).toEqual([{ reason: 'over_cap', bytes: unread, key: web.key }]);
  expect(tailer.counts.pinnedBytes).toBe(0);
  // What is held open occupies the disk all the same.
  expect(tailer.counts.openFiles).toBe(1);
  flow();
  await outcome.says(web.key, ['one', 'two', `<gap over_cap ${unread}>`, 'four']);
  expect(outcome.lost).toHaveLength(1);
});

test('exchanged for its copy while a reader has bytes of it in its hand, then given up: exactly what is missing is counted', async () => {
  const web = it.kubelet.start();
  let skew = 0;
  const options = { bufferBytes: 4096, pinnedAgeMs: 3600_000, now: () => Date.now() + skew };
  const { outcome, tailer } = await it.start(options);
  web.say('one');
  await outcome.says(web.key, ['one']);
  const flow = stick(outcome);
  const lines = bulk('a', 50_000);
  web.say(...lines);
  await seen(tailer, web.path);
  await until(() => tailer.status()[0]!.why.includes('sink'), 'a reader has some of it in its hand');
  web.rotate();
  web.say('two');
  web.compressRotated();
  await until(() => tailer.counts.pinnedBytes > 40_000, 'held without a name');
  skew = 3601_000;
  await until(() => outcome.said.some((each) => each.includes('exchanged')), 'exchanged for the copy');
  for (const path of web.rotated()) fs.unlinkSync(path);
  await until(() => tailer.counts.pinnedBytes > 0, 'the copy is held without a name');
  skew = 2 * 3601_000;
  await until(() => outcome.said.some((each) => each.includes('given up')), 'given up');
  await until(() => outcome.lost.length > 0, 'counted while the sink is stuck');
  flow();
  await until(() => outcome.messages(web.key).includes('two'), 'what comes after it');
  const kept = outcome.messages(web.key).filter((each) => lines.includes(each));
  expect(kept.length).toBeGreaterThan(0);
  const missing = lines.slice(kept.length).reduce((bytes, line) => bytes + cri(line).length, 0);
  expect(outcome.lost.map(({ bytes }) => bytes)).toEqual([missing]);
  expect(outcome.gaps.map(({ bytes }) => bytes)).toEqual([missing]);
});

test('over the cap, and the compressed copy cannot be opened for a while: nothing is lost', async () => {
  const web = it.kubelet.start();
  web.say('one');
  let fails = true;
  const openSync = (path: string, flags: number): number => {
    if (fails && path.endsWith('.gz')) throw Object.assign(new Error('made to fail'), { code: 'EMFILE' });
    return fs.openSync(path, flags);
  };
  const { outcome, tailer } = await it.start({
    bufferBytes: 4096,
    pinnedBytes: 30_000,
    fs: { openSync } as unknown as Partial<Fs>,
  });
  await outcome.says(web.key, ['one']);
  const flow = stick(outcome);
  const lines = bulk('a', 50_000);
  web.say(...lines);
  await seen(tailer, web.path);
  web.rotate();
  web.say('two');
  web.rotate();
  await until(() => outcome.said.some((each) => each.includes('given up')), 'it was given up');
  expect(outcome.lost).toEqual([]);
  fails = false;
  await until(() => tailer.status().some((each) => each.path.endsWith('.gz')), 'the copy is opened');
  flow();
  await outcome.says(web.key, ['one', ...lines, 'two']);
  expect(outcome.lost).toEqual([]);
});

test('a file of nothing but NULs is given up: nothing is lost with it', async () => {
  let skew = 0;
  const { web, outcome, tailer, flow } = await it.stuck({ pinnedAgeMs: 3600_000, now: () => Date.now() + skew });
  web.rotate({ compress: false });
  web.write(Buffer.alloc(5000));
  await seen(tailer, web.path);
  fs.unlinkSync(web.rotate({ compress: false }));
  web.say('three');
  await until(() => tailer.counts.pinnedBytes > 0, 'held');
  skew = 3601_000;
  await until(() => tailer.counts.pinnedBytes === 0, 'given up');
  flow();
  await outcome.says(web.key, ['one', 'two', 'three']);
  expect([outcome.lost, outcome.gaps]).toEqual([[], []]);
});

test('old and new side by side: a backlog does not keep the lines of others waiting', async () => {
  const [behind, fresh] = [it.kubelet.start({ uid: UIDS[0]! }), it.kubelet.start({ uid: UIDS[1]! })];
  behind.say(...bulk('old', 2_000_000));
  let taken = 0;
  const outcome = new Outcome();
  const take: Take = async (source, lines) => {
    await outcome.take(source, lines);
    if (++taken === 50) fresh.say('now');
    await new Promise(setImmediate);
  };
  await it.start({ bufferBytes: 8192, readers: 1, take }, undefined, outcome);
  await until(() => outcome.messages(fresh.key).includes('now'), 'the fresh line');
  expect(outcome.messages(behind.key).length).toBeLessThan(1900);
});

test('one container that writes as fast as it can does not delay the lines of a hundred quiet ones', async () => {
  const flood = it.kubelet.start({ uid: UIDS[0]! });
  const quiet = Array.from({ length: 100 }, (_, i) =>
    it.kubelet.start({ pod: `quiet-${i}`, uid: `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000` }),
  );
  flood.say(...bulk('flood', 8_000_000));
  const outcome = new Outcome();
  const turns: string[] = [];
  let spokeAt = 0;
  const take: Take = async (source) => {
    turns.push(source.log.key);
    // Long enough that looks happen while the flood is served.
    if (source.log.key === flood.key) await new Promise((wake) => setTimeout(wake, 10));
    if (turns.length !== 5) return;
    for (const each of quiet) each.say('now');
    spokeAt = turns.length;
  };
  await it.start({ bufferBytes: 64 * 1024, readers: 1, take }, undefined, outcome);
  const served = (): number => new Set(turns).size - 1;
  await until(() => served() === quiet.length, 'all quiet ones', 20_000);
  const last = turns.findLastIndex((key) => key !== flood.key);
  const floodTurns = turns.slice(spokeAt, last).filter((key) => key === flood.key).length;
  // A few until the next look sees them, then one for as many bytes as all of theirs, which together are less than a buffer.
  expect(floodTurns).toBeLessThan(25);
});

test('a log that waits for its pod: its lines stay on disk, through rotation too, and come when it may be read', async () => {
  const web = it.kubelet.start({ maxFiles: 3 });
  web.say('one');
  let answer: 'read' | 'wait' = 'wait';
  const { outcome, tailer } = await it.start({ admit: () => answer });
  for (const message of ['two', 'three', 'four']) {
    web.rotate();
    web.say(message);
    await seen(tailer, web.path);
  }
  expect(outcome.text.size).toBe(0);
  expect(tailer.status()[0]).toMatchObject({ state: 'waiting', why: 'its pod is not known yet' });
  answer = 'read';
  await outcome.says(web.key, ['one', 'two', 'three', 'four']);
});

test('a pod that is no longer known is read on', async () => {
  const web = it.kubelet.start();
  web.say('one');
  let answer: 'read' | 'wait' = 'read';
  let asked = 0;
  const { outcome } = await it.start({ admit: () => (asked++, answer) });
  await outcome.says(web.key, ['one']);
  answer = 'wait';
  const before = asked;
  await until(() => asked > before + 3, 'it was asked');
  web.say('two');
  await outcome.says(web.key, ['one', 'two']);
});

test('an excluded log is never opened, its own neither; excluded later it is closed; admitted again it is read', async () => {
  const [web, own] = [it.kubelet.start({ uid: UIDS[0]! }), it.kubelet.start({ uid: UIDS[1]!, pod: 'podferry-x1' })];
  web.say('one');
  own.say('no');
  const opened: string[] = [];
  let answer: 'read' | 'never' = 'never';
  const { outcome, tailer } = await it.start({
    admit: () => answer,
    ownContainer: (log) => log.pod === 'podferry-x1',
    fs: {
      openSync: ((path: string, flags: number) => (opened.push(path), fs.openSync(path, flags))) as typeof fs.openSync,
    },
  });
  expect([opened, tailer.counts.openFiles]).toEqual([[], 0]);
  expect(tailer.status().map((each) => each.state)).toEqual(['excluded', 'excluded']);
  answer = 'read';
  await outcome.says(web.key, ['one']);
  answer = 'never';
  await until(() => tailer.counts.openFiles === 0, 'closed');
  await until(() => outcome.ended.includes(web.key), 'ended');
  web.say('two');
  expect(opened.some((path) => path.includes('podferry-x1'))).toBe(false);
  expect(outcome.text.has(own.key)).toBe(false);
});

test('at most four compressed files are unpacked at a time', async () => {
  const webs = Array.from({ length: 10 }, (_, i) =>
    it.kubelet.start({ uid: `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000` }),
  );
  for (const [i, web] of webs.entries()) {
    const text = web.say(...bulk(`w${i}`, 60_000));
    fs.truncateSync(web.path);
    fs.writeFileSync(`${web.path}.20260101-000000.gz`, gzipSync(text));
    web.say('after');
  }
  let most = 0;
  const unfinished = new Set<string>();
  const outcome = new Outcome();
  const take: Take = async (source, lines) => {
    const { key } = source.log;
    if (lines.last) unfinished.delete(key);
    else if (lines.bytes.indexOf(' after\n') !== lines.end - 7) unfinished.add(key);
    most = Math.max(most, unfinished.size);
    await new Promise((wake) => setTimeout(wake, 1));
    await outcome.take(source, lines);
  };
  await it.start({ bufferBytes: 4096, readers: 3, take }, undefined, outcome);
  for (const [i, web] of webs.entries()) await outcome.says(web.key, [...bulk(`w${i}`, 60_000), 'after']);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
});

test('stop waits for what was handed on, and no longer than until it is refused', async () => {
  const web = it.kubelet.start();
  web.say('one');
  let refuse: (error: Error) => void = () => undefined;
  const { tailer } = await it.start({ take: () => new Promise((_, reject) => (refuse = reject)) });
  await until(() => tailer.counts.readBytes > 0, 'read');
  let stopped = false;
  const stopping = tailer.stop().then(() => (stopped = true));
  await new Promise((wake) => setTimeout(wake, 20));
  expect(stopped).toBe(false);
  refuse(new Error('stopped'));
  await stopping;
  expect(tailer.counts.openFiles).toBe(0);
});
