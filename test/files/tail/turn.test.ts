/** Single turns: what happens to a file between the look, the read and the handing on. */
import * as fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { abandonFile, settleSuspicion } from '../../../src/files/tail/truncation.ts';
import { OLDEST, Turns } from './turns.ts';

test('a read that sees more than the look before it: bytes are counted once, sizes are true', async () => {
  const one = new Turns();
  one.write(one.line('one'));
  const tailed = one.open();
  await one.turn();
  const last = one.line('two');
  one.write(last.slice(0, -1));
  await one.rest();
  const { size } = fs.statSync(one.path());
  expect(tailed).toMatchObject({ size, cursor: { looked: size, read: size - last.length + 1 } });
  expect(tailed.source!.size).toBe(size);
  one.write('\n');
  one.look(tailed);
  await one.rest();
  expect(one.messages).toEqual(['one', 'two']);
  expect(one.readBytes).toBe(size + 1);
});

test('what refuses to take is not taken for a failure of the disk', async () => {
  const refusal = Object.assign(new Error('refused'), { code: 'EPIPE' });
  const one = new Turns({ turn: { take: () => Promise.reject(refusal), gap: () => Promise.reject(refusal) } });
  one.write(one.line('one'));
  const tailed = one.open();
  await one.turn();
  await expect(one.turn()).rejects.toBe(refusal);
  expect(tailed).toMatchObject({ cursor: { read: 0 }, retries: { failures: 0 } });
  tailed.closed();
  await expect(one.turn()).rejects.toBe(refusal);
  expect(tailed).toMatchObject({ cursor: { read: 0 }, retries: { failures: 0 } });
});

test('a turn that goes well ends a row of failures', async () => {
  let fails = false;
  const read = (...args: unknown[]): void => {
    if (!fails) return (fs.read as (...args: unknown[]) => void)(...args);
    fails = false;
    const done = args.at(-1) as (error: Error, bytes: number) => void;
    setImmediate(() => done(Object.assign(new Error('made to fail'), { code: 'EIO' }), 0));
  };
  const one = new Turns({ fs: { read: read as typeof fs.read } });
  one.write(one.line('0'));
  const tailed = one.open();
  await one.rest();
  const expected = ['0'];
  for (let i = 1; i < 30; i++) {
    expected.push(`${i}`);
    one.write(one.line(`${i}`));
    one.look(tailed);
    fails = true;
    await one.rest();
    expect(tailed.retries.failures).toBe(1);
    tailed.retries.opened();
    await one.rest();
  }
  expect(one.messages).toEqual(expected);
  expect(one.outcome.lost).toEqual([]);
});

/* ---- cut at its end ---- */

test('cut between the look and the read: the read finds out', async () => {
  const one = new Turns();
  const first = one.write(one.line('one')).length;
  const tailed = one.open();
  await one.rest();
  const lost = one.write(one.line('two')).length;
  one.look(tailed);
  fs.truncateSync(one.path(), first);
  expect(await one.turn()).toBe(true);
  expect(tailed.suspect).toBe(true);
  await one.rest();
  one.write(one.line('three'));
  one.look(tailed);
  await one.rest();
  expect(one.messages).toEqual(['one', `<gap truncated ${lost}>`, 'three']);
  // It was told once, and is no loss of any other kind when the file is done with.
  one.follow();
  await one.rest();
  expect(tailed.done).toBe(true);
  expect(one.outcome.lost.map(({ reason, bytes }) => [reason, bytes])).toEqual([['truncated', lost]]);
  expect(one.outcome.gaps[0]).toMatchObject({ reason: 'truncated', bytes: lost, offset: first });
});

test('cut within what is not read yet: what is left of that is read, and only the rest is lost', async () => {
  const one = new Turns();
  one.write(one.line('one'));
  const tailed = one.open();
  await one.rest();
  one.write(one.line('two'));
  const { size } = fs.statSync(one.path());
  const lost = one.write(one.line('three')).length;
  one.look(tailed);
  fs.truncateSync(one.path(), size);
  one.look(tailed);
  await one.rest();
  one.follow();
  await one.rest();
  expect(one.messages.filter((each) => !each.startsWith('<gap'))).toEqual(['one', 'two', 'the next file']);
  expect(one.outcome.lost.map(({ reason, bytes }) => [reason, bytes])).toEqual([['truncated', lost]]);
});

