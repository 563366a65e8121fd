/** What a tailer finds when it starts: positions of a former process, or none. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Fs } from '../../src/files/logfile/fs.ts';
import { until } from '../helpers/until.ts';
import { Outcome } from './follow.ts';
import { session, stick } from './session.ts';

const it = session();

test('an unterminated line, the agent restarts, the rest is written: delivered once, whole', async () => {
  const web = it.kubelet.start();
  web.say('one');
  web.write(`${it.kubelet.time()} stdout F ha`);
  const first = await it.start();
  await first.outcome.says(web.key, ['one']);
  await first.tailer.stop();
  const second = await it.start({}, first.outcome);
  web.write('lf\n');
  await second.outcome.says(web.key, ['half']);
});

test('a first line without a time is dated by its file: the same when it is read again after a crash before any commit', async () => {
  const web = it.kubelet.start();
  web.write('no header\n');
  const time = new Date(fs.statSync(web.path).mtimeMs).toISOString();
  const first = await it.start();
  first.outcome.settles = false;
  await first.outcome.says(web.key, ['no header']);
  expect(first.outcome.sources[0]!.resume).toEqual({ out: 0, err: 0, time });
  await first.tailer.stop();
  web.say('later');
  const second = await it.start({}, first.outcome);
  await second.outcome.says(web.key, ['no header', 'later']);
  expect(second.outcome.sources[0]!.resume).toEqual({ out: 0, err: 0, time });
});

test('a file with less than one line: nothing is remembered, and it is read from its first byte after a restart', async () => {
  const web = it.kubelet.start();
  web.write('2026-11-20T01:00:00');
  const first = await it.start();
  await first.tailer.stop();
  expect(first.outcome.saved.size).toBe(0);
  web.write('Z stdout F one\n');
  const second = await it.start({}, first.outcome);
  await second.outcome.says(web.key, ['one']);
});

test('agent down over one rotation: goes on in n.log.<ts> at its offset, then n.log from its start', async () => {
  const web = it.kubelet.start();
  web.say('one', 'two');
  const first = await it.start();
  await first.outcome.says(web.key, ['one', 'two']);
  await first.tailer.stop();
  web.say('three');
  web.rotate();
  web.say('four');
  const second = await it.start({}, first.outcome);
  await second.outcome.says(web.key, ['three', 'four']);
  expect(second.outcome.lost).toEqual([]);
  const [old] = second.outcome.sources;
  expect(old!.fingerprint).toBe(first.outcome.sources[0]!.fingerprint);
});

test('down over many rotations, the half-read file is a .gz by now: at its uncompressed offset, in several buffers', async () => {
  const web = it.kubelet.start({ maxFiles: 20 });
  const lines = (from: number, n: number): string[] =>
    Array.from({ length: n }, (_, i) => `${from + i} ${'x'.repeat(99)}`);
  web.say(...lines(0, 500));
  const first = await it.start();
  await first.outcome.says(web.key, lines(0, 500));
  await first.tailer.stop();
  for (let rotation = 1; rotation <= 5; rotation++) {
    web.say(...lines(rotation * 500, 500));
    web.rotate();
  }
  const second = await it.start({ bufferBytes: 4096 }, first.outcome);
  await second.outcome.says(web.key, lines(500, 2500));
  expect(second.outcome.lost).toEqual([]);
  const { pieces } = second.outcome;
  expect(pieces.some((piece) => piece.last)).toBe(true);
  await until(() => second.tailer.counts.openFiles <= 2, 'compressed files let go');
});

test('at start n.log.<ts> and n.log, no positions: the oldest first, both', async () => {
  const web = it.kubelet.start();
  web.say('one');
  web.rotate();
  web.say('two');
  const { outcome } = await it.start();
  await outcome.says(web.key, ['one', 'two']);
});

for (const [backlog, expected] of [
  ['all', ['one', 'two', 'three', 'four']],
  ['current', ['three', 'four']],
  ['none', ['four']],
] as const) {
  test(`backlog ${backlog}: a first start reads ${expected.join(', ')}; a later one all of a new file`, async () => {
    const web = it.kubelet.start();
    web.say('one');
    web.rotate();
    web.say('two');
    web.rotate();
    web.say('three');
    const first = await it.start({ backlog });
    web.say('four');
    await first.outcome.says(web.key, [...expected]);
    const later = it.kubelet.start({ pod: 'later', uid: '1a1a1a1a-1111-4222-8333-944444444444' });
    later.say('five');
    await first.outcome.says(later.key, ['five']);
    await first.tailer.stop();
    web.say('six');
    // What was left out stays left out: it has an entry that says so.
    const second = await it.start({ backlog: 'all' }, first.outcome);
    await second.outcome.says(web.key, ['six']);
    expect(second.outcome.lost).toEqual([]);
  });
}

test('backlog none begins after the last complete line: the one being written is delivered whole', async () => {
  const web = it.kubelet.start();
  web.say('one');
  web.write(`${it.kubelet.time()} stdout F tw`);
  const { outcome } = await it.start({ backlog: 'none' });
  web.write('o\n');
  await outcome.says(web.key, ['two']);
});

test('a log without positions on a later start appeared meanwhile: read from its start, rotated files too', async () => {
  const first = await it.start();
  await first.tailer.stop();
  const web = it.kubelet.start();
  web.say('one');
  web.rotate();
  web.say('two');
  const second = await it.start({ backlog: 'none' }, first.outcome);
  await second.outcome.says(web.key, ['one', 'two']);
});

test('copytruncate while the agent is down, no copy left: only new content, and what was unread is counted and marked', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const first = await it.start();
  await first.outcome.says(web.key, ['one']);
  const flow = stick(first.outcome);
  const unread = web.say('two');
  await until(() => first.tailer.counts.readBytes > unread.length, 'more was seen');
  await until(() => [...first.outcome.saved.values()][0]!.size === fs.statSync(web.path).size, 'its size noted');
  first.outcome.settles = false;
  const stopping = first.tailer.stop();
  flow();
  await stopping;
  const [entry] = first.outcome.saved.values();
  web.copyTruncate({ copy: false });
  web.say('three');
  const second = await it.start({}, first.outcome);
  await second.outcome.says(web.key, [`<gap rotated_away ${unread.length}>`, 'three']);
  expect(second.outcome.lost).toEqual([{ reason: 'rotated_away', bytes: unread.length, key: web.key }]);
  expect(second.outcome.gaps[0]).toMatchObject({
    offset: entry!.position.out,
    action: 'gap',
    unseenUntil: expect.stringMatching(/^2026-11-20T01:00:00/),
    message: expect.stringMatching(
      `^${unread.length} bytes of this container's log rotated away while the agent was down, and further lines`,
    ),
  });
});

test('copytruncate while the agent is down, the copy is there: its rest, then the new content', async () => {
  const { web, former } = await it.stopped();
  web.say('two');
  web.copyTruncate();
  web.say('three');
  const second = await it.start({}, former);
  await second.outcome.says(web.key, ['two', 'three']);
  expect(second.outcome.lost).toEqual([]);
});

test('a whole log is gone with unread bytes: lost, marked, ended and forgotten', async () => {
  const { web, former } = await it.stopped();
  const [entry] = former.saved.values();
  former.saved.set(entry!.fingerprint, { ...entry!, size: entry!.size + 100 });
  web.removePod();
  const { outcome, tailer } = await it.start({}, former);
  await outcome.says(web.key, ['<gap rotated_away 100>']);
  expect(outcome.lost).toEqual([{ reason: 'rotated_away', bytes: 100, key: web.key }]);
  await until(() => outcome.ended.includes(web.key), 'the end');
  const { log } = outcome.gaps[0]!.source;
  expect(log).toMatchObject({
    namespace: 'shop',
    pod: 'web-7d9f8b-abcde',
    uid: web.uid,
    container: 'web',
    path: web.path,
  });
  // The gap is acknowledged, and with it all there is to know.
  await until(() => outcome.saved.size === 0 && tailer.status().length === 0, 'forgotten');
});

test('a gap that is not acknowledged is told again after a crash, at the same place and time; one that is acknowledged is not', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const first = await it.start();
  await first.outcome.says(web.key, ['one']);
  const flow = stick(first.outcome);
  web.say('two');
  await until(() => first.tailer.status()[0]!.why !== '', 'the sink stuck');
  const unread = web.say('three').length;
  await until(() => first.tailer.status()[0]!.size === fs.statSync(web.path).size, 'seen whole');
  web.copyTruncate({ copy: false });
  web.say('four');
  first.outcome.settles = false;
  flow();
  await first.outcome.says(web.key, ['one', 'two', `<gap truncated ${unread}>`, 'four']);
  const [told] = first.outcome.gaps;
  // All but the gap and what comes after it.
  first.outcome.settle(told!.source, { out: told!.offset, err: told!.offset, time: told!.time });
  await first.tailer.stop();
  const second = await it.start({}, first.outcome);
  await second.outcome.says(web.key, [`<gap rotated_away ${unread}>`, 'four']);
  const { source, offset, bytes, time } = second.outcome.gaps[0]!;
  expect({ fingerprint: source.fingerprint, offset, bytes, time }).toEqual({
    fingerprint: told!.source.fingerprint,
    offset: told!.offset,
    bytes: told!.bytes,
    time: told!.time,
  });
  await second.tailer.stop();
  const third = await it.start({}, second.outcome);
  web.say('five');
  await until(() => third.outcome.messages(web.key).includes('five'), 'goes on');
  expect(third.outcome.gaps).toEqual([]);
});

test('a whole log is gone and acknowledged: forgotten without a word', async () => {
  const { web, former } = await it.stopped();
  web.removePod();
  const { outcome } = await it.start({}, former);
  await until(() => outcome.saved.size === 0, 'forgotten');
  expect([outcome.lost, outcome.gaps]).toEqual([[], []]);
});

test('rotated away while down, newer files are there: the gap comes before the next line', async () => {
  const { web, former } = await it.stopped();
  const unread = web.say('two, lost');
  const [entry] = former.saved.values();
  former.saved.set(entry!.fingerprint, { ...entry!, size: entry!.size + unread.length });
  fs.unlinkSync(web.rotate());
  web.say('three');
  web.rotate();
  web.say('four');
  const second = await it.start({}, former);
  await second.outcome.says(web.key, [`<gap rotated_away ${unread.length}>`, 'three', 'four']);
});

test('entries are kept for files that are finished, as long as these exist', async () => {
  const web = it.kubelet.start({ maxFiles: 4 });
  web.say('one');
  const { outcome, tailer } = await it.start();
  const messages = ['one'];
  for (const message of ['two', 'three', 'four', 'five']) {
    await outcome.says(web.key, messages);
    web.rotate();
    web.say(message);
    messages.push(message);
  }
  await outcome.says(web.key, messages);
  const count = (): number => fs.readdirSync(web.directory).length;
  await until(() => outcome.saved.size === count(), 'as many entries as files');
  await tailer.stop();
  const second = await it.start({}, outcome);
  web.say('six');
  await second.outcome.says(web.key, ['six']);
});

test('a late write to the rotated file while the agent was down is read', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const first = await it.start();
  const old = web.fd;
  web.rotate({ closeOld: false });
  web.say('two');
  await first.outcome.says(web.key, ['one', 'two']);
  await first.tailer.stop();
  web.sayTo(old, 'late');
  fs.closeSync(old);
  const second = await it.start({}, first.outcome);
  await second.outcome.says(web.key, ['late']);
});

test('the two offsets of an entry: reading begins at the smaller', async () => {
  const web = it.kubelet.start();
  const one = web.say('one');
  web.say('two');
  const first = await it.start();
  await first.outcome.says(web.key, ['one', 'two']);
  await first.tailer.stop();
  const [entry] = first.outcome.saved.values();
  const position = { out: one.length, err: entry!.position.err, time: '' };
  first.outcome.saved.set(entry!.fingerprint, { ...entry!, position });
  const second = await it.start({}, first.outcome);
  await second.outcome.says(web.key, ['two']);
  expect(second.outcome.sources[0]!.resume).toEqual(position);
});

test('a .gz of which everything is acknowledged is not unpacked again', async () => {
  const web = it.kubelet.start();
  const text = web.say('one');
  const first = await it.start();
  await first.outcome.says(web.key, ['one']);
  await first.tailer.stop();
  fs.writeFileSync(`${web.path}.20261120-000000.gz`, gzipSync(text));
  fs.truncateSync(web.path);
  const second = await it.start({}, first.outcome);
  web.say('two');
  await second.outcome.says(web.key, ['two']);
  expect(second.tailer.counts.readBytes).toBeLessThan(2 * text.length);
});

test('a static pod, a pod with dots in its name, a bare uid from before 1.14', async () => {
  const uids = ['0123456789abcdef0123456789abcdef', '11111111-2222-4333-8444-555555555555'];
  const [fixed, dotted] = [
    it.kubelet.start({
      namespace: 'kube-system',
      pod: 'kube-apiserver-n1',
      uid: uids[0]!,
      container: 'kube-apiserver',
    }),
    it.kubelet.start({ pod: 'my.pod.v1', uid: uids[1]! }),
  ];
  const old = join(it.kubelet.podsDir, '99999999-2222-4333-8444-555555555555', 'web');
  fs.mkdirSync(old, { recursive: true });
  fs.writeFileSync(join(old, '3.log'), '2026-11-20T01:00:00Z stdout F old\n');
  fixed.say('one');
  dotted.say('two');
  const { outcome } = await it.start();
  await outcome.says(fixed.key, ['one']);
  await outcome.says(dotted.key, ['two']);
  await outcome.says('99999999-2222-4333-8444-555555555555/web/3', ['old']);
  expect(outcome.logs.get(fixed.key)).toMatchObject({ namespace: 'kube-system', pod: 'kube-apiserver-n1' });
  expect(outcome.logs.get(dotted.key)).toMatchObject({ namespace: 'shop', pod: 'my.pod.v1' });
});

test('after a damaged checkpoint file a log of which one file lacks an entry is read as a whole, others from their positions', async () => {
  const uid = '11111111-2222-4333-8444-555555555555';
  const [web, other] = [it.kubelet.start(), it.kubelet.start({ uid })];
  web.say('one');
  web.rotate();
  web.say('two');
  web.rotate();
  web.say('three', 'cut off');
  other.say('four');
  const first = await it.start();
  await first.outcome.says(web.key, ['one', 'two', 'three', 'cut off']);
  await first.outcome.says(other.key, ['four']);
  await first.tailer.stop();
  const { saved } = first.outcome;
  expect(saved.size).toBe(4);
  // One of the three is lacking; the last one is shorter than its entry says.
  saved.delete([...saved.values()].filter((each) => each.key === web.key)[1]!.fingerprint);
  fs.truncateSync(web.path, fs.statSync(web.path).size - 5);
  web.write('\n');
  const outcome = new Outcome();
  const flow = stick(outcome);
  const { tailer } = await it.start({ damaged: true }, first.outcome, outcome);
  await until(() => tailer.status().some((each) => each.why.includes('sink')), 'the sink is stuck');
  // Should it be killed now, the next one is to read all of it as well.
  const positions = (key: string): number[] =>
    [...outcome.saved.values()].filter((each) => each.key === key).map((each) => each.position.out);
  expect(positions(web.key)).toEqual([0, 0, 0]);
  flow();
  await outcome.says(web.key, ['one', 'two', 'three', 'cut']);
  for (const { source } of outcome.pieces) expect(source.resume).toEqual({ out: 0, err: 0, time: '' });
  other.say('five');
  await outcome.says(other.key, ['five']);
  expect(outcome.lost).toEqual([]);
});

test('a file that is deleted between the listing and its opening, and has an entry: lost once, and only what was not acknowledged', async () => {
  const { web, former } = await it.stopped();
  const unread = web.say('two').length;
  const [entry] = former.saved.values();
  former.saved.set(entry!.fingerprint, { ...entry!, size: entry!.size + unread });
  const openSync = (path: string, flags: number): number => {
    if (path === web.path) fs.rmSync(path, { force: true });
    return fs.openSync(path, flags);
  };
  const second = await it.start({ fs: { openSync } as unknown as Partial<Fs> }, former);
  await second.outcome.says(web.key, [`<gap rotated_away ${unread}>`]);
  expect(second.outcome.lost).toEqual([{ reason: 'rotated_away', bytes: unread, key: web.key }]);
});

test('a log that may not be read keeps its positions for the time when it may', async () => {
  const { web, former } = await it.stopped();
  web.say('two');
  let answer: 'read' | 'never' = 'never';
  const second = await it.start({ admit: () => answer }, former);
  expect(second.tailer.status()).toMatchObject([{ state: 'excluded' }]);
  expect(second.outcome.saved.size).toBe(1);
  answer = 'read';
  await second.outcome.says(web.key, ['two']);
  expect(second.outcome.lost).toEqual([]);
});
