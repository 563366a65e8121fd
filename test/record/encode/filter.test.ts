/** What a sample keeps. */
import { expect, test } from 'vitest';
import { sampleHash } from '../../../src/record/encode/filter.ts';

test('a sample is even and the same every time', () => {
  let kept = 0;
  for (let i = 0; i < 10_000; i++) {
    const hash = sampleHash('abcdefghijkl', 106995, i * 3, i * 201);
    expect(hash).toBe(sampleHash('abcdefghijkl', 106995, i * 3, i * 201));
    expect(hash).toBeGreaterThanOrEqual(0);
    if (hash % 10 === 0) kept++;
  }
  expect(kept).toBeGreaterThan(850);
  expect(kept).toBeLessThan(1150);
});
