/** What is kept of files that are done with, and what is let go: descriptors, entries, logs. */
import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Fs } from '../../src/files/logfile/fs.ts';
import { until } from '../helpers/until.ts';
import type { FakeContainer } from '../helpers/kubelet.ts';
import type { Outcome } from './follow.ts';
import { listings } from './listings.ts';
import { session } from './session.ts';

const it = session();

/** The real file system; `listed` counts the listings of pods_dir, and so the sweeps. `hidden` is in no listing. */
function watched() {
  const seen = { sweeps: 0, opened: [] as string[], hidden: '', fails: '' };
  const statSync = ((path: string, options: fs.StatSyncOptions) => {
    if (path === it.kubelet.podsDir) seen.sweeps++;
    return fs.statSync(path, options);
  }) as Fs['statSync'];
  const hiding = listings((_, entries) => entries.filter((each) => each.name !== seen.hidden));
  const openSync = ((path: string, flags: number): number => {
    if (path === seen.fails) throw Object.assign(new Error('made to fail'), { code: 'EMFILE' });
    seen.opened.push(basename(path));
    return fs.openSync(path, flags);
  }) as Fs['openSync'];
  const more = (sweeps: number): Promise<void> => {
    const from = seen.sweeps;
    return until(() => seen.sweeps > from + sweeps, `${sweeps} sweeps`);
  };
  return { seen, more, fs: { ...hiding, statSync, openSync } };
}

/** Writes and rotates until there are so many files, each read before the next one comes. */
async function filled(web: FakeContainer, outcome: Outcome, files: number): Promise<string[]> {
  const messages: string[] = [];
  for (let i = 0; i < files; i++) {
    if (i > 0) web.rotate({ compress: false });
    web.say(`${i}`);
    messages.push(`${i}`);
    await outcome.says(web.key, messages);
  }
  return messages;
}

test('the last two files stay open for late writes, those before them are closed and not opened again', async () => {
  const web = it.kubelet.start({ maxFiles: 100 });
  const { seen, more, ...options } = watched();
  const { outcome, tailer } = await it.start(options);
  const messages = await filled(web, outcome, 5);
  await until(() => tailer.counts.openFiles === 2, 'two are open');
  for (let i = 0; i < 3; i++) {
    tailer.look(web.directory);
    await more(1);
  }
  // Each of them once, when it was written to.
  expect(seen.opened).toEqual(Array(5).fill('0.log'));
  // One that is deleted is no more written to, and would occupy the disk.
  fs.unlinkSync(web.rotated().at(-1)!);
  await until(() => tailer.counts.openFiles === 1, 'one is open');
  // What is compressed is no more written to.
  web.rotate();
  web.say('last');
  await outcome.says(web.key, [...messages, 'last']);
  await until(() => tailer.counts.openFiles === 2, 'two are open again');
  web.compressRotated();
  await until(() => tailer.counts.openFiles === 1, 'one is open again');
  expect(outcome.messages(web.key)).toEqual([...messages, 'last']);
  for (let i = 0; i < 3; i++) {
    tailer.look(web.directory);
    await more(1);
  }
  expect(seen.opened.filter((each) => each.endsWith('.gz'))).toHaveLength(web.rotated().length);
});

test('a compressed file is closed when it is read', async () => {
  const web = it.kubelet.start();
  web.say('one');
  web.rotate();
  web.compressRotated();
  web.say('two');
  const { outcome, tailer } = await it.start();
  await outcome.says(web.key, ['one', 'two']);
  await until(() => tailer.counts.openFiles === 1, 'one is open');
});

test('a write to a file that was closed long ago is read when it is listed', async () => {
  const web = it.kubelet.start({ maxFiles: 100 });
  const { outcome, tailer } = await it.start();
  const messages = await filled(web, outcome, 5);
  await until(() => tailer.counts.openFiles === 2, 'two are open');
  const [oldest] = web.rotated();
  fs.appendFileSync(oldest!, `${it.kubelet.time()} stdout F late\n`);
  tailer.look(web.directory);
  await outcome.says(web.key, [...messages, 'late']);
});

