import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWithin, makeDirectory, notWritable, whyNoDirectory } from '../../src/util/directory.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-directory-'));
  mkdirSync(join(dir, 'pods', 'deep'), { recursive: true });
  writeFileSync(join(dir, 'file'), '');
  symlinkSync(join(dir, 'pods'), join(dir, 'link'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('one directory in another', () => {
  test.each([
    ['pods', 'pods', true],
    ['pods/deep', 'pods', true],
    ['pods/not/there/yet', 'pods', true],
    ['link/new', 'pods', true],
    ['pods/deep', 'link', true],
    ['pods-of-others', 'pods', false],
    ['pods/..others', 'pods', true],
    ['', 'pods', false],
    ['other', 'pods', false],
    ['pods', 'not/there', false],
  ])('%s in %s: %s', (path, parent, is) => expect(isWithin(join(dir, path), join(dir, parent))).toBe(is));

  test('everything is in the root', () => expect(isWithin(dir, '/')).toBe(true));
});

test('what is missing is made, for its owner alone', () => {
  makeDirectory(join(dir, 'new', 'er'));
  expect([join(dir, 'new'), join(dir, 'new', 'er')].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o700]);
  makeDirectory(join(dir, 'new', 'er'));
});

test('what cannot be made is told by the error of the system, at once', () => {
  expect(() => makeDirectory('/proc/podferry/deep')).toThrow('ENOENT');
  expect(() => makeDirectory(join(dir, 'file', 'deep'))).toThrow('ENOTDIR');
});

test('whether it can be written to is tried and leaves nothing', () => {
  expect(notWritable(join(dir, 'not', 'made'), { make: false })).toBeUndefined();
  expect(existsSync(join(dir, 'not'))).toBe(false);
  expect(notWritable(join(dir, 'made', 'now'), { make: true })).toBeUndefined();
  expect(existsSync(join(dir, 'made', 'now'))).toBe(true);
  expect(notWritable(join(dir, 'file'), { make: true })).toMatch(/cannot be used \(.*file is not a directory\)$/);
  expect(notWritable('/proc/podferry', { make: true })).toBe(
    '/proc/podferry cannot be made or written to (ENOENT in /proc)',
  );
});

test('what is no directory', () => {
  expect(['pods', 'link', 'file', 'none'].map((each) => whyNoDirectory(join(dir, each)))).toEqual([
    undefined,
    undefined,
    'ENOTDIR',
    'ENOENT',
  ]);
});
