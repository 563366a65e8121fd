import { describe, expect, test } from 'vitest';
import { Concurrency } from '../../../src/sinks/elasticsearch/concurrency.ts';
import type { ItemVerdict, Verdict } from '../../../src/sinks/elasticsearch/verdict.ts';

const STORED: Verdict = { kind: 'stored' };
const again = (reason: string): Verdict => ({ kind: 'again', reason, detail: '' });
const HELD: Verdict = { kind: 'hold', blocker: 'disk_full', detail: '' };
const item = {
  stored: { kind: 'stored' },
  duplicate: { kind: 'duplicate' },
  rejected: { kind: 'rejected', refusal: { status: 400, type: '', reason: '' } },
  again: (status: number): ItemVerdict => ({
    kind: 'again',
    reason: `item_${status}`,
    detail: '',
    refusal: { status, type: '', reason: '' },
  }),
  hold: { kind: 'hold', blocker: 'write_block', detail: '' },
} as const;
const items = (...verdicts: ItemVerdict[]): Verdict => ({ kind: 'items', items: verdicts });

/** The limit after each of the answers to requests that are sent one after the other. */
function limits(most: number, verdicts: readonly Verdict[]): number[] {
  const concurrency = new Concurrency(most);
  return verdicts.map((verdict) => {
    concurrency.learn(verdict, concurrency.round);
    return concurrency.limit;
  });
}
const times = (n: number, verdict: Verdict): Verdict[] => Array.from({ length: n }, () => verdict);

test('what was configured is sent at a time until the server has too much to do', () => {
  expect(limits(8, times(20, STORED))).toEqual(times(20, STORED).map(() => 8));
});

test('half as many each time, one at least', () => {
  expect(limits(10, times(5, again('http_429')))).toEqual([5, 2, 1, 1, 1]);
});

test('one more after as many successes as may be on their way, up to what was configured', () => {
  const cut = times(3, again('http_429'));
  expect(limits(4, [...cut, ...times(9, STORED)])).toEqual([2, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4]);
});

test('a cut begins the round of successes anew', () => {
  const verdicts = [again('http_429'), STORED, again('http_429'), STORED, STORED, STORED];
  expect(limits(8, verdicts)).toEqual([4, 4, 2, 2, 3, 3]);
});

test('those that were sent before a cut tell nothing new, neither good nor bad', () => {
  const concurrency = new Concurrency(8);
  const { round } = concurrency;
  for (let i = 0; i < 8; i++) concurrency.learn(again('http_429'), round);
  expect(concurrency.limit).toBe(4);
  for (let i = 0; i < 8; i++) concurrency.learn(STORED, round);
  expect(concurrency.limit).toBe(4);
});

describe('what cuts, what raises, and what says nothing about load', () => {
  test.each<[string, Verdict, number]>([
    ['429', again('http_429'), 2],
    ['no answer in time', again('timeout'), 2],
    ['408', again('http_408'), 2],
    ['504', again('http_504'), 2],
    ['one item of 429', items(item.stored, item.again(429), item.rejected), 2],
    ['all items of 429', items(item.again(429)), 2],
    ['connection refused or reset', again('connection'), 4],
    ['500', again('http_500'), 4],
    ['502', again('http_502'), 4],
    ['503', again('http_503'), 4],
    ['an answer that cannot be read', again('unreadable'), 4],
    ['a full disk', HELD, 4],
    ['items that are all held', items(item.hold), 4],
    ['items of 503 only', items(item.again(503)), 4],
    ['413', { kind: 'too_large' }, 4],
    ['a body that cannot be read', { kind: 'malformed', refusal: { status: 400, type: '', reason: '' } }, 4],
    ['all stored', STORED, 5],
    ['all stored before', items(item.duplicate), 5],
    ['all rejected', items(item.rejected), 5],
    ['some stored, some of 503', items(item.stored, item.again(503)), 5],
  ])('%s', (_, verdict, after) => {
    const concurrency = new Concurrency(8);
    concurrency.learn(again('http_429'), concurrency.round);
    expect(concurrency.limit).toBe(4);
    for (let i = 0; i < 3; i++) concurrency.learn(STORED, concurrency.round);
    concurrency.learn(verdict, concurrency.round);
    expect(concurrency.limit).toBe(after);
  });
});
