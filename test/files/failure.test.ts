/** Reads that fail: what is tried again, what is given up, and how much is said to be lost with it. */
import * as fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { abandonFile } from '../../src/files/tail/truncation.ts';
import type { Saved } from '../../src/types.ts';
import { OLDEST, Turns } from './tail/turns.ts';

type Done = (error: Error | null, bytes: number) => void;

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: made to fail`), { code });
}

/** `fs.read` that fails when `code` answers one. */
function failing(code: () => string | undefined): typeof fs.read {
  return ((...args: unknown[]) => {
    const fails = code();
    if (fails === undefined) (fs.read as (...args: unknown[]) => void)(...args);
    else setImmediate(() => (args.at(-1) as Done)(failure(fails), 0));
  }) as typeof fs.read;
}

test('a disk that fails for long: tried again, less and less often, then closed, and all there is counted', async () => {
  let [fails, now] = [false, Date.now()];
  const one = new Turns({
    fs: { read: failing(() => (fails ? 'EIO' : undefined)) },
    turn: { now: () => now },
  });
  one.write(one.line('one'));
  const tailed = one.open();
  await one.rest();
  const file = tailed.file!;
  fails = true;
  let unread = one.write(one.line('two')).length;
  one.look(tailed);
  const waits: number[] = [];
  while (!tailed.done) {
    await one.turn();
    expect(await one.turn(), 'not before it is time').toBe(false);
    waits.push(tailed.retries.at - now);
    // By now nothing can be seen of it any more.
    if (waits.length === 3) unread += one.write(one.line('three')).length;
    now = tailed.retries.at;
  }
  expect(waits.slice(0, 7)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  const minutes = waits.reduce((a, b) => a + b) / 60_000;
  expect(minutes).toBeGreaterThan(4.5);
  expect(minutes).toBeLessThan(5.5);
  fails = false;
  expect(await file.read(Buffer.alloc(10), 0), 'it is closed').toBe(0);
  expect(one.outcome.lost.map(({ reason, bytes }) => [reason, bytes])).toEqual([['unreadable', unread]]);
  expect(one.outcome.gaps).toMatchObject([{ reason: 'unreadable', bytes: unread }]);
  expect(one.chain.known.get(file.id)).toMatchObject({ tailed, size: fs.statSync(one.path()).size });
});

test('a descriptor that is none is our own mistake', async () => {
  const one = new Turns({ fs: { read: failing(() => 'EBADF') } });
  one.write(one.line('one'));
  one.open();
  await expect(one.turn()).rejects.toThrow('EBADF');
});

test('a read that fails once nobody wants the file any more is no failure', async () => {
  const one = new Turns({
    fs: {
      read: failing(() => {
        one.turns.close(tailed.file!);
        abandonFile(one.chain, tailed, 'over_cap');
        return 'EIO';
      }),
    },
  });
  one.write(one.line('one'));
  const tailed = one.open();
  expect(await one.turn()).toBe(true);
  expect(tailed).toMatchObject({ retries: { failures: 0, trouble: '' }, done: false });
  expect(one.outcome.said).toEqual([]);
});

/** What is said to be lost with a compressed file that was cut, and whose last four bytes are these. */
async function cut(trailer: number[], saved: readonly Saved[] = []) {
  const one = new Turns({ saved });
  const text = Array.from({ length: 1000 }, (_, i) => `2026-11-20T01:00:00Z stdout F ${i * 7919} ${i ** 3}\n`).join('');
  const packed = gzipSync(text);
  const half = packed.subarray(0, packed.length >> 1);
  fs.writeFileSync(one.path(`${OLDEST}.gz`), Buffer.concat([half, Buffer.from(trailer)]));
  const tailed = one.open(`${OLDEST}.gz`);
  await one.rest();
  expect(tailed).toMatchObject({ done: true, file: undefined });
  const got = one.messages.filter((each) => !each.startsWith('<gap'));
  return { one, text, tailed, got, lost: one.outcome.lost.map(({ bytes }) => bytes) };
}

test('the trailer of a compressed file that was cut is no size: something is missing, nobody knows how much', async () => {
  for (const trailer of [
    [0xff, 0xff, 0xff, 0x7f],
    [0, 0, 0, 0],
  ]) {
    const { one, tailed, got, lost } = await cut(trailer);
    expect(got.length).toBeGreaterThan(100);
    expect(lost).toEqual([1]);
    expect(one.outcome.gaps).toMatchObject([{ reason: 'unreadable', bytes: 1 }]);
    // Nor is it one for the process that finds the file gone.
    expect(tailed.source!.size).toBe(tailed.cursor.read);
  }
});

test('what is missing of a compressed file that was cut is told once, not by every process', async () => {
  const { one, got, lost } = await cut([0, 0, 0, 0]);
  expect([got.length > 100, lost]).toEqual([true, [1]]);
  const again = await cut([0, 0, 0, 0], [...one.outcome.saved.values()]);
  expect([again.got, again.lost]).toEqual([[], []]);
});
