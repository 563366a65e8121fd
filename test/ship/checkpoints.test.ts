import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { footer, header, line, loadCheckpoints, parseCheckpoints } from '../../src/ship/checkpoint-file.ts';
import { Checkpoints } from '../../src/ship/checkpoints.ts';
import type { Saved } from '../../src/types.ts';
import { OperatorError } from '../../src/util/errors.ts';
import { memoryLog, sourceOf } from '../helpers/source.ts';
import { until } from '../helpers/until.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'podferry-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const file = (): string => join(dir, 'checkpoints');
const saved = (fingerprint: string, offset: number): Saved => ({
  key: 'uid/web/0',
  fingerprint,
  position: { out: offset, err: offset, time: '2026-11-20T01:02:03Z' },
  size: offset,
  head: '2026-11-20T01:00:00Z',
});
const text = (...entries: Saved[]): string => header() + entries.map(line).join('') + footer(entries.length);

function checkpoints(from: Saved[] = [], everyMs = 1) {
  const log = memoryLog();
  return { log, checkpoints: new Checkpoints({ dir, saved: from, everyMs, log }) };
}

test('what is committed is found again by the next process', async () => {
  const { checkpoints: first } = checkpoints();
  const source = sourceOf('AAAAAAAAAAAA');
  source.size = 500;
  first.opened(source);
  first.commit(source, { out: 100, err: 90, time: 'T' });
  await first.stop();
  expect(loadCheckpoints(dir, memoryLog())).toEqual({
    firstStart: false,
    damaged: false,
    saved: [
      {
        key: source.log.key,
        path: source.log.path,
        fingerprint: 'AAAAAAAAAAAA',
        position: { out: 100, err: 90, time: 'T' },
        size: 500,
        head: '',
      },
    ],
  });
});

test('sizes that grow while nothing is committed are written too: what is lost by then must be known', async () => {
  const { checkpoints: one } = checkpoints();
  const source = sourceOf();
  one.opened(source);
  source.size = 700;
  await until(() => loadCheckpoints(dir, memoryLog()).saved[0]?.size === 700, 'it is seen to grow');
  source.size = 900;
  await one.stop();
  expect(loadCheckpoints(dir, memoryLog()).saved).toMatchObject([{ position: { out: 0, err: 0 }, size: 900 }]);
});

test('every change is written, also of what was written before', async () => {
  const { checkpoints: one } = checkpoints();
  const source = sourceOf();
  const offset = (): number | undefined => loadCheckpoints(dir, memoryLog()).saved[0]?.position.out;
  one.opened(source);
  await until(() => offset() === 0, 'it is known');
  one.commit(source, { out: 100, err: 200, time: '' });
  await until(() => offset() === 100, 'it is written again');
  await one.stop();
  // Acknowledged bytes existed, even if the size that was seen is smaller.
  expect(loadCheckpoints(dir, memoryLog()).saved).toMatchObject([{ size: 200 }]);
});

test('flush() waits until what was told before it is on disk, whatever is being written; a full disk does not stop it', async () => {
  const { checkpoints: one } = checkpoints([], 60_000);
  const source = sourceOf();
  one.opened(source);
  const first = one.flush();
  source.endsAt = 7;
  one.opened(source);
  await Promise.all([first, one.flush(), one.flush()]);
  expect(loadCheckpoints(dir, memoryLog()).saved).toMatchObject([{ endsAt: 7 }]);
  rmSync(file());
  mkdirSync(file());
  one.opened(source);
  await one.flush();
  expect(one.failures).toBe(1);
  await one.stop();
});

test('the position of a source no longer counts when its file was cut and goes on as another source', async () => {
  const { checkpoints: one } = checkpoints();
  const source = sourceOf();
  one.opened(source);
  one.commit(source, { out: 500, err: 500, time: '' });
  // Cut at its end: it is written again from there.
  const successor = { ...source, committed: { out: 100, err: 100, time: '' } };
  one.opened(successor);
  one.commit(source, { out: 600, err: 600, time: '' });
  await one.stop();
  expect(loadCheckpoints(dir, memoryLog()).saved[0]!.position.out).toBe(100);
});

