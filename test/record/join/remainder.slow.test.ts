/** The rest of a very long trace whose beginning is gone. */
import { expect, test } from 'vitest';
import { RecordRemainder } from '../../../src/record/join/remainder.ts';

test('the rest of a trace is as long as a trace may be, and no longer', () => {
  const long = new RecordRemainder();
  const taken = Array.from({ length: 100_500 }, () => long.takes('\tat a.b', 0));
  // The first of the lines is in the file that is gone.
  expect(taken.filter(Boolean)).toHaveLength(99_999);
});