test('a file that was closed long ago and has another size or another time is not the one it was', async () => {
  const web = it.kubelet.start({ maxFiles: 100 });
  const { outcome, tailer } = await it.start();
  const messages = await filled(web, outcome, 5);
  await until(() => tailer.counts.openFiles === 2, 'two are open');
  const [first, second] = web.rotated().map((path) => ({ path, stat: fs.statSync(path) }));
  // Clocks of file systems are coarse: within a tick a file can grow and keep its time.
  fs.appendFileSync(first!.path, `${it.kubelet.time()} stdout F late\n`);
  fs.utimesSync(first!.path, first!.stat.atimeMs / 1000, first!.stat.mtimeMs / 1000);
  tailer.look(web.directory);
  await outcome.says(web.key, [...messages, 'late']);
  // An inode is given to another file, which is as large.
  fs.writeFileSync(second!.path, `${it.kubelet.time()} stdout F x\n`);
  expect(fs.statSync(second!.path).size).toBe(second!.stat.size);
  tailer.look(web.directory);
  await outcome.says(web.key, [...messages, 'late', 'x']);
});

test('a listing that lacks a file makes nobody forget it', async () => {
  const web = it.kubelet.start({ maxFiles: 100 });
  const { seen, more, ...options } = watched();
  const { outcome, tailer } = await it.start({ ...options, quietMs: 120, sweepMs: 20 });
  const messages = await filled(web, outcome, 4);
  await until(() => tailer.counts.openFiles === 2, 'two are open');
  const [oldest] = web.rotated();
  seen.hidden = basename(oldest!);
  tailer.look(web.directory);
  await until(() => tailer.status()[0]!.path.endsWith('(deleted)'), 'the listing lacks it');
  await more(2);
  seen.hidden = '';
  tailer.look(web.directory);
  await until(() => tailer.status()[0]!.path === oldest, 'the listing has it again');
  expect(outcome.saved.size).toBe(4);
  web.say('next');
  await outcome.says(web.key, [...messages, 'next']);
});

test('a file that was compressed and cannot be opened now is not forgotten, and not read again once it can', async () => {
  const web = it.kubelet.start({ maxFiles: 100 });
  let skew = 0;
  const { seen, more, ...options } = watched();
  const { outcome, tailer } = await it.start({ ...options, now: () => Date.now() + skew });
  const messages = await filled(web, outcome, 4);
  await until(() => tailer.counts.openFiles === 2, 'two are open');
  const [oldest] = web.rotated();
  seen.fails = `${oldest}.gz`;
  web.compressRotated();
  await until(() => outcome.said.some((each) => each.includes('EMFILE')), 'it cannot be opened');
  skew += 3600_000;
  await more(5);
  expect(outcome.saved.size).toBe(4);
  seen.fails = '';
  skew += 3600_000;
  await until(() => tailer.status()[0]!.path === `${oldest}.gz`, 'it is opened');
  web.say('next');
  await outcome.says(web.key, [...messages, 'next']);
});

test('a file that is deleted is forgotten when what was read of it is acknowledged, and not before', async () => {
  const web = it.kubelet.start({ maxFiles: 100 });
  let skew = 0;
  const { more, ...options } = watched();
  const { outcome, tailer } = await it.start({ ...options, now: () => Date.now() + skew });
  outcome.settles = false;
  await filled(web, outcome, 4);
  await until(() => tailer.counts.openFiles === 2, 'two are open');
  const [oldest] = web.rotated();
  fs.unlinkSync(oldest!);
  await until(() => tailer.status()[0]!.path.endsWith('(deleted)'), 'it is seen to be gone');
  skew += 3600_000;
  await more(5);
  expect(outcome.saved.size).toBe(4);
  const [first] = outcome.pieces;
  outcome.settle(first!.source, { out: first!.end, err: first!.end, time: '' });
  await until(() => outcome.saved.size === 3, 'forgotten');
  expect(tailer.status()).toHaveLength(3);
});

test('an excluded log that is admitted again is read', async () => {
  const web = it.kubelet.start();
  web.say('one');
  // So that its directory is listed for no other reason.
  const hourAgo = Date.now() / 1000 - 3600;
  fs.utimesSync(web.directory, hourAgo, hourAgo);
  let answer: 'read' | 'never' = 'read';
  const { outcome, tailer } = await it.start({ admit: () => answer });
  await outcome.says(web.key, ['one']);
  answer = 'never';
  await until(() => tailer.status()[0]!.state === 'excluded' && tailer.counts.openFiles === 0, 'closed');
  web.say('two');
  answer = 'read';
  await until(() => outcome.messages(web.key).includes('two'), 'what was written meanwhile');
});

