/** The decisions that are pure: what to do next, in which order, who comes first, what is given up. */
import { expect, test } from 'vitest';
import { inOrder, isOver, newChain, type Chain } from '../../../src/files/tail/chain.ts';
import { instant } from '../../../src/files/tail/head.ts';
import { Lanes } from '../../../src/files/tail/lanes.ts';
import type { LogFile } from '../../../src/files/logfile/logfile.ts';
import { containerLog, logName } from '../../../src/files/kubelet/logpath.ts';
import { overCaps } from '../../../src/files/tail/caps.ts';
import { newCursor, type Cursor } from '../../../src/files/tail/cursor.ts';
import { isQuiet, type DiskFacts } from '../../../src/files/tail/disk-facts.ts';
import { newTailedFile, type TailedFile } from '../../../src/files/tail/tailed-file.ts';
import { Resume, startOf } from '../../../src/files/tail/resume.ts';
import { nextStep } from '../../../src/files/tail/step.ts';
import type { Source } from '../../../src/types.ts';

const log = containerLog('/p/n_p_u/c', { namespace: 'n', pod: 'p', uid: 'u' }, 'c', 0);
const START = { out: 0, err: 0, time: '' };
const NOW = 1_000_000;

function fakeFile(gz = false): LogFile {
  const state = { size: 0, blocks: 0, mtimeMs: 0, ctimeMs: 0, nlink: 1 };
  return { id: '1:1', gz, read: () => Promise.resolve(0), stat: () => state, close: () => undefined };
}

function source(size = 0): Source {
  return { log, fingerprint: 'f', resume: START, head: '', size, committed: START };
}

function at(facts: Partial<Cursor>): Cursor {
  return Object.assign(newCursor(), facts);
}

function tailed(changes: Partial<TailedFile> = {}, name = '0.log', disk: Partial<DiskFacts> = {}): TailedFile {
  const made = newTailedFile(log, fakeFile(), logName(name)!, NOW, [name]);
  Object.assign(made.disk, { touchedMs: NOW }, disk);
  return Object.assign(made, { source: source() }, changes);
}

function chain(files: TailedFile[], changes: Partial<Chain> = {}): Chain {
  return Object.assign(newChain(log, '/p/n_p_u/c', NOW), { walked: true, admitted: 'read', files }, changes);
}

test('what to do next: every case of docs/rotation.md', () => {
  const f = (what: string, one: Chain, step: string, now = NOW): void =>
    expect(nextStep(one, now, 1000), what).toBe(step);
  const next = tailed();
  const later = NOW + 1000;
  f('nothing there', chain([]), 'wait');
  f('at its end, the last', chain([tailed()]), 'wait', later);
  f('it grew', chain([tailed({ size: 5 })]), 'read');
  f('looked at, no complete line', chain([tailed({ size: 5, cursor: at({ looked: 5 }) })]), 'wait');
  f('at its end with a successor, not quiet', chain([tailed(), next]), 'wait', later - 1);
  f('at its end with a successor, quiet', chain([tailed(), next]), 'finish', later);
  f('late write', chain([tailed({ size: 5 }), next]), 'read', later);
  f('half a line, final', chain([tailed({ size: 5, cursor: at({ looked: 5 }) }), next]), 'finish', later);
  f('done, the next one', chain([tailed({ done: true }), tailed({ size: 5 })]), 'read');
  f(
    'first line not complete',
    chain([tailed({ source: undefined, size: 5, cursor: at({ looked: 5 }) })]),
    'wait',
    later,
  );
  f(
    'first line may be complete',
    chain([tailed({ source: undefined, size: 6, cursor: at({ looked: 5 }) })]),
    'identify',
  );
  f('empty and final', chain([tailed({ source: undefined }), next]), 'identify', later);
  f('somebody is at it', chain([tailed({ source: undefined, size: 6, identifying: true })]), 'wait');
  f('truncated', chain([tailed({ suspect: true })]), 'truncated');
  f('truncated, and cut before that', chain([tailed({ suspect: true, cutAt: 5 })]), 'truncated');
  f('cut at its end', chain([tailed({ size: 5, cursor: at({ looked: 9 }), cutAt: 5 })]), 'cut');
  f('nowhere', chain([tailed({ file: undefined })]), 'finish');
  const failed = tailed({ size: 5 });
  failed.retries.readFailed('EIO', NOW - 1000);
  f('failed a moment ago', chain([failed]), 'wait', NOW - 1);
  f('failed, try again', chain([failed]), 'read');
  f('compressed', chain([tailed({ file: fakeFile(true) })]), 'read');
  f(
    'compressed, half a line',
    chain([tailed({ file: fakeFile(true), source: undefined, size: 5, cursor: at({ looked: 5 }) })]),
    'identify',
  );
  f('unpacked', chain([tailed({ file: fakeFile(true), cursor: at({ unpacked: true }) })]), 'finish');
  f('restarted, not quiet', chain([tailed()], { followed: true }), 'wait');
  f('restarted, quiet', chain([tailed()], { followed: true }), 'finish', later);
  f('its container has ended, quiet, not for long', chain([tailed()], { exited: true }), 'wait', NOW + 4999);
  f('its container has ended, quiet for long', chain([tailed()], { exited: true }), 'finish', NOW + 5000);
  f('its container has ended, rotated file', chain([tailed(), tailed()], { exited: true }), 'finish', later);
  f(
    'its container has ended, and the next one is there',
    chain([tailed()], { exited: true, followed: true }),
    'finish',
    later,
  );
  const ended = (out: number) => tailed({ source: { ...source(5), endsAt: 5, committed: { ...START, out, err: 5 } } });
  f('it ended before, which is not acknowledged', chain([ended(4)], { exited: true }), 'wait', NOW + 5000);
  f('it ended before, and more was added', chain([ended(5)], { exited: true }), 'finish', NOW + 5000);
  f('directory gone, quiet', chain([tailed()], { named: false, directoryGone: true }), 'finish', later);
  f('deleted by hand', chain([tailed()], { named: false, unnamedAt: NOW }), 'wait', later);
  f('deleted by hand, long ago', chain([tailed()], { named: false, unnamedAt: NOW }), 'finish', NOW + 15_000);
  f('over', chain([tailed({ done: true })], { followed: true, open: true }), 'end');
  f('over and ended', chain([tailed({ done: true })], { followed: true }), 'wait');
  f('n.log absent', chain([tailed({ done: true })], { open: true }), 'wait');
  f('pod not known', chain([tailed({ size: 5 })], { admitted: 'wait' }), 'wait');
  f('excluded', chain([], { admitted: 'never' }), 'wait');
  f('excluded while open', chain([], { admitted: 'never', open: true }), 'end');
  f('a listing is being taken in', chain([tailed({ size: 5 })], { listing: true }), 'wait');
  f('first listing not complete', chain([tailed({ size: 5 })], { walked: false }), 'wait');
});

