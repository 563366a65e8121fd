import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeadLetter } from '../../src/sinks/deadletter.ts';
import { newSaid, type Said } from '../helpers/said.ts';
import { until } from '../helpers/until.ts';

const REASON = { status: 400, type: 'document_parsing_exception', reason: 'failed to parse field [a]' };

let root: string;
let dir: string;
let said: Said;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'podferry-deadletter-'));
  dir = join(root, 'made', 'on', 'demand');
  said = newSaid();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

function store(maxBytes = 1024 * 1024, patienceMs = 30_000): DeadLetter {
  return new DeadLetter({ dir, maxBytes, log: said, patienceMs, now: () => Date.parse('2026-11-20T01:02:03Z') });
}

function lines(name = 'rejected.ndjson'): Record<string, unknown>[] {
  const text = readFileSync(join(dir, name), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The methods of open files, to make the disk fail. */
async function fileMethods(): Promise<FileHandle> {
  const file = await open(join(root, 'any'), 'w');
  await file.close();
  return Object.getPrototypeOf(file) as FileHandle;
}

describe('a line', () => {
  test('holds when, why, which and the document itself', async () => {
    const letters = store();
    await letters.add(Buffer.from('{"message":"한 줄","n":1.0}'), REASON, 'an-id');
    await letters.close();
    expect(lines()).toEqual([
      { at: '2026-11-20T01:02:03.000Z', reason: REASON, id: 'an-id', document: { message: '한 줄', n: 1 } },
    ]);
    // Byte for byte: 1.0 is not made 1.
    expect(readFileSync(letters.path, 'utf8')).toContain('"document":{"message":"한 줄","n":1.0}}');
    expect(letters.kept).toBe(1);
  });

  test.each([
    ['not JSON', Buffer.from('{"message":'), '{"message":'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), '"\ufffd"'],
    ['empty', Buffer.alloc(0), ''],
  ])('of a document that is %s holds it as text', async (_, document, text) => {
    const letters = store();
    await letters.add(document, REASON);
    await letters.close();
    expect(lines()[0]).toMatchObject({ document: text });
    expect(lines()[0]).not.toHaveProperty('id');
  });

  test('of a document too large for the store holds its beginning and true size', async () => {
    const letters = store(20_000);
    await letters.add(Buffer.from(JSON.stringify({ message: '\u0001'.repeat(60_000) })), REASON);
    await letters.add(Buffer.from('{"after":true}'), { ...REASON, reason: 'x'.repeat(100_000) });
    await letters.close();
    const [first, second] = lines();
    expect(first).toMatchObject({ document_bytes: 360_014 });
    expect(first!['document']).toMatch(/^\{"message":"\\u0001/);
    expect(second).toMatchObject({ document: { after: true } });
    expect(letters.lost).toBe(0);
  });
});

test('documents added together share one sync and keep their order', async () => {
  const sync = vi.spyOn(await fileMethods(), 'datasync');
  const letters = store();
  await Promise.all(Array.from({ length: 500 }, (_, i) => letters.add(Buffer.from(`{"n":${i}}`), REASON)));
  expect(sync).toHaveBeenCalledTimes(1);
  expect(lines().map(({ document }) => (document as { n: number }).n)).toEqual(
    Array.from({ length: 500 }, (_, i) => i),
  );
  await letters.close();
});

test('the document is copied at once', async () => {
  const letters = store();
  const borrowed = Buffer.from('{"n":1}');
  const adding = letters.add(borrowed, REASON);
  borrowed.fill(0);
  await adding;
  await letters.close();
  expect(lines()[0]).toMatchObject({ document: { n: 1 } });
});

test('two files of half the size at most, the older given up, no line ever cut', async () => {
  const letters = store(8000);
  for (let i = 0; i < 300; i++) await letters.add(Buffer.from(`{"n":${i}}`), REASON);
  await Promise.all(Array.from({ length: 100 }, (_, i) => letters.add(Buffer.from(`{"n":${300 + i}}`), REASON)));
  await letters.close();
  const both = [...lines('rejected.ndjson.1'), ...lines()].map(({ document }) => (document as { n: number }).n);
  expect(both.at(-1)).toBe(399);
  expect(both).toEqual(both.map((_, i) => both[0]! + i));
  for (const name of ['rejected.ndjson', 'rejected.ndjson.1'])
    expect(statSync(join(dir, name)).size).toBeLessThan(4001);
  expect(letters.kept).toBe(400);
});

test('a new process goes on where the last one was killed in the middle of a line', async () => {
  const first = store();
  await first.add(Buffer.from('{"n":1}'), REASON);
  await first.close();
  writeFileSync(first.path, `{"at":"2026","document":{"message":"${'x'.repeat(100_000)}`, { flag: 'a' });
  const second = store();
  await second.add(Buffer.from('{"n":2}'), REASON);
  await second.close();
  expect(lines().map(({ document }) => document)).toEqual([{ n: 1 }, { n: 2 }]);
});

test('only its owner may read it', async () => {
  const letters = store();
  await letters.add(Buffer.from('{}'), REASON);
  await letters.close();
  expect(statSync(letters.path).mode & 0o777).toBe(0o600);
});

describe('never holds up the pipeline', () => {
  test('full disk: counted, said with the remedy, whole lines afterwards', async () => {
    const letters = store();
    await letters.add(Buffer.from('{"n":1}'), REASON);
    const methods = await fileMethods();
    const append = vi.spyOn(methods, 'appendFile').mockImplementation(async function (this: FileHandle, data) {
      await this.write((data as Buffer).subarray(0, 10));
      throw new Error('ENOSPC: no space left on device, write');
    });
    await letters.add(Buffer.from('{"n":2}'), REASON);
    append.mockRestore();
    await letters.add(Buffer.from('{"n":3}'), REASON);
    await letters.close();
    expect(lines().map(({ document }) => document)).toEqual([{ n: 1 }, { n: 3 }]);
    expect([letters.kept, letters.lost]).toEqual([2, 1]);
    expect(said.lines).toEqual([expect.stringMatching(/rejected\.ndjson \(ENOSPC.*state\.dir/)]);
  });

  test('a disk that does not answer: given up after a while, then at once, until it does answer', async () => {
    const letters = store(1024 * 1024, 20);
    let answerNow = (): void => {};
    vi.spyOn(await fileMethods(), 'datasync').mockReturnValueOnce(new Promise<void>((answer) => (answerNow = answer)));
    await letters.add(Buffer.from('{"n":1}'), REASON);
    expect(letters.lost).toBe(1);
    await letters.add(Buffer.from('{"n":2}'), REASON);
    expect(letters.lost).toBe(2);
    expect(said.lines).toEqual([expect.stringContaining('has not answered for 0.02 s')]);
    // The process can end meanwhile.
    await letters.close();
    answerNow();
    await until(async () => {
      await letters.add(Buffer.from('{"n":3}'), REASON);
      return letters.kept > 0;
    }, 'the store to keep documents again');
    await letters.close();
    expect(lines().at(-1)).toMatchObject({ document: { n: 3 } });
  });

  test.each<[string, (path: string) => void, RegExp]>([
    ['a directory in its place', (path) => mkdirSync(path), /EISDIR/],
    ['a link in its place', (path) => symlinkSync('/etc/hostname', path), /ELOOP/],
    ['a pipe in its place', (path) => execFileSync('mkfifo', [path]), /not a regular file/],
  ])('%s', async (_, put, why) => {
    mkdirSync(dir, { recursive: true });
    put(join(dir, 'rejected.ndjson'));
    const letters = store();
    await letters.add(Buffer.from('{}'), REASON);
    await letters.close();
    expect([letters.kept, letters.lost]).toEqual([0, 1]);
    expect(said.lines[0]).toMatch(why);
  });

  test('a directory that cannot be made', async () => {
    writeFileSync(join(root, 'made'), '');
    const letters = store();
    await letters.add(Buffer.from('{}'), REASON);
    expect(letters.lost).toBe(1);
    expect(said.lines[0]).toContain('ENOTDIR');
  });
});
