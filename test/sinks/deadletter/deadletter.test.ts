import { getEventListeners } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeadLetter, type DeadLetterOptions } from '../../../src/sinks/deadletter/deadletter.ts';
import { fileMethods, fullDisk } from '../../helpers/disk.ts';
import { newSaid, type Said } from '../../helpers/said.ts';
import { until } from '../../helpers/until.ts';

const REASON = { status: 400, type: 'document_parsing_exception', reason: 'failed to parse field [a]' };

const isRoot = userInfo().uid === 0;

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

function store(maxBytes = 1024 * 1024, options: Partial<DeadLetterOptions> = {}): DeadLetter {
  return new DeadLetter({
    dir,
    maxBytes,
    log: said,
    now: () => Date.parse('2026-11-20T01:02:03Z'),
    // Tries again at once.
    random: () => 0,
    ...options,
  });
}

/** Adds a document with a stop signal nobody raises. */
function keep(letters: DeadLetter, document: Buffer, reason = REASON, id?: string): Promise<boolean> {
  return letters.add(document, reason, id, new AbortController().signal);
}

function lines(name = 'rejected.ndjson'): Record<string, unknown>[] {
  const text = readFileSync(join(dir, name), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a line', () => {
  test('holds when, why, which and the document itself', async () => {
    const letters = store();
    await keep(letters, Buffer.from('{"message":"한 줄","n":1.0}'), REASON, 'an-id');
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
    await keep(letters, document);
    await letters.close();
    expect(lines()[0]).toMatchObject({ document: text });
    expect(lines()[0]).not.toHaveProperty('id');
  });

  test('of a document too large for the store holds its beginning and true size', async () => {
    const letters = store(20_000);
    await keep(letters, Buffer.from(JSON.stringify({ message: '\u0001'.repeat(60_000) })));
    await keep(letters, Buffer.from('{"after":true}'), { ...REASON, reason: 'x'.repeat(100_000) });
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
  await Promise.all(Array.from({ length: 500 }, (_, i) => keep(letters, Buffer.from(`{"n":${i}}`))));
  expect(sync).toHaveBeenCalledTimes(1);
  expect(lines().map(({ document }) => (document as { n: number }).n)).toEqual(
    Array.from({ length: 500 }, (_, i) => i),
  );
  await letters.close();
});

test('the document is copied at once', async () => {
  const letters = store();
  const borrowed = Buffer.from('{"n":1}');
  const adding = keep(letters, borrowed);
  borrowed.fill(0);
  await adding;
  await letters.close();
  expect(lines()[0]).toMatchObject({ document: { n: 1 } });
});

test('a document that is kept leaves nothing behind on the signal of the process, however many are', async () => {
  const letters = store();
  const { signal } = new AbortController();
  const left = (): number => getEventListeners(signal, 'abort').length;
  const adding = [1, 2, 3].map((n) => letters.add(Buffer.from(`{"n":${n}}`), REASON, undefined, signal));
  expect(left()).toBe(3);
  await Promise.all(adding);
  expect(left()).toBe(0);
  await letters.close();
});

test('two files of half the size at most, the older given up, no line ever cut', async () => {
  const letters = store(8000);
  for (let i = 0; i < 300; i++) await keep(letters, Buffer.from(`{"n":${i}}`));
  await Promise.all(Array.from({ length: 100 }, (_, i) => keep(letters, Buffer.from(`{"n":${300 + i}}`))));
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
  await keep(first, Buffer.from('{"n":1}'));
  await first.close();
  writeFileSync(first.path, `{"at":"2026","document":{"message":"${'x'.repeat(100_000)}`, { flag: 'a' });
  const second = store();
  await keep(second, Buffer.from('{"n":2}'));
  await second.close();
  expect(lines().map(({ document }) => document)).toEqual([{ n: 1 }, { n: 2 }]);
});

test('only its owner may read it', async () => {
  const letters = store();
  await keep(letters, Buffer.from('{}'));
  await letters.close();
  expect(statSync(letters.path).mode & 0o777).toBe(0o600);
});

describe('a store that cannot be written', () => {
  test('full disk: said once with the remedy, waited for, whole lines afterwards', async () => {
    const letters = store();
    await keep(letters, Buffer.from('{"n":1}'));
    const disk = await fullDisk();
    const adding = [2, 3].map((n) => keep(letters, Buffer.from(`{"n":${n}}`)));
    await until(() => disk.mock.calls.length > 3, 'some tries');
    expect([letters.kept, letters.lost]).toEqual([1, 0]);
    const later = keep(letters, Buffer.from('{"n":4}'));
    disk.mockRestore();
    expect(await Promise.all([...adding, later])).toEqual([true, true, true]);
    await letters.close();
    expect(lines().map(({ document }) => document)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
    expect(said.lines[0]).toMatch(/^warn: .*rejected\.ndjson \(ENOSPC.*Nothing is lost.*disk is full.*10 min, then/);
    expect(said.lines.at(-1)).toMatch(/^info: Rejected documents are kept in .*rejected\.ndjson again\.$/);
  });

  test.runIf(isRoot)('a disk that is really full', async () => {
    mkdirSync(dir, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'podferry-test', dir]);
    try {
      expect(() => writeFileSync(join(dir, 'full'), Buffer.alloc(1024 * 1024))).toThrow('ENOSPC');
      const letters = store();
      const adding = keep(letters, Buffer.from('{"n":1}'));
      await until(() => said.lines.length > 2, 'some tries');
      expect(said.lines[0]).toMatch(/ENOSPC.*disk is full/);
      rmSync(join(dir, 'full'));
      expect(await adding).toBe(true);
      await letters.close();
      expect(lines().map(({ document }) => document)).toEqual([{ n: 1 }]);
    } finally {
      execFileSync('umount', ['-l', dir]);
    }
  });

  test('for too long: given up, further ones at once, until a write succeeds', async () => {
    const letters = store(1024 * 1024, { patienceMs: 500 });
    const disk = await fullDisk();
    const adding = [1, 2].map((n) => keep(letters, Buffer.from(`{"n":${n}}`)));
    expect(await Promise.all(adding)).toEqual([false, false]);
    expect(letters.lost).toBe(2);
    const tries = disk.mock.calls.length;
    said.lines.length = 0;
    expect(await keep(letters, Buffer.from('{"n":3}'))).toBe(false);
    // One that was under way, and its own.
    expect(disk.mock.calls.length).toBeLessThanOrEqual(tries + 2);
    // What is gone is said by who gave it up.
    expect(said.lines).toEqual([]);
    disk.mockRestore();
    expect(await keep(letters, Buffer.from('{"n":4}'))).toBe(true);
    expect(said.lines).toEqual([expect.stringMatching(/^info: .* again\. 3 were given up since the start\.$/)]);
    // And patience is back.
    const again = await fullDisk();
    const last = keep(letters, Buffer.from('{"n":5}'));
    await until(() => again.mock.calls.length > 1, 'it is tried again');
    again.mockRestore();
    await last;
    await letters.close();
    expect(lines()[0]).toMatchObject({ document: { n: 4 } });
  });

  test('a disk that does not answer: the same', async () => {
    const letters = store(1024 * 1024, { patienceMs: 50, slowMs: 20 });
    let answerNow = (): void => {};
    vi.spyOn(await fileMethods(), 'datasync').mockReturnValueOnce(new Promise<void>((answer) => (answerNow = answer)));
    expect(await keep(letters, Buffer.from('{"n":1}'))).toBe(false);
    expect(await keep(letters, Buffer.from('{"n":2}'))).toBe(false);
    expect(letters.lost).toBe(2);
    expect(said.lines).toEqual([expect.stringContaining('has not answered for 20 ms')]);
    // The process can end meanwhile.
    await letters.close();
    answerNow();
    await until(() => keep(letters, Buffer.from('{"n":3}')), 'the store to keep documents again');
    await letters.close();
    expect(lines().at(-1)).toMatchObject({ document: { n: 3 } });
  });

  test('who is stopped waits no longer, and his document is neither kept nor given up', async () => {
    const letters = store();
    const disk = await fullDisk();
    const stop = new AbortController();
    const adding = letters.add(Buffer.from('{"n":1}'), REASON, undefined, stop.signal);
    await until(() => disk.mock.calls.length > 1, 'it is tried again');
    stop.abort(new Error('time to go'));
    await expect(adding).rejects.toThrow('time to go');
    expect([letters.kept, letters.lost]).toEqual([0, 0]);
    await expect(letters.add(Buffer.from('{}'), REASON, undefined, stop.signal)).rejects.toThrow('time to go');
    disk.mockRestore();
    expect(await keep(letters, Buffer.from('{"n":2}'))).toBe(true);
    await letters.close();
    expect(lines().at(-1)).toMatchObject({ document: { n: 2 } });
  });

  test.each<[string, (path: string) => void, RegExp]>([
    ['a directory in its place', (path) => mkdirSync(path), /EISDIR.*move it away/],
    ['a link in its place', (path) => symlinkSync('/etc/hostname', path), /ELOOP.*move it away/],
    ['a pipe in its place', (path) => execFileSync('mkfifo', [path]), /not a regular file.*move it away/],
  ])('%s', async (_, put, why) => {
    mkdirSync(dir, { recursive: true });
    put(join(dir, 'rejected.ndjson'));
    const letters = store();
    const adding = keep(letters, Buffer.from('{"n":1}'));
    await until(() => said.lines.length > 0, 'it is said');
    expect(said.lines[0]).toMatch(why);
    rmSync(join(dir, 'rejected.ndjson'), { recursive: true });
    expect(await adding).toBe(true);
    await letters.close();
  });

  test('a directory that cannot be made', async () => {
    writeFileSync(join(root, 'made'), '');
    const letters = store();
    const adding = keep(letters, Buffer.from('{}'));
    await until(() => said.lines.length > 0, 'it is said');
    expect(said.lines[0]).toMatch(/ENOTDIR.*move it away/);
    rmSync(join(root, 'made'));
    expect(await adding).toBe(true);
    await letters.close();
  });
});

test('many rejected documents at once do not look like a leak of listeners', async () => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', onWarning);
  const stop = new AbortController().signal;
  const letters = store();
  await Promise.all(Array.from({ length: 50 }, (_, i) => letters.add(Buffer.from(`{"i":${i}}`), REASON, `${i}`, stop)));
  await letters.close();
  // A warning comes with the next turn.
  await new Promise(setImmediate);
  process.off('warning', onWarning);
  expect([warnings, lines().length]).toEqual([[], 50]);
});
