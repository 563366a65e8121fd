import { expect, it } from 'vitest';
import { cureOf } from '../../src/util/causes.ts';

it.each([
  ['ENOSPC', /disk is full: make room/],
  ['EDQUOT', /quota/],
  ['EFBIG', /ulimit -f/],
  ['EMFILE', /limit of open files.*ulimit -n, LimitNOFILE/],
  ['ENFILE', /fs\.file-max/],
  ['ENOMEM', /memory/],
  ['EACCES', /permission.*DAC_READ_SEARCH.*state\.dir/],
  ['EPERM', /permission/],
  ['EROFS', /read-only/],
  ['ENOENT', /not mounted/],
  ['EISDIR', /move it away/],
  ['ENOTDIR', /move it away/],
  ['ELOOP', /move it away/],
  ['EIO', /dmesg/],
])('%s: its usual cause and the cure, to follow "Usually "', (code, words) => {
  expect(cureOf(code)).toMatch(words);
  expect(cureOf(code)).toMatch(/^[a-z].*: .*[^.]$/);
});

it('what is not in the table is answered by the caller, or by the disk', () => {
  expect(cureOf('EWHATEVER', 'the moon is full')).toBe('the moon is full');
  expect(cureOf('ENOSPC', 'the moon is full')).toMatch(/disk is full/);
  expect(cureOf(undefined)).toBe(cureOf('EIO'));
});
