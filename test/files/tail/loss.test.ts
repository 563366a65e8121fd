/** What a loss says: how much, in words too, when, and of which file. */
import { expect, test } from 'vitest';
import { fingerprint } from '../../../src/files/tail/head.ts';
import { countAhead, tellLoss } from '../../../src/files/tail/loss.ts';
import { abandonFile } from '../../../src/files/tail/truncation.ts';
import { Turns } from './turns.ts';

/** A log of which one line was read and the next was not; it is to be lost. */
async function halfRead() {
  const one = new Turns();
  const length = one.write(one.line('one')).length;
  const tailed = one.open();
  await one.rest();
  const unread = one.write(one.line('two')).length;
  one.look(tailed);
  return { one, tailed, length, unread };
}

test('in words', async () => {
  for (const [bytes, words] of [
    [1, '1 byte of'],
    [2, '2 bytes of'],
    [999, '999 bytes of'],
    [1000, '1.0 kB of'],
    [4242, '4.2 kB of'],
    [17_000, '17 kB of'],
    [999_400, '999 kB of'],
    [999_600, '1.0 MB of'],
    [4_200_000_000, '4.2 GB of'],
    [5e15, '5000 TB of'],
  ] as const) {
    const { one, tailed } = await halfRead();
    await tellLoss(one.turns, tailed, bytes);
    expect(one.outcome.gaps[0]!.message.slice(0, words.length)).toBe(words);
  }
});

test('dated by the last line that is acknowledged, else by the first line of the file', async () => {
  for (const [time, expected] of [
    ['2026-11-20T01:00:30Z', '2026-11-20T01:00:30Z'],
    ['', '2026-11-20T01:00:00Z'],
  ] as const) {
    const { one, tailed, length } = await halfRead();
    tailed.source!.committed = { out: length, err: length, time };
    await tellLoss(one.turns, tailed, 10);
    expect(one.outcome.gaps[0]!.time).toBe(expected);
  }
});

test('of a file whose first line was never complete: it has an entry all the same, until that is acknowledged', async () => {
  const one = new Turns();
  const piece = '2026-11-20T01:00:00Z stdout F never fin';
  one.write(piece);
  const tailed = one.open();
  await one.rest();
  abandonFile(one.chain, tailed, 'truncated');
  one.outcome.settles = false;
  await one.rest();
  const { key } = one.chain.log;
  // The same whoever tells it.
  const print = fingerprint(one.chain.log, { bytes: piece });
  expect([...one.outcome.saved.values()]).toMatchObject([{ key, fingerprint: print, size: piece.length }]);
  expect(one.outcome.saved.get(print)!.position.out).toBe(0);
  expect(one.outcome.gaps).toMatchObject([{ bytes: piece.length, time: '2026-11-20T01:00:00Z' }]);
});

test('counted ahead: what a reader holds may yet arrive, and counts when it does not; nothing counts twice', async () => {
  const { one, tailed, length, unread } = await halfRead();
  const held = 10;
  tailed.cursor.handsOn(length + held);
  abandonFile(one.chain, tailed, 'over_cap');
  countAhead(one.turns, tailed);
  countAhead(one.turns, tailed);
  expect(one.outcome.lost.map(({ bytes }) => bytes)).toEqual([unread - held]);
  await one.rest();
  expect(one.outcome.lost.map(({ bytes }) => bytes)).toEqual([unread - held, held]);
  expect(one.outcome.gaps.map(({ bytes }) => bytes)).toEqual([unread]);
});
