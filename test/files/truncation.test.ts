/** Files that shrink: copytruncate in all its forms, in-place truncation, holes. */
import * as fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Fs } from '../../src/files/logfile/fs.ts';
import type { Tailer } from '../../src/files/tailer.ts';
import { until } from '../helpers/until.ts';
import { session, stick } from './session.ts';

const it = session();
/** Not what heads are read with. */
const BUFFER_BYTES = 100_000;

test('copytruncate, the writer appends: before and after, no NUL, nothing twice', async () => {
  const web = it.kubelet.start();
  web.say('one', 'two');
  const { outcome } = await it.start();
  await outcome.says(web.key, ['one', 'two']);
  web.copyTruncate();
  web.say('three');
  await outcome.says(web.key, ['one', 'two', 'three']);
  web.say('four');
  await outcome.says(web.key, ['one', 'two', 'three', 'four']);
  expect(outcome.text.get(web.key)).not.toContain('\0');
  expect(outcome.lost).toEqual([]);
});

test('copytruncate under a writer that does not append: the hole is passed over', async () => {
  const web = it.kubelet.start({ runtime: 'conmon' });
  web.rotate();
  web.say(...Array.from({ length: 300 }, (_, i) => `${i} ${'x'.repeat(300)}`));
  const { outcome } = await it.start({ bufferBytes: 8192 });
  await until(() => outcome.messages(web.key).length === 300, 'what was there');
  web.copyTruncate();
  web.say('after');
  await until(() => outcome.messages(web.key).length === 301, 'after the truncation');
  expect(outcome.messages(web.key).at(-1)).toBe('after');
  expect(fs.statSync(web.path).size).toBeGreaterThan(90_000);
  expect(outcome.text.get(web.key)).not.toContain('\0');
  // Positions count the hole: they are those of the file.
  expect(outcome.pieces.at(-1)!.at).toBeGreaterThan(90_000);
  // And a second time, hole over hole.
  fs.truncateSync(web.path);
  web.say('again');
  await until(() => outcome.messages(web.key).at(-1) === 'again', 'after the second truncation');
  expect(outcome.lost).toEqual([]);
});

test("Docker's files that all begin with the same long line, but for its time: rotated, truncated and copied, none is taken for another", async () => {
  const web = it.kubelet.start();
  const banner = 'status report '.padEnd(3000, '=');
  const line = (text: string): string =>
    JSON.stringify({ log: `${text}\n`, stream: 'stdout', time: it.kubelet.time() }) + '\n';
  const begin = (text: string): string => line(banner) + line(text);
  fs.writeFileSync(`${web.path}.1.gz`, gzipSync(begin('one')));
  web.write(begin('two'));
  const { outcome } = await it.start();
  const texts = (): string[] =>
    outcome.messages(web.key).map((each) => (JSON.parse(each) as { log: string }).log.trim());
  const says = (...wanted: string[]): Promise<void> =>
    until(() => texts().join() === wanted.flatMap((each) => [banner, each]).join(), wanted.join());
  await says('one', 'two');
  fs.renameSync(web.path, `${web.path}.1`);
  fs.writeFileSync(web.path, begin('three'));
  await says('one', 'two', 'three');
  // In place, to the same size, then by a copy.
  fs.writeFileSync(web.path, begin('fours'));
  await says('one', 'two', 'three', 'fours');
  fs.copyFileSync(web.path, `${web.path}.2`);
  fs.writeFileSync(web.path, begin('fives'));
  await says('one', 'two', 'three', 'fours', 'fives');
  expect(outcome.lost).toEqual([]);
});

test('a file with a hole in front, found at start: plain and compressed', async () => {
  const [web, other] = [it.kubelet.start(), it.kubelet.start({ uid: '11111111-2222-4333-8444-555555555555' })];
  const hole = Buffer.alloc(300_000);
  web.write(hole);
  web.say('one');
  other.say('one');
  fs.writeFileSync(`${other.path}.20260101-000000.gz`, gzipSync(Buffer.concat([hole, fs.readFileSync(other.path)])));
  fs.truncateSync(other.path);
  other.say('two');
  const { outcome } = await it.start();
  await outcome.says(web.key, ['one']);
  await outcome.says(other.key, ['one', 'two']);
});

