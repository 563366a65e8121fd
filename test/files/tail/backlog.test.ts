import { expect, test } from 'vitest';
import { ageOf, backlogOf, openTailOf } from '../../../src/files/tail/backlog.ts';
import type { Chain } from '../../../src/files/tail/chain.ts';
import type { Position, Reach } from '../../../src/types.ts';

interface Given {
  /** Bytes in the file, and where a reader is. */
  readonly size?: number;
  readonly read?: number;
  readonly looked?: number;
  readonly inHand?: number;
  readonly midLine?: boolean;
  readonly done?: boolean;
  /** What is acknowledged of stdout and stderr; undefined: nobody knows yet who it is. */
  readonly committed?: [out: number, err: number] | undefined;
  readonly time?: string;
  /** What the record stage knows. */
  readonly reach?: Reach;
  readonly behindSince?: number;
}

function given(of: Given): [Chain, () => Reach | undefined] {
  const { size = 100, read = size, looked = read, inHand = 0, midLine = false, done = false, time = '' } = of;
  const committed: Position | undefined = 'committed' in of && of.committed ? at(of.committed, time) : undefined;
  const source = committed && { committed, size };
  const tailed = { size, source, done, isStale: false, suspect: false, cursor: { read, looked, inHand, midLine } };
  const chain = { admitted: 'read', behindSince: of.behindSince ?? 0, files: [tailed] } as unknown as Chain;
  return [chain, () => of.reach];
}

const at = ([out, err]: [number, number], time: string): Position => ({ out, err, time });

test.each<[string, Given, number, number]>([
  ['all is acknowledged', { committed: [100, 100] }, 0, 0],
  ['half is not read', { read: 50, committed: [50, 50] }, 50, 0],
  ['all is read and on its way', { committed: [0, 0] }, 100, 0],
  ['half is on its way, half not read', { read: 50, committed: [0, 0] }, 100, 0],
  ['a reader holds the unread half in its hand', { read: 50, looked: 100, inHand: 100, committed: [50, 50] }, 50, 0],
  ['the last line has no end', { read: 90, looked: 100, committed: [90, 90] }, 0, 10],
  ['it has one by now', { read: 90, looked: 95, committed: [90, 90] }, 10, 0],
  ['nobody knows the file, since its first line has no end', { size: 30, read: 0, looked: 30 }, 0, 30],
  ['nobody has looked at the file', { size: 30, read: 0, looked: 0 }, 30, 0],
  ['an open record holds stdout back', { committed: [40, 100], reach: { read: 100, out: 40, err: 100 } }, 0, 0],
  ['so, and stderr is on its way', { committed: [40, 70], reach: { read: 100, out: 40, err: 100 } }, 30, 0],
  [
    'a line longer than the buffer goes on',
    { midLine: true, committed: [40, 40], reach: { read: 40, out: 40, err: 40 } },
    0,
    0,
  ],
  ['a stretch told as lost is on its way', { committed: [40, 40], reach: { read: 40, out: 40, err: 40 } }, 60, 0],
  ['it is acknowledged', { committed: [100, 100], reach: { read: 40, out: 40, err: 40 } }, 0, 0],
  [
    'the record stage is ahead of a reader that waits for room',
    { read: 50, looked: 100, inHand: 100, committed: [50, 50], reach: { read: 80, out: 80, err: 80 } },
    50,
    0,
  ],
  ['it is done, with what was missing told', { read: 50, done: true, committed: [50, 50] }, 0, 0],
])('%s', (_, of, backlog, tail) => {
  const [chain, reachOf] = given(of);
  expect([backlogOf(chain, reachOf), openTailOf(chain)]).toEqual([backlog, tail]);
});

test.each<[string, Given, number]>([
  ['nothing waits', { committed: [100, 100], behindSince: 0 }, 0],
  ['it was acknowledged since the last look', { committed: [100, 100], behindSince: 4000 }, 0],
  ['for as long as it is known', { committed: [0, 0], behindSince: 4000 }, 6000],
  [
    'a log that is always written to is no older than what was acknowledged last',
    { committed: [50, 50], behindSince: 4000, time: '1970-01-01T00:00:09.500000000Z' },
    500,
  ],
  [
    'what was written after a quiet day is not a day old',
    { committed: [50, 50], behindSince: 9000, time: '1970-01-01T00:00:01Z' },
    1000,
  ],
])('age: %s', (_, of, age) => {
  const [chain, reachOf] = given(of);
  expect(ageOf(chain, reachOf, 10_000)).toBe(age);
});
