import { describe, expect, it } from 'vitest';
import { Backoff } from '../../src/kube/backoff.ts';

describe('waiting before the next try', () => {
  it('goes from 0.8 s to 30 s, with jitter', () => {
    const low = new Backoff(() => 0);
    const high = new Backoff(() => 0.999999);
    const lows = Array.from({ length: 100 }, () => low.next());
    const highs = Array.from({ length: 100 }, () => Math.round(high.next()));
    expect(lows.slice(0, 6)).toEqual([800, 1600, 3200, 6400, 12_800, 15_000]);
    expect(highs.slice(0, 6)).toEqual([1600, 3200, 6400, 12_800, 25_600, 30_000]);
    expect(Math.max(...highs)).toBe(30_000);
    low.reset();
    expect(low.next()).toBe(800);
  });
});
