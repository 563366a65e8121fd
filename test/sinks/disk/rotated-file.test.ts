import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RotatedFile, type RotatedFileOptions } from '../../../src/sinks/disk/rotated-file.ts';
import { fileMethods, fullDiskOnce } from '../../helpers/disk.ts';

let root: string;
let dir: string;
let file: RotatedFile;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'podferry-rotated-'));
  dir = join(root, 'made', 'on', 'demand');
  file = rotated();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await file.close();
  rmSync(root, { recursive: true, force: true });
});

function rotated(options: Partial<RotatedFileOptions> = {}): RotatedFile {
  return new RotatedFile({ dir, name: 'lines', maxBytes: 20, maxFiles: 3, followsDir: false, ...options });
}

const append = (text: string): Promise<void> => file.append(Buffer.from(text));
const read = (name = 'lines'): string => readFileSync(join(dir, name), 'utf8');
const all = (): Record<string, string> => Object.fromEntries(readdirSync(dir).map((name) => [name, read(name)]));

test('the directory and the files are for their owner alone', async () => {
  await append('one\n');
  expect([dir, file.path].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
});

test('lines that do not fit begin a new file, and the oldest file goes', async () => {
  for (let n = 1; n <= 7; n++) await append(`line no ${n}\n`);
  expect(all()).toEqual({
    'lines.2': 'line no 3\nline no 4\n',
    'lines.1': 'line no 5\nline no 6\n',
    lines: 'line no 7\n',
  });
});

test('a power cut finds every line that counts: the names of new and of rotated files are on disk by then', async () => {
  const names = (): [string, number][] => readdirSync(dir).map((name) => [name, statSync(join(dir, name)).ino]);
  const methods = await fileMethods();
  const { sync } = methods;
  let onDisk: ReturnType<typeof names> = [];
  vi.spyOn(methods, 'sync').mockImplementation(async function (this: FileHandle) {
    await sync.call(this);
    if ((await this.stat()).isDirectory()) onDisk = names();
  });
  for (let n = 1; n <= 7; n++) {
    await append(`line no ${n}\n`);
    expect(onDisk).toEqual(names());
  }
});

test('a single append is never cut, however large', async () => {
  await append('small\n');
  await append(`${'x'.repeat(50)}\n`);
  await append('after\n');
  expect(all()).toEqual({ 'lines.2': 'small\n', 'lines.1': `${'x'.repeat(50)}\n`, lines: 'after\n' });
});

test('a rotation that a crash cut short goes on without giving up more than it must', async () => {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'lines'), '0123456789abcde\n');
  // .1 was renamed to .2, and nothing to .1 yet.
  writeFileSync(join(dir, 'lines.2'), 'oldest\n');
  await append('the newest\n');
  expect(all()).toEqual({ 'lines.2': 'oldest\n', 'lines.1': '0123456789abcde\n', lines: 'the newest\n' });
});

test('a new process goes on where the last one was killed in the middle of a line', async () => {
  await append('one\n');
  await file.close();
  appendFileSync(file.path, 'half a li');
  file = rotated({ maxBytes: 1000 });
  await append('two\n');
  expect(read()).toBe('one\ntwo\n');
});

test('half a line longer than what is read at once, and nothing before it', async () => {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'lines'), 'x'.repeat(200_000));
  await append('one\n');
  expect(read()).toBe('one\n');
});

describe('a write that failed halfway', () => {
  test('leaves neither half a line nor whole ones behind it', async () => {
    await append('one\n');
    await fullDiskOnce();
    await expect(append('two\nthree\nfour\n')).rejects.toThrow('ENOSPC');
    expect(read()).toBe('one\n');
    await append('two\nthree\n');
    expect(read()).toBe('one\ntwo\nthree\n');
  });

  test('is cut off later where the disk does not even let us do that', async () => {
    await append('one\n');
    await fullDiskOnce();
    vi.spyOn(await fileMethods(), 'truncate').mockRejectedValueOnce(Object.assign(new Error('EIO'), { code: 'EIO' }));
    await expect(append('two\nthree\nfour\n')).rejects.toThrow('ENOSPC');
    expect(read()).toBe('one\ntwo\nthr');
    await append('two\n');
    expect(read()).toBe('one\ntwo\n');
  });

  test('counts as nothing when only the sync failed', async () => {
    vi.spyOn(await fileMethods(), 'datasync').mockRejectedValueOnce(Object.assign(new Error('EIO'), { code: 'EIO' }));
    await expect(append('one\n')).rejects.toThrow('EIO');
    await append('one\n');
    expect(read()).toBe('one\n');
  });
});