test('quiet, also when the clock was set back', () => {
  const now = tailed({}, '0.log', { touchedMs: NOW }).disk;
  expect(isQuiet(now, NOW + 999, 1000)).toBe(false);
  expect(isQuiet(now, NOW + 1000, 1000)).toBe(true);
  const ahead = tailed({}, '0.log', { touchedMs: NOW + 3600_000, changedAt: NOW }).disk;
  expect(isQuiet(ahead, NOW + 999, 1000)).toBe(false);
  expect(isQuiet(ahead, NOW + 1000, 1000)).toBe(true);
});

test('over: followed, or no file and no directory, or no file for long', () => {
  const f = (changes: Partial<Chain>, now: number, over: boolean): void =>
    expect(isOver(chain([], changes), now), JSON.stringify(changes)).toBe(over);
  f({}, NOW, false);
  f({ followed: true }, NOW, true);
  f({ exited: true }, NOW, true);
  f({ named: false, unnamedAt: NOW }, NOW + 14_999, false);
  f({ named: false, unnamedAt: NOW }, NOW + 15_000, true);
  f({ named: false, directoryGone: true }, NOW, true);
  f({ named: true, directoryGone: true }, NOW, false);
});

test('the order of a chain: by the first line, else by name, else by time of change', () => {
  const f = (...files: [name: string, time: string, mtimeMs?: number][]): void => {
    const expected = files.map(([name, time, mtimeMs]) =>
      tailed({ instant: instant(time) }, name, { mtimeMs: mtimeMs ?? 0 }),
    );
    const ofDisk = (each: TailedFile): string => `${each.names.paths[0]} ${each.disk.mtimeMs}`;
    expect(inOrder([...expected].reverse()).map(ofDisk)).toEqual(expected.map(ofDisk));
  };
  const at = (minute: number, zone = 'Z'): string => `2026-11-01T02:${String(minute).padStart(2, '0')}:00${zone}`;
  f(['0.log.20261101-010000', at(1)], ['0.log.20261101-020000', at(2)], ['0.log', at(3)]);
  f(['0.log.20261101-025000', at(1, '+02:00')], ['0.log.20261101-021000', at(1, '+01:00')], ['0.log', at(5, '+01:00')]);
  f(['0.log.20261101-010000', ''], ['0.log.20261101-020000', at(2)], ['0.log', '']);
  f(['0.log.3.gz', ''], ['0.log.2', ''], ['0.log.1', ''], ['0.log', '']);
  f(['0.log.1', at(1)], ['0.log.2', at(2)], ['0.log', at(3)]);
  f(['0.log', '', 1], ['0.log', '', 2]);
});

