/** What is kept of files that are done with, and what is let go: descriptors, entries, logs. */
import * as fs from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { realFs, type Fs } from '../../src/files/fs.ts';
import { until } from '../helpers/until.ts';
import type { FakeContainer } from '../helpers/kubelet.ts';
import type { Outcome } from './follow.ts';
import { session } from './session.ts';

const it = session();

/** The real file system; `listed` counts the listings of pods_dir, and so the sweeps. `hidden` is in no listing. */
function watched() {
  const seen = { sweeps: 0, opened: [] as string[], hidden: '', fails: '' };
  const statSync = ((path: string, options: fs.StatSyncOptions) => {
    if (path === it.kubelet.podsDir) seen.sweeps++;
    return fs.statSync(path, options);
  }) as Fs['statSync'];
  const readdir = async (path: string): Promise<fs.Dirent[]> =>
    (await realFs.readdir(path)).filter((each) => each.name !== seen.hidden);
  const openSync = ((path: string, flags: number): number => {
    if (path === seen.fails) throw Object.assign(new Error('made to fail'), { code: 'EMFILE' });
    seen.opened.push(basename(path));
    return fs.openSync(path, flags);
  }) as Fs['openSync'];
  const more = (sweeps: number): Promise<void> => {
    const from = seen.sweeps;
    return until(() => seen.sweeps > from + sweeps, `${sweeps} sweeps`);
  };
  return { seen, more, fs: { statSync, readdir, openSync } };
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
  const before = seen.opened.length;
  for (let i = 0; i < 3; i++) {
    tailer.look(web.directory);
    await more(1);
  }
  expect(seen.opened.slice(before)).toEqual([]);
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
});

test('a write to a file that was closed long ago is read when it is listed', async () => {
  const web = it.kubelet.start({ maxFiles: 100 });
  const { outcome, tailer } = await it.start();
  const messages = await filled(web, outcome, 5);
  await until(() => tailer.counts.openFiles === 2, 'two are open');
  fs.appendFileSync(web.rotated()[0]!, `${it.kubelet.time()} stdout F late\n`);
  tailer.look(web.directory);
  await outcome.says(web.key, [...messages, 'late']);
});

test('a listing that lacks a file makes nobody forget it', async () => {
  const web = it.kubelet.start({ maxFiles: 100 });
  const { seen, more, ...options } = watched();
  const { outcome, tailer } = await it.start({ ...options, quietMs: 400, sweepMs: 20 });
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

test('a file that is deleted is forgotten when what was read of it is settled, and not before', async () => {
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