test('truncated and regrown past the old offset between two looks: the new content from its start', async () => {
  const web = it.kubelet.start();
  web.say('one', 'two');
  const { outcome } = await it.start();
  await outcome.says(web.key, ['one', 'two']);
  for (let i = 0; i < 10; i++) {
    const said = outcome.messages(web.key);
    const before = fs.statSync(web.path).size;
    fs.truncateSync(web.path);
    const messages = Array.from({ length: 3 + i }, (_, j) => `again ${i} ${j}`);
    web.say(...messages);
    expect(fs.statSync(web.path).size).toBeGreaterThan(before);
    await outcome.says(web.key, [...said, ...messages]);
  }
  expect(outcome.lost).toEqual([]);
});

test('truncated and regrown between the look and the read: bytes of two generations never mix', async () => {
  const web = it.kubelet.start();
  web.say('one');
  let strike = false;
  const read = (...args: unknown[]): void => {
    if (strike) {
      strike = false;
      fs.truncateSync(web.path);
      web.say('new 1', 'new 2', 'new 3', 'new 4');
    }
    (fs.read as (...args: unknown[]) => void)(...args);
  };
  const { outcome } = await it.start({ fs: { read: read as typeof fs.read } });
  await outcome.says(web.key, ['one']);
  strike = true;
  const lost = web.say('two').length;
  await outcome.says(web.key, ['one', `<gap truncated ${lost}>`, 'new 1', 'new 2', 'new 3', 'new 4']);
});

test('truncated and regrown to exactly the same size', async () => {
  const web = it.kubelet.start();
  web.say('one', 'two');
  const { outcome } = await it.start();
  await outcome.says(web.key, ['one', 'two']);
  fs.truncateSync(web.path);
  web.say('eno', 'owt');
  await outcome.says(web.key, ['one', 'two', 'eno', 'owt']);
});

test('truncated while unread, the copy is there: the rest is read from the copy', async () => {
  const { web, outcome, tailer, flow } = await it.stuck();
  web.say('three', 'four');
  await until(() => tailer.counts.backlogBytes > 100, 'more seen');
  web.copyTruncate();
  web.say('five');
  flow();
  await outcome.says(web.key, ['one', 'two', 'three', 'four', 'five']);
  expect(outcome.lost).toEqual([]);
});

test('truncated while unread, no copy: the loss is counted and marked between the old and the new', async () => {
  const { web, outcome, tailer, flow } = await it.stuck();
  const unread = web.say('three', 'four').length;
  await until(() => tailer.counts.backlogBytes > unread, 'more seen');
  web.copyTruncate({ copy: false });
  web.say('five');
  flow();
  await outcome.says(web.key, ['one', 'two', `<gap truncated ${unread}>`, 'five']);
  expect(outcome.lost).toEqual([{ reason: 'truncated', bytes: unread, key: web.key }]);
});

test('truncated in place again and again, as conmon-rs does at its maximum', async () => {
  const web = it.kubelet.start();
  const { outcome } = await it.start();
  const messages: string[] = [];
  for (let i = 0; i < 10; i++) {
    web.say(`a${i}`, `b${i}`);
    messages.push(`a${i}`, `b${i}`);
    await outcome.says(web.key, messages);
    fs.truncateSync(web.path);
  }
  expect(outcome.lost).toEqual([]);
});

test('cut at its end, first line kept: reads on from the new end', async () => {
  const web = it.kubelet.start();
  const first = web.say('one').length;
  web.say('two', 'three');
  const { outcome, tailer } = await it.start();
  await outcome.says(web.key, ['one', 'two', 'three']);
  fs.truncateSync(web.path, first);
  await until(() => tailer.status()[0]!.read === first, 'back at its end');
  web.say('four');
  await outcome.says(web.key, ['one', 'two', 'three', 'four']);
  expect(outcome.lost).toEqual([]);
});

test('shorter than its entry says, first line the same (a node lost power): read on from its end', async () => {
  const web = it.kubelet.start();
  const length = web.say('one').length;
  web.say('two');
  const first = await it.start();
  await first.outcome.says(web.key, ['one', 'two']);
  await first.tailer.stop();
  fs.truncateSync(web.path, length);
  const second = await it.start({}, first.outcome);
  await until(() => second.tailer.status()[0]!.read === length, 'back at its end');
  web.say('three');
  await second.outcome.says(web.key, ['three']);
  expect(second.outcome.lost).toEqual([]);
});

