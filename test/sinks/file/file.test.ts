import { execFileSync } from 'node:child_process';
import {
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
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RotatedFile, type RotatedFileOptions } from '../../../src/sinks/disk/rotated-file.ts';
import { FileSink, type FileOptions } from '../../../src/sinks/file/file.ts';
import type { Acknowledged } from '../../../src/types.ts';
import { plainBatchOf, documents } from '../../helpers/bulk-batch.ts';
import { fileMethods, fullDisk } from '../../helpers/disk.ts';
import { newSaid, type Said } from '../../helpers/said.ts';
import { until } from '../../helpers/until.ts';

const isRoot = userInfo().uid === 0;
const never = new AbortController().signal;

let dir: string;
let said: Said;
let stored: number;
let retried: string[];
let sink: FileSink;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-file-'));
  said = newSaid();
  stored = 0;
  retried = [];
  sink = newSink();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true, force: true });
});

function newSink(bounds: Partial<RotatedFileOptions> = {}, options: Partial<FileOptions> = {}): FileSink {
  const limits = { maxBytes: 1024 * 1024, maxFiles: 3, ...bounds };
  return new FileSink({
    file: new RotatedFile({ dir, name: 'documents.ndjson', followsDir: false, ...limits }),
    acknowledged: (outcome: Acknowledged) => void (stored += outcome.stored),
    retried: (reason) => void retried.push(reason),
    closed: () => Promise.resolve(),
    writeTest: () => Promise.resolve(),
    log: said,
    // Tries again at once.
    random: () => 0,
    ...options,
  });
}

const text = (name = 'documents.ndjson'): string => readFileSync(join(dir, name), 'utf8');
const lines = (count: number, first = 0): string =>
  documents(count, first)
    .map(({ source }) => `${source}\n`)
    .join('');
const send = (count: number, first = 0, stop = never): Promise<void> =>
  sink.send(plainBatchOf(documents(count, first)), stop);

test('documents are written one per line, batch after batch, and count as stored', async () => {
  await Promise.all([send(3), send(2, 3), send(1, 5)]);
  await sink.close();
  expect(text()).toBe(lines(6));
  expect(stored).toBe(6);
  expect(statSync(join(dir, 'documents.ndjson')).mode & 0o777).toBe(0o600);
});

test('documents count as stored once they are synced, not before', async () => {
  let synced = (): void => {};
  const sync = vi.spyOn(await fileMethods(), 'datasync');
  sync.mockReturnValueOnce(new Promise<void>((done) => (synced = done)));
  const sending = send(3);
  await until(() => sync.mock.calls.length === 1, 'the batch is being synced');
  expect([stored, text()]).toEqual([0, lines(3)]);
  synced();
  await sending;
  expect(stored).toBe(3);
  await sink.close();
});

test('files rotate at their size, the oldest goes, and a batch is never cut', async () => {
  const size = lines(10).length;
  sink = newSink({ maxBytes: 2 * size + 5 });
  for (let n = 0; n < 9; n++) await send(10, n * 10);
  await sink.close();
  expect(readdirSync(dir).toSorted()).toEqual(['documents.ndjson', 'documents.ndjson.1', 'documents.ndjson.2']);
  expect([text('documents.ndjson.2'), text('documents.ndjson.1'), text()]).toEqual([
    lines(20, 40),
    lines(20, 60),
    lines(10, 80),
  ]);
});

