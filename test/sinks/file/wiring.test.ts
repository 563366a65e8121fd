import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockDirectory } from '../../../src/ship/lock.ts';
import { create, probe } from '../../../src/sinks/file/wiring.ts';
import { OperatorError } from '../../../src/util/errors.ts';
import { plainBatchOf, documents } from '../../helpers/bulk-batch.ts';
import { newSaid, type Said } from '../../helpers/said.ts';

const MiB = 1024 * 1024;
const isRoot = userInfo().uid === 0;

let root: string;
let dir: string;
let said: Said;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'podferry-file-'));
  dir = join(root, 'a', 'b');
  said = newSaid();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const config = (over: Partial<{ max_bytes: number; max_files: number }> = {}) => ({
  file: { dir, max_bytes: MiB, max_files: 3, ...over },
});

function start(over: Parameters<typeof config>[0] = {}, reads: readonly string[] = []) {
  return create(config(over), {
    ...{ acknowledged() {}, retried() {}, reads, largestBatch: MiB, log: said },
    lock: (at, lockedFor) => lockDirectory(at, lockedFor, said),
  });
}

/** The sentence of an operator's mistake, with the directory of the test taken out. */
async function mistake(starting: Promise<unknown>): Promise<string> {
  const error = await starting.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(OperatorError);
  return (error as Error).message.replaceAll(root, 'ROOT');
}

describe('a start', () => {
  test('makes the directory for its owner alone, writes, and leaves nothing but documents', async () => {
    const sink = await start();
    await sink.send(plainBatchOf(documents(2)), new AbortController().signal);
    await sink.close();
    expect(readdirSync(dir)).toEqual(['documents.ndjson']);
    expect([join(root, 'a'), dir].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  });

  test('with fewer files than before deletes the others, and with a half line cuts it off', async () => {
    mkdirSync(dir, { recursive: true });
    for (const n of ['', '.1', '.2', '.3', '.10']) writeFileSync(join(dir, `documents.ndjson${n}`), '{}\n{"half');
    await (await start()).close();
    expect(readdirSync(dir).toSorted()).toEqual(['documents.ndjson', 'documents.ndjson.1', 'documents.ndjson.2']);
    expect(readFileSync(join(dir, 'documents.ndjson'), 'utf8')).toBe('{}\n');
  });

  test('is refused while another podferry writes there', async () => {
    const first = await start();
    expect(await mistake(start())).toMatch(
      /^file\.dir ROOT\/a\/b is in use by another podferry: with two of them one renames or cuts off what the other writes\. Stop/,
    );
    await first.close();
    await (await start()).close();
  });

  test('is refused where a file is too small for a batch', async () => {
    expect(await mistake(start({ max_bytes: MiB - 1 }))).toBe(
      'file.max_bytes 1 MiB is less than the largest batch (1048576 bytes, from batch.max_bytes and records.max_bytes): ' +
        'raise it, or lower these.',
    );
    expect(existsSync(dir)).toBe(false);
  });

  test('is refused where it would read what it writes', async () => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'documents.ndjson'), '{}\n');
    symlinkSync(join(dir, 'documents.ndjson'), join(root, 'captured.log'));
    expect(await mistake(start({}, ['-', root, join(root, 'captured.log')]))).toBe(
      'file.dir ROOT/a/b holds ROOT/captured.log, which is to be read: that would never end. Give another one.',
    );
  });

  test.each<[string, (path: string) => void, RegExp]>([
    ['a directory', (path) => mkdirSync(path), /EISDIR.*move it away/],
    ['a link', (path) => symlinkSync('/etc/hostname', path), /ELOOP.*move it away/],
    ['a pipe', (path) => execFileSync('mkfifo', [path]), /not a regular file.*move it away/],
  ])('is refused with %s in the place of the file', async (_, put, why) => {
    mkdirSync(dir, { recursive: true });
    put(join(dir, 'documents.ndjson'));
    expect(await mistake(start())).toMatch(/^file\.dir ROOT\/a\/b cannot be used \(/);
    expect(await mistake(start())).toMatch(why);
  });

  test('is refused where the directory cannot be made', async () => {
    dir = '/proc/podferry/documents';
    expect(await mistake(start())).toMatch(/^file\.dir \/proc\/podferry\/documents cannot be used \(ENOENT/);
  });

  test.runIf(isRoot)('on a full disk goes on: the disk may heal', async () => {
    mkdirSync(dir, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,nr_inodes=2', 'podferry-test', dir]);
    try {
      writeFileSync(join(dir, 'full'), '');
      const sink = await start();
      rmSync(join(dir, 'full'));
      await sink.send(plainBatchOf(documents(2)), new AbortController().signal);
      await sink.close();
      expect(said.lines[0]).toMatch(/file\.dir .* cannot be locked \(ENOSPC\).*disk is full/);
    } finally {
      execFileSync('umount', ['-l', dir]);
    }
  });
});

describe('what check finds', () => {
  const found = async (over: Parameters<typeof config>[0] = {}) => {
    const { ok, lines } = await probe(config(over), { largestBatch: MiB });
    return { ok, lines: lines.map((line) => line.replaceAll(root, 'ROOT').replace(/[\d.]+ .iB free/, 'N free')) };
  };

  test('a directory that can be written to, and what it may take of the disk', async () => {
    mkdirSync(dir, { recursive: true });
    expect(await found()).toEqual({ ok: true, lines: ['ROOT/a/b, writable, N free', 'at most 3 MiB of documents'] });
    expect(readdirSync(dir)).toEqual([]);
  });

  test('one that is to be made: nothing is made by it', async () => {
    expect(await found()).toEqual({
      ok: true,
      lines: ['ROOT/a/b, will be made at the first start', 'at most 3 MiB of documents'],
    });
    expect(readdirSync(root)).toEqual([]);
  });

  test('one that cannot be made', async () => {
    dir = '/proc/podferry';
    expect(await found()).toEqual({
      ok: false,
      lines: ['file.dir /proc/podferry cannot be written to (ENOENT in /proc)'],
    });
  });

  test('something else in the place of the file', async () => {
    mkdirSync(join(dir, 'documents.ndjson'), { recursive: true });
    const { ok, lines } = await found();
    expect(ok).toBe(false);
    expect(lines[0]).toMatch(
      /^file\.dir ROOT\/a\/b cannot be used \(documents\.ndjson is not a regular file\).*move it away\.$/,
    );
  });

  test('a file too small for a batch', async () => {
    const { ok, lines } = await found({ max_bytes: MiB - 1 });
    expect([ok, lines[0]]).toEqual([false, expect.stringContaining('less than the largest batch')]);
  });

  test.runIf(isRoot)('a directory that is mounted read-only', async () => {
    mkdirSync(dir, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'podferry-test', dir]);
    try {
      expect((await found()).lines[0]).toMatch(/EROFS.*mount it writable/);
      expect(await mistake(start())).toMatch(/EROFS.*mount it writable/);
    } finally {
      execFileSync('umount', ['-l', dir]);
    }
  });
});
