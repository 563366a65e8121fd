import { expect, test } from 'vitest';
import { fullJitter, pause, slow } from '../../src/sinks/backoff.ts';

const almost = (): number => 0.999_999;

test('doubles from half a second to half a minute, with full jitter', () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 7, 1000].map((attempt) => Math.round(fullJitter(attempt, almost)));
  expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  expect(fullJitter(5, () => 0)).toBe(0);
});

test('slow is 15 to 30 s', () => {
  expect([slow(() => 0), Math.round(slow(almost))]).toEqual([15_000, 30_000]);
});

test('a pause ends with the signal, and with its reason', async () => {
  const stop = new AbortController();
  const pausing = pause(1_000_000, stop.signal);
  stop.abort(new Error('time to go'));
  await expect(pausing).rejects.toThrow('time to go');
  await expect(pause(0, stop.signal)).rejects.toThrow('time to go');
  await pause(1, new AbortController().signal);
});