test('truncated before its first line was complete: the piece is lost, counted and marked', async () => {
  const web = it.kubelet.start();
  const piece = '2026-11-20T01:00:00Z stdout F never fin';
  web.write(piece);
  const { outcome, tailer } = await it.start();
  await until(() => tailer.status()[0]!.size > 0, 'seen');
  fs.truncateSync(web.path);
  web.say('one');
  await outcome.says(web.key, [`<gap truncated ${piece.length}>`, 'one']);
  expect(outcome.lost).toEqual([{ reason: 'truncated', bytes: piece.length, key: web.key }]);
  expect(outcome.gaps[0]!.time).toBe('2026-11-20T01:00:00Z');
});

test('copied and truncated before its first line was complete: the copy has it', async () => {
  const web = it.kubelet.start();
  web.write('2026-11-20T01:00:00Z stdout F in two ');
  const { outcome, tailer } = await it.start();
  await until(() => tailer.status()[0]!.size > 0, 'seen');
  web.write('writes\n');
  web.copyTruncate();
  web.say('one');
  await outcome.says(web.key, ['in two writes', 'one']);
  expect(outcome.lost).toEqual([]);
});

test('truncated while the sink is stuck, in a file that no reader has come to: every generation is counted and marked', async () => {
  const { web, outcome, tailer, flow } = await it.stuck();
  web.rotate({ compress: false });
  const bytes: number[] = [];
  for (const messages of [['a1'], ['b1', 'b2'], ['c1', 'c2', 'c3']]) {
    bytes.push(web.say(...messages).length);
    await until(
      () => tailer.status().some((each) => each.path === web.path && each.size === bytes.at(-1)),
      'the new file is seen',
    );
    fs.truncateSync(web.path);
    await until(() => tailer.status().some((each) => each.path === web.path && each.size === 0), 'seen to be empty');
  }
  web.say('three');
  flow();
  await outcome.says(web.key, ['one', 'two', ...bytes.map((each) => `<gap truncated ${each}>`), 'three']);
  expect(outcome.lost.map((each) => each.bytes)).toEqual(bytes);
});

test('truncated between the look that saw it and the read that tells who it is: what was seen is lost, counted and marked', async () => {
  const web = it.kubelet.start();
  let strike = false;
  const read = (...args: unknown[]): void => {
    if (strike) fs.truncateSync(web.path);
    strike = false;
    (fs.read as (...args: unknown[]) => void)(...args);
  };
  const { outcome } = await it.start({ fs: { read: read as typeof fs.read } });
  strike = true;
  const lost = web.say('one', 'two').length;
  await until(() => !strike, 'truncated');
  web.say('three');
  await outcome.says(web.key, [`<gap truncated ${lost}>`, 'three']);
});

test('cut at its end and written again: a crash before that is acknowledged does not skip it', async () => {
  const web = it.kubelet.start();
  const first = web.say('one').length;
  web.say('two', 'three');
  const { outcome, tailer } = await it.start();
  await outcome.says(web.key, ['one', 'two', 'three']);
  outcome.settles = false;
  fs.truncateSync(web.path, first);
  await until(() => tailer.status()[0]!.read === first, 'back at its end');
  web.say('four');
  await outcome.says(web.key, ['one', 'two', 'three', 'four']);
  await tailer.stop();
  const second = await it.start({}, outcome);
  await second.outcome.says(web.key, ['four']);
  expect(second.outcome.lost).toEqual([]);
});

test.each(['.1', '-20261120'])(
  'a copy %s beside n.log: n.log is the one that is read on, whoever was found first',
  async (suffix) => {
    const web = it.kubelet.start();
    web.say('one', 'two');
    fs.copyFileSync(web.path, web.path + suffix);
    const first = await it.start();
    await first.outcome.says(web.key, ['one', 'two']);
    web.say('three');
    await first.outcome.says(web.key, ['one', 'two', 'three']);
    await first.tailer.stop();
    web.say('four');
    const second = await it.start({}, first.outcome);
    await second.outcome.says(web.key, ['four']);
    // The truncation that follows the copy.
    fs.truncateSync(web.path);
    web.say('five');
    await second.outcome.says(web.key, ['four', 'five']);
    fs.truncateSync(web.path);
    web.say('six');
    await second.outcome.says(web.key, ['four', 'five', 'six']);
    expect([...first.outcome.lost, ...second.outcome.lost]).toEqual([]);
  },
);

