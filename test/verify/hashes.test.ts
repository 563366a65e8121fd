import { expect, test } from 'vitest';
import { Hashes } from '../../src/verify/hashes.ts';

test('knows what was added, and nothing else, however much it grows', () => {
  const set = new Hashes();
  for (let i = 0; i < 20_000; i++) expect(set.add(`text ${i}`)).toBe(true);
  for (let i = 0; i < 20_000; i++) if (!set.has(`text ${i}`)) throw new Error(`text ${i} is not known`);
  for (let i = 20_000; i < 40_000; i++) if (set.has(`text ${i}`)) throw new Error(`text ${i} is known`);
  expect(set.add('text 7')).toBe(false);
  expect(set.size).toBe(20_000);
});
