import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { replaceFile } from '../../src/util/replace-file.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'podferry-'))));
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true, force: true });
});

/** What all file handles share. */
async function methods(): Promise<FileHandle> {
  const handle = await open(dir, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}

test('the new text is on the disk before it takes the place of the old one, and so is the change of names after it', async () => {
  writeFileSync(join(dir, 'f'), 'old');
  const proto = await methods();
  const sync = proto.sync;
  const seen: string[] = [];
  vi.spyOn(proto, 'sync').mockImplementation(async function (this: FileHandle) {
    seen.push(`${(await this.stat()).isDirectory() ? 'directory' : 'file'}, ${readFileSync(join(dir, 'f'), 'utf8')}`);
    await sync.call(this);
  });
  await replaceFile(dir, 'f', 'new');
  expect(seen).toEqual(['file, old', 'directory, new']);
  expect(readdirSync(dir)).toEqual(['f']);
});

test('what cannot be replaced stays, and nothing else is left behind', async () => {
  mkdirSync(join(dir, 'f'));
  await expect(replaceFile(dir, 'f', 'new')).rejects.toThrow('EISDIR');
  expect(readdirSync(dir)).toEqual(['f']);
  const proto = await methods();
  writeFileSync(join(dir, 'g'), 'old');
  vi.spyOn(proto, 'sync').mockRejectedValue(new Error('EIO: made to fail'));
  await expect(replaceFile(dir, 'g', 'new')).rejects.toThrow('EIO');
  expect(readFileSync(join(dir, 'g'), 'utf8')).toBe('old');
  expect(readdirSync(dir)).toEqual(['f', 'g']);
});

test('whatever lies under the temporary name does not keep it from being done, and is not waited for', async () => {
  execFileSync('mkfifo', [join(dir, 'f.tmp')]);
  symlinkSync('/dev/null', join(dir, 'g.tmp'));
  mkdirSync(join(dir, 'h.tmp', 'in it'), { recursive: true });
  for (const name of ['f', 'g', 'h']) {
    await replaceFile(dir, name, 'new');
    expect(readFileSync(join(dir, name), 'utf8')).toBe('new');
  }
  expect(readdirSync(dir)).toEqual(['f', 'g', 'h', 'h.tmp']);
});