test('a hole is nothing that could be lost: what a former process saw of a file with one is counted without it', async () => {
  const web = it.kubelet.start({ runtime: 'conmon' });
  web.rotate();
  web.say(...Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat(100)}`));
  const first = await it.start();
  await until(() => first.outcome.messages(web.key).length === 100, 'what was there');
  first.outcome.settles = false;
  const flow = stick(first.outcome);
  fs.truncateSync(web.path);
  const unread = web.say('in a file with a hole').length;
  await until(
    () => [...first.outcome.saved.values()].some(({ position, size }) => position.out === size - unread),
    'it has an entry',
  );
  const stopping = first.tailer.stop();
  flow();
  await stopping;
  fs.unlinkSync(web.path);
  web.reopen();
  web.say('after');
  const second = await it.start({}, first.outcome);
  await second.outcome.says(web.key, [`<gap rotated_away ${unread}>`, 'after']);
});

test('a hole is truncated away, and less than the hole is written: read from its start', async () => {
  const web = it.kubelet.start();
  web.write(Buffer.alloc(5000));
  const { outcome, tailer } = await it.start();
  await until(() => tailer.status()[0]!.size === 5000, 'the hole is seen');
  fs.truncateSync(web.path);
  web.say('one');
  await outcome.says(web.key, ['one']);
  web.say('two');
  await outcome.says(web.key, ['one', 'two']);
  // Of NULs nothing is lost.
  expect(outcome.lost).toEqual([]);
});

test('a hole is truncated away and nothing is written: then lines are found at once', async () => {
  const web = it.kubelet.start();
  web.write(Buffer.alloc(5000));
  const { outcome, tailer } = await it.start();
  await until(() => tailer.status()[0]!.size === 5000, 'the hole is seen');
  fs.truncateSync(web.path);
  await until(() => tailer.status()[0]!.size === 0, 'it is seen to be empty');
  web.say('one');
  await outcome.says(web.key, ['one']);
  expect(outcome.lost).toEqual([]);
});

test('a first line that is not complete is cut: what is left of it is read', async () => {
  const web = it.kubelet.start();
  const piece = '2026-11-20T01:00:00Z stdout F left';
  web.write(piece);
  const { outcome, tailer } = await it.start();
  const seen = (size: number): Promise<void> =>
    until(() => tailer.status().at(-1)!.size === size, `${size} bytes seen`);
  await seen(piece.length);
  web.write(' and gone');
  await seen(piece.length + 9);
  fs.truncateSync(web.path, piece.length);
  await seen(piece.length);
  web.write('\n');
  await until(() => outcome.messages(web.key).includes('left'), 'what was left');
});

test('copied for so long that the copy was listed before the file was truncated: the rest is read from the copy', async () => {
  const web = it.kubelet.start();
  web.say('one', 'two');
  const copy = `${web.path}.1`;
  let [copyFd, closed, strikes] = [-1, false, true];
  const running: { tailer?: Tailer } = {};
  const strike = async (): Promise<void> => {
    await until(() => running.tailer, 'the tailer runs');
    fs.copyFileSync(web.path, copy);
    // The directory is no younger than its listing, so that it is not listed again for no reason.
    const hourAgo = Date.now() / 1000 - 3600;
    fs.utimesSync(web.directory, hourAgo, hourAgo);
    running.tailer!.look(web.directory);
    await until(() => closed, 'the copy is known to be one');
    fs.truncateSync(web.path);
    web.say('three', 'four', 'five');
  };
  const read = (...args: unknown[]): void => {
    const now = (): void => (fs.read as (...args: unknown[]) => void)(...args);
    const isTurn = args[3] === BUFFER_BYTES;
    if (!isTurn || !strikes) return now();
    strikes = false;
    void strike().then(now);
  };
  const openSync = (path: string, flags: number): number => {
    const fd = fs.openSync(path, flags);
    if (path === copy) copyFd = fd;
    return fd;
  };
  const closeSync = (fd: number): void => {
    fs.closeSync(fd);
    if (fd === copyFd) closed = true;
  };
  // Nothing is looked at but by hand: who reads finds out.
  const { outcome, tailer } = await it.start({
    sweepMs: 60_000,
    quietMs: 0,
    bufferBytes: BUFFER_BYTES,
    fs: { read, openSync, closeSync } as unknown as Partial<Fs>,
  });
  running.tailer = tailer;
  await outcome.says(web.key, ['one', 'two', 'three', 'four', 'five']);
  expect(outcome.lost).toEqual([]);
});