describe('a disk that cannot be written', () => {
  test('full: said once with the remedy, and afterwards every document is there once', async () => {
    await send(4);
    const disk = await fullDisk();
    const sending = Promise.all([send(5, 4), send(1, 9)]);
    await until(() => disk.mock.calls.length > 3, 'some tries');
    expect(stored).toBe(4);
    await until(() => text() === lines(4), 'a half batch to be taken back');
    expect(said.lines).toEqual([
      expect.stringMatching(
        /^warn: .*documents\.ndjson \(ENOSPC.*Nothing is lost: reading waits.*disk is full: make room/,
      ),
    ]);
    disk.mockRestore();
    await sending;
    await sink.close();
    expect(text()).toBe(lines(10));
    expect([stored, new Set(retried)]).toEqual([10, new Set(['disk'])]);
  });

  test('an outage that was long is over with a word', async () => {
    let now = 0;
    sink = newSink({}, { now: () => now });
    const disk = await fullDisk();
    const sending = send(1);
    await until(() => said.lines.length > 0, 'it is said');
    now = 60_000;
    disk.mockRestore();
    await sending;
    expect(said.lines.slice(1)).toEqual(['info: Documents are stored again, after 1 min.']);
    await sink.close();
  });

  test.runIf(isRoot)('a disk that is really full', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'podferry-test', dir]);
    try {
      await send(10);
      expect(() => writeFileSync(join(dir, 'full'), Buffer.alloc(1024 * 1024))).toThrow('ENOSPC');
      // More than what is left of the page in which the file ends.
      const sending = send(200, 10);
      await until(() => said.lines.length > 0 && retried.length > 2, 'some tries');
      expect(said.lines).toEqual([expect.stringMatching(/ENOSPC.*disk is full/)]);
      await until(() => text() === lines(10), 'a half batch to be taken back');
      rmSync(join(dir, 'full'));
      await sending;
      await sink.close();
      expect(text()).toBe(lines(210));
    } finally {
      execFileSync('umount', ['-l', dir]);
    }
  });

  test('the directory is gone, and a file lies in its place: said, and made again when that is away', async () => {
    await send(1);
    rmSync(dir, { recursive: true });
    writeFileSync(dir, '');
    const sending = send(1, 1);
    await until(() => said.lines.length > 0, 'it is said');
    expect(said.lines[0]).toMatch(/(ENOTDIR|EEXIST).*move it away/);
    rmSync(dir);
    await sending;
    await sink.close();
    expect(text()).toBe(lines(1, 1));
  });

  test('a link is put into its place: not followed', async () => {
    await send(1);
    rmSync(join(dir, 'documents.ndjson'));
    symlinkSync('/etc/hostname', join(dir, 'documents.ndjson'));
    const sending = send(1, 1);
    await until(() => said.lines.length > 0, 'it is said');
    expect(said.lines[0]).toMatch(/ELOOP.*move it away/);
    rmSync(join(dir, 'documents.ndjson'));
    await sending;
    await sink.close();
    expect(text()).toBe(lines(1, 1));
  });

  test('a stop ends the tries; what was written of the batch is not in the file', async () => {
    await send(2);
    const stop = new AbortController();
    const disk = await fullDisk();
    const sending = Promise.allSettled([send(4, 2, stop.signal), send(4, 6, stop.signal)]);
    await until(() => disk.mock.calls.length > 1, 'it is tried again');
    stop.abort(new Error('time to go'));
    expect((await sending).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await sink.close();
    expect([stored, text()]).toEqual([2, lines(2)]);
  });

  test('a disk that does not answer is said, and holds up neither a stop nor the end', async () => {
    const stop = new AbortController();
    sink = newSink({}, { slowMs: 20 });
    vi.spyOn(await fileMethods(), 'datasync').mockReturnValue(new Promise(() => {}));
    const sending = send(1, 0, stop.signal);
    await until(() => said.lines.length > 0, 'it is said');
    expect(said.lines).toEqual([expect.stringContaining('the disk has not answered for 20 ms')]);
    stop.abort(new Error('time to go'));
    await expect(sending).rejects.toThrow('time to go');
    await sink.close();
    expect(stored).toBe(0);
  });
});

test('a half line that a crash left is cut off by the next process', async () => {
  await send(2);
  await sink.close();
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'documents.ndjson'), '{"@timestamp":"2026', { flag: 'a' });
  sink = newSink();
  await send(1, 2);
  await sink.close();
  expect(text()).toBe(lines(3));
});