test('nothing is written while nothing changes, and nothing runs after the stop', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  try {
    const { checkpoints: one } = checkpoints([], 100);
    const source = sourceOf();
    source.size = 500;
    one.opened(source);
    one.commit(source, { out: 500, err: 500, time: '' });
    vi.advanceTimersByTime(100);
    while (!readdirSync(dir).includes('checkpoints')) await new Promise(setImmediate);
    const first = statSync(file());
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(10_000);
      await new Promise(setImmediate);
    }
    await one.stop();
    expect(statSync(file()).mtimeMs).toBe(first.mtimeMs);
    expect(vi.getTimerCount()).toBe(0);
    const { checkpoints: two } = checkpoints([], 100);
    rmSync(file());
    mkdirSync(file());
    two.opened(source);
    await two.stop();
    expect(two.failures).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('a stop while a write is on its way waits for it', async () => {
  const handle = await open(dir, 'r');
  const proto = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const sync = proto.sync;
  let [writes, release] = [0, (): void => undefined];
  const gate = new Promise<void>((resolve) => (release = resolve));
  const spy = vi.spyOn(proto, 'sync').mockImplementation(async function (this: FileHandle) {
    writes++;
    await gate;
    await sync.call(this);
  });
  const { checkpoints: one } = checkpoints();
  one.opened(sourceOf());
  await until(() => writes === 1, 'it is being written');
  let stopped = false;
  const stopping = one.stop().then(() => (stopped = true));
  await new Promise(setImmediate);
  expect([stopped, readdirSync(dir)]).toEqual([false, ['checkpoints.tmp']]);
  release();
  await stopping;
  spy.mockRestore();
  expect(loadCheckpoints(dir, memoryLog())).toMatchObject({ damaged: false, saved: [{}] });
});

test('the directory is made, for its owner only', () => {
  const made = join(dir, 'a', 'b');
  expect(loadCheckpoints(made, memoryLog()).firstStart).toBe(true);
  expect(statSync(made).mode & 0o777).toBe(0o700);
});

test('it writes by itself soon after a change, and leaves no temporary file', async () => {
  const { checkpoints: one } = checkpoints();
  one.opened(sourceOf());
  await until(() => readdirSync(dir).includes('checkpoints'), 'the file is written');
  await one.stop();
  expect(readdirSync(dir)).toEqual(['checkpoints']);
});

test('entries of sources not met again stay, until they are forgotten', async () => {
  const { checkpoints: one } = checkpoints([saved('AAAAAAAAAAAA', 1), saved('BBBBBBBBBBBB', 2)]);
  one.forget('AAAAAAAAAAAA');
  await one.stop();
  expect(loadCheckpoints(dir, memoryLog()).saved.map((entry) => entry.fingerprint)).toEqual(['BBBBBBBBBBBB']);
});

test('no file is a first start', () => {
  expect(loadCheckpoints(dir, memoryLog())).toEqual({ saved: [], firstStart: true, damaged: false });
});

test.each([
  ['empty', '', 0],
  ['not ours', 'hello\n', 0],
  ['cut in a line', text(saved('AAAAAAAAAAAA', 1), saved('BBBBBBBBBBBB', 2)).slice(0, -30), 1],
  ['gone on with after its last line', text(saved('AAAAAAAAAAAA', 1)) + line(saved('BBBBBBBBBBBB', 2)), 2],
  ['cut between lines', header() + line(saved('AAAAAAAAAAAA', 1)), 1],
  [
    'a line is lacking',
    text(saved('AAAAAAAAAAAA', 1), saved('BBBBBBBBBBBB', 2)).replace(line(saved('AAAAAAAAAAAA', 1)), ''),
    1,
  ],
  ['a flipped digit', text(saved('AAAAAAAAAAAA', 12345), saved('BBBBBBBBBBBB', 2)).replace('12345', '12346'), 1],
])('a damaged file (%s): start, say it once, keep it aside, use what is sound', (_name, content, sound) => {
  writeFileSync(file(), content);
  const log = memoryLog();
  const loaded = loadCheckpoints(dir, log);
  expect(loaded.firstStart).toBe(false);
  expect(loaded.damaged).toBe(true);
  expect(loaded.saved.length).toBe(sound);
  expect(log.lines.length).toBe(1);
  expect(readFileSync(join(dir, 'checkpoints.broken'), 'utf8')).toBe(content);
  // Killed before the next write, it must not take the start after that for the first one.
  expect(loadCheckpoints(dir, memoryLog()).firstStart).toBe(false);
});

test('upgrade and downgrade: a file of the next version that we may read is read, with its unknown members ignored', () => {
  const next = text(saved('AAAAAAAAAAAA', 7)).replace('podferry-checkpoints 1 1', 'podferry-checkpoints 2 1');
  expect(parseCheckpoints(next, 'f').damage).toBeUndefined();
  expect(parseCheckpoints(next, 'f').saved[0]!.position.out).toBe(7);
});

test('a file that a newer version wrote in another way is refused with one sentence', () => {
  writeFileSync(file(), 'podferry-checkpoints 3 3\n{}\nend 1\n');
  expect(() => loadCheckpoints(dir, memoryLog())).toThrow(OperatorError);
  expect(() => loadCheckpoints(dir, memoryLog())).toThrow(/state\.dir: .* newer podferry/);
});

test('a disk that refuses is said, counted and tried again', async () => {
  const { checkpoints: one, log } = checkpoints();
  mkdirSync(file());
  one.opened(sourceOf());
  await until(() => one.failures > 1, 'it failed and tried again');
  expect(log.lines[0]).toMatch(/Usually something of another kind lies in its place: move it away\. Trying again/);
  rmSync(file(), { recursive: true });
  await until(() => readdirSync(dir).includes('checkpoints'), 'it recovered');
  await one.stop();
});