test('an excluded log that goes is forgotten, with the entries of a former process', async () => {
  const { web, former } = await it.stopped();
  const { outcome, tailer } = await it.start({ admit: () => 'never' }, former);
  expect([tailer.status().length, outcome.saved.size]).toEqual([1, 1]);
  web.removePod();
  await until(() => tailer.status().length === 0 && outcome.saved.size === 0, 'forgotten');
});

test('a directory that goes is no longer looked for; one that comes again under its name is read', async () => {
  const [web, other] = [it.kubelet.start(), it.kubelet.start({ uid: '11111111-2222-4333-8444-555555555555' })];
  web.say('one');
  other.say('one');
  const { more, ...options } = watched();
  const asked: string[] = [];
  const statSync = ((path: string, how: fs.StatSyncOptions) => {
    asked.push(path);
    return options.fs.statSync(path, how);
  }) as Fs['statSync'];
  const { outcome, tailer } = await it.start({ fs: { ...options.fs, statSync } });
  await outcome.says(web.key, ['one']);
  await outcome.says(other.key, ['one']);
  web.removePod();
  other.removePod();
  await until(() => outcome.ended.length === 2 && tailer.status().length === 0, 'forgotten');
  await until(async () => {
    asked.length = 0;
    await more(2);
    return !asked.some((path) => path.startsWith(web.podDirectory));
  }, 'nobody asks for it any more');
  // A static pod has the same uid every time.
  const again = it.kubelet.start();
  again.say('two');
  await outcome.says(web.key, ['one', 'two']);
  again.say('three');
  await outcome.says(web.key, ['one', 'two', 'three']);
});

test('an empty directory is looked at again, however old it is', async () => {
  const web = it.kubelet.start();
  web.stopWriting();
  web.removeInstance(0);
  const hourAgo = Date.now() / 1000 - 3600;
  for (const path of [web.directory, web.podDirectory]) fs.utimesSync(path, hourAgo, hourAgo);
  const { more, ...options } = watched();
  const { outcome } = await it.start(options);
  await more(3);
  fs.writeFileSync(web.path, `${it.kubelet.time()} stdout F one\n`);
  await outcome.says(web.key, ['one']);
});

test('a log that is excluded and admitted again is read on from where it was', async () => {
  const web = it.kubelet.start();
  web.say('one');
  let answer: 'read' | 'never' = 'read';
  const { outcome, tailer } = await it.start({ admit: () => answer });
  await outcome.says(web.key, ['one']);
  for (const [i, rotates] of [false, true, false].entries()) {
    answer = 'never';
    await until(() => tailer.counts.sources.excluded === 1 && tailer.counts.openFiles === 0, 'closed');
    web.say(`${i} meanwhile`);
    if (rotates) web.rotate();
    expect(tailer.counts.backlogBytes).toBe(0);
    answer = 'read';
    web.say(`${i} after`);
    await until(() => outcome.messages(web.key).includes(`${i} after`), 'what was written since');
  }
  const rest = [0, 1, 2].flatMap((i) => [`${i} meanwhile`, `${i} after`]);
  expect(outcome.messages(web.key)).toEqual(['one', ...rest]);
  expect(outcome.lost).toEqual([]);
});

test('a log that is excluded and then deleted is forgotten, and nothing of it is told as lost', async () => {
  const web = it.kubelet.start();
  web.say('one');
  let answer: 'read' | 'never' = 'read';
  const { outcome, tailer } = await it.start({ admit: () => answer });
  await outcome.says(web.key, ['one']);
  answer = 'never';
  await until(() => tailer.counts.openFiles === 0, 'closed');
  web.say('two');
  fs.rmSync(join(web.directory, '..'), { recursive: true });
  await until(() => tailer.status().length === 0 && outcome.saved.size === 0, 'forgotten');
  expect(outcome.lost).toEqual([]);
});