test('cut twice before its turn comes: read on from where it was shortest', async () => {
  const one = new Turns();
  const first = one.write(one.line('one')).length;
  one.write(one.line('two') + one.line('three'));
  const tailed = one.open();
  await one.rest();
  fs.truncateSync(one.path(), first);
  one.look(tailed);
  settleSuspicion(one.chain, tailed, Date.now());
  one.write(one.line('four'));
  const second = fs.statSync(one.path()).size;
  one.write(one.line('five'));
  one.look(tailed);
  fs.truncateSync(one.path(), second);
  one.look(tailed);
  settleSuspicion(one.chain, tailed, Date.now());
  await one.rest();
  expect(one.messages.filter((each) => !each.startsWith('<gap'))).toEqual(['one', 'two', 'three', 'four']);
});

test('cut again and again: every loss is counted', async () => {
  const one = new Turns();
  const first = one.write(one.line('one')).length;
  const tailed = one.open();
  await one.rest();
  const lost: number[] = [];
  for (const messages of [['a', 'b'], ['c'], ['d', 'e', 'f']]) {
    lost.push(messages.reduce((sum, each) => sum + one.write(one.line(each)).length, 0));
    one.look(tailed);
    fs.truncateSync(one.path(), first);
    one.look(tailed);
    await one.rest();
  }
  expect(one.outcome.lost.map(({ bytes }) => bytes)).toEqual(lost);
  expect(one.outcome.gaps.map(({ bytes }) => bytes)).toEqual(lost);
});

test('cut below what a former process had acknowledged: what is written there now is not skipped', async () => {
  const before = new Turns();
  const first = before.write(before.line('one')).length;
  before.write(before.line('two'));
  before.open();
  await before.rest();
  const one = new Turns({ saved: [...before.outcome.saved.values()] });
  fs.copyFileSync(before.path(), one.path());
  const tailed = one.open();
  await one.rest();
  expect(tailed.source!.resume.out).toBeGreaterThan(first);
  fs.truncateSync(one.path(), first);
  one.look(tailed);
  await one.rest();
  expect(tailed.source!.resume).toEqual({ out: first, err: first, time: '' });
});

test('cut within a line longer than the buffer: nothing of that line is still expected', async () => {
  const one = new Turns({ bufferBytes: 2048 });
  const first = one.write(one.line('one')).length;
  one.write(one.line('x'.repeat(5000)));
  const tailed = one.open();
  for (let i = 0; i < 3; i++) await one.turn();
  expect(tailed.cursor.midLine).toBe(true);
  fs.truncateSync(one.path(), first);
  one.look(tailed);
  await one.rest();
  expect(tailed).toMatchObject({ cursor: { midLine: false, read: first } });
  one.follow();
  await one.rest();
  expect(one.outcome.pieces.filter((each) => each.end === 0)).toEqual([]);
});

test('truncated within the time of its first line: too little to take the next line for its copy', async () => {
  for (const [piece, lost] of [
    ['2026-', [5]],
    ['2026-11-20T01:00:00Z stdout F ', []],
  ] as const) {
    const one = new Turns();
    one.write(piece);
    const tailed = one.open();
    await one.rest();
    fs.truncateSync(one.path(), 0);
    one.look(tailed);
    await one.turn();
    one.write(one.line('one'));
    one.look(one.chain.files[1]!);
    await one.rest();
    expect(one.messages.at(-1)).toBe('one');
    expect(one.outcome.lost.map(({ bytes }) => bytes)).toEqual(lost);
  }
});

/* ---- at its end ---- */

test('truncated and written anew while it is finished: bytes of two generations never mix', async () => {
  const one = new Turns();
  one.write(one.line('one'));
  const half = one.write(one.line('never fin').slice(0, -1)).length;
  const tailed = one.open();
  one.follow();
  for (let i = 0; i < 2; i++) await one.turn();
  expect([one.messages, tailed.done]).toEqual([['one'], false]);
  const { size } = fs.statSync(one.path());
  const anew = 'n'.repeat(size - one.line('').length);
  fs.writeFileSync(one.path(), one.line(anew));
  expect(await one.turn()).toBe(true);
  expect([tailed.done, tailed.suspect]).toEqual([false, true]);
  await one.rest();
  expect(one.messages).toEqual(['one', `<gap truncated ${half}>`, anew, 'the next file']);
});

