import { expect, test } from 'vitest';
import { retryAfterMs } from '../../src/util/retry-after.ts';

test.each<[string | undefined, number]>([
  [undefined, 0],
  ['3', 3000],
  [' 3 ', 3000],
  ['0', 0],
  ['86400', 300_000],
  ['Fri, 20 Nov 2026 01:02:13 GMT', 10_000],
  ['Fri, 20 Nov 2026 01:00:00 GMT', 0],
  ['Fri, 20 Nov 2099 01:00:00 GMT', 300_000],
  ['soon', 0],
  ['-5', 0],
  ['', 0],
  ['99999999', 300_000],
])('Retry-After: %s', (header, ms) => {
  expect(retryAfterMs(header, Date.parse('2026-11-20T01:02:03Z'))).toBe(ms);
});