test('lanes: whoever waits gets served; fresh and behind share the bytes, not the turns', async () => {
  const sizes = new Map<string, number>();
  const lanes = new Lanes<string>(100_000, (item) => sizes.get(item)!);
  const push = (item: string, bytes: number): void => {
    sizes.set(item, bytes);
    lanes.push(item);
  };
  const waiting = [lanes.next(), lanes.next()];
  push('a', 1);
  push('b', 1e9);
  expect(await Promise.all(waiting)).toEqual(['a', 'b']);
  push('flood', 1e9);
  for (let i = 0; i < 30; i++) push(`quiet ${i}`, 200);
  push('flood 2', 1e9);
  const served: string[] = [];
  for (let i = 0; i < 32; i++) served.push((await lanes.next())!);
  expect(served.indexOf('flood')).toBeLessThan(5);
  expect(served.indexOf('flood 2')).toBeGreaterThan(20);
  expect(lanes.length).toBe(0);
  const last = lanes.next();
  lanes.close();
  expect(await last).toBeUndefined();
  push('late', 1);
  expect(await lanes.next()).toBeUndefined();
});

test('caps: the oldest of the noisiest first, and whatever is too old', () => {
  const pinned = (size: number, unlinkedAt: number): TailedFile =>
    tailed({ size }, '0.log', { onDisk: size, unlinkedAt });
  // What is done is let go anyway.
  const done = Object.assign(pinned(1000, NOW - 3600_000), { done: true });
  const named = tailed({ size: 1000 }, '0.log', { onDisk: 1000 });
  const noisy = chain([done, pinned(50, NOW - 5), pinned(50, NOW - 4), named]);
  const quiet = chain([pinned(60, NOW - 9), pinned(5, NOW - 1)]);
  const f = (pinnedBytes: number, pinnedAgeMs: number): [number, number][] =>
    overCaps([noisy, quiet], { pinnedBytes, pinnedAgeMs }, NOW).map((pin) => [
      pin.chain === noisy ? 0 : 1,
      pin.chain.files.indexOf(pin.tailed),
    ]);
  expect(f(1000, 1000)).toEqual([]);
  expect(f(165, 1000)).toEqual([]);
  expect(f(164, 1000)).toEqual([[0, 1]]);
  expect(f(100, 1000)).toEqual([
    [0, 1],
    [1, 0],
  ]);
  expect(f(0, 1000)).toHaveLength(4);
  expect(f(1000, 4)).toEqual([
    [0, 1],
    [1, 0],
  ]);
  expect(f(1000, 0)).toHaveLength(4);
});

test('what a former process knew is handed out once, and told when nobody asks for it', () => {
  const saved = (fingerprint: string) => ({ key: log.key, fingerprint, position: START, size: 1, head: '' });
  const resume = new Resume({ saved: [saved('a'), saved('b')], firstStart: false, damaged: false, backlog: 'none' });
  expect(resume.isFirst).toBe(false);
  expect(resume.claim(log, 'a')).toEqual(saved('a'));
  expect(resume.claim(log, 'a')).toBeUndefined();
  expect(resume.claim(log, 'c')).toBeUndefined();
  expect(resume.keys()).toEqual([log.key]);
  expect(resume.takeUnclaimed(log.key)).toEqual([saved('b')]);
  const all = new Resume({ saved: [saved('a')], firstStart: false, damaged: false, backlog: 'all' });
  all.claim(log, 'a');
  expect(all.keys()).toEqual([]);
  expect([resume.keys(), resume.takeUnclaimed(log.key), resume.unclaimed('x')]).toEqual([[], [], []]);
});

test('reading begins at the smaller of the two offsets', () => {
  expect(startOf({ out: 5, err: 3, time: '' })).toBe(3);
  expect(startOf({ out: 3, err: 5, time: '' })).toBe(3);
});

test('what a first start leaves out', () => {
  const f = (backlog: 'all' | 'current' | 'none', rotated: string, current: string): void => {
    const resume = new Resume({ saved: [], firstStart: true, damaged: false, backlog });
    expect([resume.omit(true), resume.omit(false)], backlog).toEqual([rotated, current]);
    expect(resume.isFirst).toBe(true);
    resume.firstSweepDone();
    expect(resume.isFirst).toBe(false);
  };
  f('all', 'nothing', 'nothing');
  f('current', 'everything', 'nothing');
  f('none', 'everything', 'complete lines');
});
