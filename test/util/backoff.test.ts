import { expect, test } from 'vitest';
import { Backoff, fullJitter, pause, soon, tryAgain } from '../../src/util/backoff.ts';

const almost = (): number => 0.999_999;

test('doubles from half a second to half a minute, with full jitter', () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 7, 1000].map((attempt) => Math.round(fullJitter(attempt, almost)));
  expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  expect(fullJitter(5, () => 0)).toBe(0);
});

test('while nothing is taken it is tried again every 2 to 4 s', () => {
  expect([tryAgain(() => 0), Math.round(tryAgain(almost))]).toEqual([2000, 4000]);
});

test('a pause ends with the signal, and with its reason', async () => {
  const stop = new AbortController();
  const pausing = pause(1_000_000, stop.signal);
  stop.abort(new Error('time to go'));
  await expect(pausing).rejects.toThrow('time to go');
  await expect(pause(0, stop.signal)).rejects.toThrow('time to go');
  await pause(1, new AbortController().signal);
});

test('waiting before the API server is asked again goes from 0.8 s to 30 s, with jitter', () => {
  const low = new Backoff(() => 0);
  const high = new Backoff(almost);
  const lows = Array.from({ length: 100 }, () => low.next());
  const highs = Array.from({ length: 100 }, () => Math.round(high.next()));
  expect(lows.slice(0, 6)).toEqual([800, 1600, 3200, 6400, 12_800, 15_000]);
  expect(highs.slice(0, 6)).toEqual([1600, 3200, 6400, 12_800, 25_600, 30_000]);
  expect(Math.max(...highs)).toBe(30_000);
  low.reset();
  expect(low.next()).toBe(800);
});

test('where a try costs little it is soon repeated at first, and never later than 4 s', () => {
  expect([0, 1, 2, 3, 1000].map((attempt) => Math.round(soon(attempt, almost)))).toEqual([500, 1000, 2000, 4000, 4000]);
});