test('a file that grows while it is finished is read on', async () => {
  const one = new Turns({ bufferBytes: 2048 });
  const half = one.line('half a line');
  one.write(one.line('one') + half.slice(0, -5));
  const tailed = one.open();
  one.follow();
  for (let i = 0; i < 2; i++) await one.turn();
  expect([one.messages, tailed.cursor.read < tailed.cursor.looked]).toEqual([['one'], true]);
  const more = Array.from({ length: 50 }, (_, i) => `${i} ${'y'.repeat(100)}`);
  one.write(half.slice(-5) + more.map((each) => one.line(each)).join(''));
  await one.rest();
  expect(one.messages).toEqual(['one', 'half a line', ...more, 'the next file']);
  expect(one.outcome.pieces.filter((each) => each.last)).toEqual([]);
});

test('an unterminated line that ends with the buffer is told to be complete, plain and compressed', async () => {
  for (const name of [OLDEST, `${OLDEST}.gz`]) {
    const one = new Turns({ bufferBytes: 2048 });
    const text = one.line('x'.repeat(9000)).slice(0, 2 * 2048);
    fs.writeFileSync(one.path(name), name.endsWith('.gz') ? gzipSync(text) : text);
    one.open(name);
    one.follow();
    await one.rest();
    expect(one.messages.at(-1)).toBe('the next file');
    const pieces = one.outcome.pieces.slice(0, -1).map(({ at, end, goesOn, last }) => ({ at, end, goesOn, last }));
    expect(pieces).toEqual([
      { at: 0, end: 2048, goesOn: true, last: false },
      { at: 2048, end: 2048, goesOn: true, last: false },
      { at: 4096, end: 0, goesOn: false, last: true },
    ]);
  }
});

test('a line longer than the buffer whose file is gone: it is told to be complete before the loss', async () => {
  const one = new Turns({ bufferBytes: 2048 });
  one.write(one.line('x'.repeat(5000)));
  const tailed = one.open();
  for (let i = 0; i < 2; i++) await one.turn();
  expect(tailed.cursor.midLine).toBe(true);
  const { size } = fs.statSync(one.path());
  abandonFile(one.chain, tailed, 'over_cap');
  await one.rest();
  expect(one.outcome.pieces.at(-1)).toMatchObject({ at: 2048, end: 0, goesOn: false, last: true });
  expect(one.outcome.gaps).toMatchObject([{ offset: 2048, bytes: size - 2048, reason: 'over_cap' }]);
  expect(tailed).toMatchObject({ done: true, cursor: { read: size, looked: size } });
});

test('a scan takes the file from a tailed file before it is identified: there is nothing to identify any more', async () => {
  let strike = (): void => undefined;
  const one = new Turns({
    turn: { origin: { scan: () => Promise.resolve(), refresh: () => Promise.resolve(strike()) } },
  });
  const piece = one.write('2026-11-20T01:00:00Z stdout F half a li');
  const tailed = one.open();
  expect(tailed.source).toBeUndefined();
  one.write('ne\n');
  one.look(tailed);
  strike = () => {
    strike = () => undefined;
    abandonFile(one.chain, tailed, 'truncated');
  };
  await one.turn();
  await one.rest();
  expect(one.outcome.lost).toMatchObject([{ reason: 'truncated', bytes: piece.length + 3 }]);
});

test('a look sees the first line while a read that began before it finds none: that is no truncation', async () => {
  let strike: (() => void) | undefined;
  const read = (...args: unknown[]): void => {
    const done = args.pop() as (...result: unknown[]) => void;
    (fs.read as (...args: unknown[]) => void)(...args, (...result: unknown[]) => {
      strike?.();
      done(...result);
    });
  };
  const one = new Turns({ fs: { read: read as typeof fs.read } });
  one.write('');
  const tailed = one.open();
  strike = () => {
    strike = undefined;
    one.write(one.line('one'));
    one.look(tailed);
  };
  await one.identify(tailed);
  expect([tailed.suspect, tailed.source]).toEqual([false, undefined]);
  await one.rest();
  expect(one.chain.files).toHaveLength(1);
  expect(one.messages).toEqual(['one']);
});
