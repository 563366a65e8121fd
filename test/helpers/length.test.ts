// A test that has a short and a full length runs at both: it would be a loss nobody notices if one were left out.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { MODELS } from '../../vitest.config.ts';
import { length } from './length.ts';

test('what has a length of its own is listed for the slow suite, and what is listed exists', () => {
  for (const path of MODELS) expect(existsSync(path), path).toBe(true);
  const tests = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  const paths = tests.map((name) => join('test', name)).filter((path) => path !== 'test/helpers/length.test.ts');
  expect(paths.filter((path) => readFileSync(path, 'utf8').includes('helpers/length.ts')).sort()).toEqual(
    [...MODELS].sort(),
  );
});

test('short in the parts, as long as a variable says, and full in the slow suite', () => {
  vi.stubEnv('PODFERRY_TEST_LENGTH', undefined);
  expect(length(3, 50, 'PODFERRY_SOME_LENGTH')).toBe(3);
  vi.stubEnv('PODFERRY_TEST_LENGTH', 'full');
  expect(length(3, 50, 'PODFERRY_SOME_LENGTH')).toBe(50);
  vi.stubEnv('PODFERRY_SOME_LENGTH', '7');
  expect(length(3, 50, 'PODFERRY_SOME_LENGTH')).toBe(7);
  vi.unstubAllEnvs();
});
