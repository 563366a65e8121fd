import { expect, test } from 'vitest';
import { SmallTries } from '../../../src/sinks/elasticsearch/small-tries.ts';

const MiB = 1024 * 1024;

test('a request is as large as it likes while nothing is wrong', () => {
  const tries = new SmallTries();
  tries.taken(4 * MiB);
  expect([tries.bytes, tries.areOn]).toEqual([Infinity, false]);
});

test('after a dozen refusals there is room for one document only, and after a dozen successes for a batch', () => {
  const tries = new SmallTries();
  let length = 4 * MiB;
  for (let i = 0; i < 12; i++) {
    tries.refused(length);
    length = Math.max(1, Math.min(length, tries.bytes));
  }
  expect([tries.bytes, tries.areOn]).toEqual([0, true]);
  let most = 1300;
  for (let i = 0; i < 12; i++) {
    tries.taken(most);
    most = Math.min(tries.bytes, 4 * MiB);
  }
  expect(tries.areOn).toBe(false);
});

test('a small rest of a batch that is refused does not make tries larger, nor one that is taken smaller', () => {
  const tries = new SmallTries();
  tries.refused(400);
  tries.refused(4 * MiB);
  expect(tries.bytes).toBe(25);
  tries.taken(1000);
  tries.taken(10);
  expect(tries.bytes).toBe(16_000);
});