describe('while it is open', () => {
  test('somebody takes it away in the middle of a write: what was written then is in the new file too', async () => {
    await append('one\n');
    vi.spyOn(await fileMethods(), 'datasync').mockImplementationOnce(() => {
      renameSync(file.path, join(dir, 'taken'));
      return Promise.resolve();
    });
    await append('two\n');
    expect(all()).toEqual({ taken: 'one\ntwo\n', lines: 'two\n' });
  });

  test('its directory is deleted: a new one is made, and nothing goes to a file without a name', async () => {
    await append('one\n');
    rmSync(join(root, 'made'), { recursive: true });
    await append('two\n');
    expect(read()).toBe('two\n');
  });

  test('somebody moves it aside: a new one is begun', async () => {
    await append('one\n');
    renameSync(file.path, join(dir, 'aside'));
    await append('two\n');
    expect([read('aside'), read()]).toEqual(['one\n', 'two\n']);
  });

  test('somebody empties it: it has no hole', async () => {
    await append('one\n');
    writeFileSync(file.path, '');
    await append('two\n');
    expect(read()).toBe('two\n');
  });

  test('somebody else appends to it: his lines stay', async () => {
    await append('one\n');
    appendFileSync(file.path, 'his\n');
    await append('two\n');
    expect(read()).toBe('one\nhis\ntwo\n');
  });
});

describe('what lies in its place', () => {
  test.each<[string, (path: string) => void, string]>([
    ['a directory', (path) => mkdirSync(path), 'EISDIR'],
    ['a link to a file', (path) => symlinkSync('/etc/hostname', path), 'ELOOP'],
    ['a link to nothing', (path) => symlinkSync(join(root, 'nothing'), path), 'ELOOP'],
    ['a pipe', (path) => execFileSync('mkfifo', [path]), 'not a regular file'],
  ])('%s is refused', async (_, put, why) => {
    mkdirSync(dir, { recursive: true });
    put(join(dir, 'lines'));
    await expect(append('one\n')).rejects.toThrow(why);
    rmSync(join(dir, 'lines'), { recursive: true });
    await append('one\n');
    expect(read()).toBe('one\n');
  });

  test('a link in the place of the directory is refused, unless it may be followed', async () => {
    mkdirSync(join(root, 'elsewhere'));
    mkdirSync(join(root, 'made', 'on'), { recursive: true });
    symlinkSync(join(root, 'elsewhere'), dir);
    await expect(append('one\n')).rejects.toThrow('is a link');
    expect(readdirSync(join(root, 'elsewhere'))).toEqual([]);
    file = rotated({ followsDir: true });
    await append('one\n');
    expect(readdirSync(join(root, 'elsewhere'))).toEqual(['lines']);
  });

  test('a directory in the place of the oldest file stops the rotation, and the current file does not grow', async () => {
    for (const n of [1, 2, 3]) await append(`line no ${n}\n`);
    mkdirSync(join(dir, 'lines.2'));
    await append('line no 4\n');
    await expect(append('line no 5\n')).rejects.toThrow('EISDIR');
    expect([read('lines.1'), read()]).toEqual(['line no 1\nline no 2\n', 'line no 3\nline no 4\n']);
    rmSync(join(dir, 'lines.2'), { recursive: true });
    await append('line no 5\n');
    expect(all()).toEqual({
      'lines.2': 'line no 1\nline no 2\n',
      'lines.1': 'line no 3\nline no 4\n',
      lines: 'line no 5\n',
    });
  });
});

test('what larger bounds left is deleted, oldest first, and nothing else', async () => {
  mkdirSync(join(dir, 'lines.9'), { recursive: true });
  for (const n of ['', '.1', '.2', '.3', '.12', '.old', '.01'])
    writeFileSync(join(dir, `lines${n}`), `${'x'.repeat(14)}\n`);
  writeFileSync(join(dir, 'lines.1'), 'x'.repeat(40));
  await file.prune();
  expect(readdirSync(dir).toSorted()).toEqual(['lines', 'lines.01', 'lines.1', 'lines.9', 'lines.old']);
});
