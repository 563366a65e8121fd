/** When the kernel is short of something: degraded but correct, said once, recovered by itself. */
import * as fs from 'node:fs';
import { expect, test } from 'vitest';
import type { Fs } from '../../src/files/logfile/fs.ts';
import { until } from '../helpers/until.ts';
import { listings } from './listings.ts';
import { session } from './session.ts';

const it = session();

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: made to fail`), { code });
}

for (const code of ['EACCES', 'EMFILE', 'ENFILE', 'EIO']) {
  test(`${code} at open: the others are read, and this one as soon as it can be`, async () => {
    const [web, other] = [it.kubelet.start(), it.kubelet.start({ uid: '11111111-2222-4333-8444-555555555555' })];
    web.say('one');
    other.say('one');
    let fails = true;
    const openSync = (path: string, ...rest: [number]): number => {
      if (fails && path === fs.realpathSync(web.path)) throw failure(code);
      return fs.openSync(path, ...rest);
    };
    const { outcome } = await it.start({ fs: { openSync } as unknown as Partial<Fs> });
    await outcome.says(other.key, ['one']);
    expect(outcome.said.join()).toContain(code);
    expect(outcome.text.has(web.key)).toBe(false);
    fails = false;
    await outcome.says(web.key, ['one']);
    expect(outcome.lost).toEqual([]);
  });
}

test('what cannot be read has a line in the status, with the reason, for as long as that is so', async () => {
  const [web, other] = [it.kubelet.start(), it.kubelet.start({ uid: '11111111-2222-4333-8444-555555555555' })];
  web.say('one');
  fs.symlinkSync('/etc/hostname', `${other.path}.20260101-000000`);
  fs.mkdirSync(`${other.path}.20260102-000000`);
  let blind = '';
  const failing = listings((path, entries) => {
    if (path === blind) throw failure('EACCES');
    return entries;
  });
  blind = web.directory;
  const { tailer, outcome } = await it.start({ fs: failing });
  const unread = (): Record<string, string> =>
    Object.fromEntries(
      tailer
        .status()
        .filter((each) => each.state === 'unreadable')
        .map(({ path, why }) => [path, why]),
    );
  expect(unread()).toEqual({
    [web.directory]: 'it cannot be listed (EACCES)',
    [`${other.path}.20260101-000000`]: 'it leads out of the log directories',
    [`${other.path}.20260102-000000`]: 'it is no regular file, or leads nowhere',
  });
  expect(tailer.blind).toBe('');
  const line = tailer.status().find((each) => each.path === web.directory);
  expect(line).toMatchObject({ namespace: 'shop', pod: 'web-7d9f8b-abcde', container: 'web', key: `${web.uid}/web` });
  blind = it.kubelet.podsDir;
  fs.unlinkSync(`${other.path}.20260101-000000`);
  fs.rmdirSync(`${other.path}.20260102-000000`);
  it.kubelet.start({ uid: '21111111-2222-4333-8444-555555555555' });
  await until(() => tailer.blind === 'it cannot be listed (EACCES)', 'blind');
  blind = '';
  await outcome.says(web.key, ['one']);
  await until(() => Object.keys(unread()).length === 0, 'all is seen');
  expect(tailer.blind).toBe('');
});

test('a moment without a free descriptor is no blindness: a neighbour that opens connections does not make podferry unready', async () => {
  it.kubelet.start();
  let [skew, fails] = [0, false];
  const failing = listings((path, entries) => {
    if (fails && path === it.kubelet.podsDir) throw failure('EMFILE');
    return entries;
  });
  const { tailer, outcome } = await it.start({ fs: failing, now: () => Date.now() + skew });
  fails = true;
  it.kubelet.start({ uid: '21111111-2222-4333-8444-555555555555' });
  await until(() => outcome.said.some((each) => each.includes('cannot be listed (EMFILE)')), 'it is said');
  expect(tailer.blind).toBe('');
  skew = 30_000;
  await until(() => tailer.blind === 'it cannot be listed (EMFILE)', 'it lasts');
  fails = false;
  await until(() => tailer.blind === '', 'it is over');
});

test('EACCES at the directory, then chmod', async () => {
  const web = it.kubelet.start();
  web.say('one');
  let fails = true;
  const failing = listings((path, entries) => {
    if (fails && path === web.directory) throw failure('EACCES');
    return entries;
  });
  const { outcome } = await it.start({ fs: failing });
  await until(() => outcome.said.join().includes('EACCES'), 'it was said');
  fails = false;
  await outcome.says(web.key, ['one']);
});

for (const code of ['EMFILE', 'EACCES', 'EIO']) {
  test(`a file that cannot be opened (${code}) until it is deleted is lost as large as it was, counted and marked`, async () => {
    const web = it.kubelet.start();
    const [one, two] = [web.say('one').length, web.rotate()];
    // Last written before the line that comes after it.
    const written = new Date('2026-11-20T01:00:00Z');
    fs.utimesSync(two, written, written);
    web.say('three');
    const other = it.kubelet.start({ uid: '11111111-2222-4333-8444-555555555555' });
    const only = other.say('only').length;
    const refused = [two, other.path].map((path) => fs.realpathSync(path));
    const openSync = ((path: string, flags: number): number => {
      if (refused.includes(path)) throw failure(code);
      return fs.openSync(path, flags);
    }) as Fs['openSync'];
    const { outcome } = await it.start({ fs: { openSync } });
    await until(() => outcome.said.join().includes(code), 'it was said');
    expect(outcome.lost).toEqual([]);
    fs.unlinkSync(two);
    other.removePod();
    await outcome.says(web.key, [`<gap deleted_unread ${one}>`, 'three']);
    await outcome.says(other.key, [`<gap deleted_unread ${only}>`]);
    expect(outcome.lost).toHaveLength(2);
  });
}

test('a file that could not be opened was renamed and compressed while nothing could be listed: read, and not called lost', async () => {
  const web = it.kubelet.start({ maxFiles: 9 });
  web.say('one');
  const refused = fs.statSync(web.path).ino;
  let fails = true;
  const failing = listings((path, entries) => {
    if (fails && path === web.directory && !fs.existsSync(web.path)) throw failure('EMFILE');
    return entries;
  });
  const openSync = ((path: string, flags: number): number => {
    if (fs.statSync(path).ino === refused) throw failure('EMFILE');
    return fs.openSync(path, flags);
  }) as Fs['openSync'];
  const { outcome } = await it.start({ fs: { ...failing, openSync } });
  await until(() => outcome.said.length > 0, 'it was said');
  // Renamed, and compressed by the next rotation, before anybody may look.
  web.rename();
  await until(() => outcome.said.some((each) => each.includes('cannot be listed')), 'nothing is seen');
  web.compressRotated();
  web.reopen();
  fails = false;
  web.say('two');
  await until(() => outcome.messages(web.key).includes('two'), 'the next file is read');
  await until(() => outcome.unseen.length > 0, 'it is told that lines may be missing');
  expect(outcome.messages(web.key).filter((each) => !each.startsWith('<'))).toEqual(['one', 'two']);
  expect([outcome.lost, outcome.unseen]).toEqual([[], [web.key]]);
});

test('EMFILE on the older file of a log: its entry is not taken for lost', async () => {
  const { web, former } = await it.stopped();
  web.say('two');
  const rotated = web.rotate();
  web.say('three');
  let fails = true;
  const openSync = (path: string, ...rest: [number]): number => {
    if (fails && path === fs.realpathSync(rotated)) throw failure('EMFILE');
    return fs.openSync(path, ...rest);
  };
  const second = await it.start({ fs: { openSync } as unknown as Partial<Fs> }, former);
  await until(() => second.outcome.said.length > 0, 'it was said');
  fails = false;
  await second.outcome.says(web.key, ['two', 'three']);
  expect(second.outcome.lost).toEqual([]);
});

test('EACCES for long on the older file of a log: the newer is read, nothing is said to be lost, and it is read when it heals', async () => {
  const { web, former } = await it.stopped();
  const [entry] = former.saved.values();
  former.saved.set(entry!.fingerprint, { ...entry!, size: entry!.size + 10 });
  web.say('two');
  const rotated = web.rotate();
  web.say('three');
  let fails = true;
  let skew = 0;
  const openSync = (path: string, ...rest: [number]): number => {
    if (fails && path === fs.realpathSync(rotated)) throw failure('EACCES');
    return fs.openSync(path, ...rest);
  };
  const options = { fs: { openSync } as unknown as Partial<Fs>, now: () => Date.now() + skew };
  const second = await it.start(options, former);
  await until(() => second.outcome.said.length > 0, 'it was said');
  expect(second.outcome.text.size).toBe(0);
  skew = 60_000;
  await second.outcome.says(web.key, ['three']);
  expect(second.outcome.lost).toEqual([]);
  fails = false;
  skew = 600_000;
  await second.outcome.says(web.key, ['three', 'two']);
  expect(second.outcome.lost).toEqual([]);
});

function failingRead(fails: (at: number) => boolean): Partial<Fs> {
  const read = (...args: Parameters<typeof fs.read>): void => {
    const [, , , , at] = args as unknown as [number, Buffer, number, number, number];
    const done = args.at(-1) as unknown as (error: Error | null, bytes: number) => void;
    if (fails(at)) setImmediate(() => done(failure('EIO'), 0));
    else (fs.read as (...args: unknown[]) => void)(...args);
  };
  return { read: read as unknown as Fs['read'] };
}

test('EIO that heals: read again, nothing lost', async () => {
  const web = it.kubelet.start();
  web.say('one');
  let failures = 2;
  const { outcome } = await it.start({ fs: failingRead(() => failures-- > 0) });
  await outcome.says(web.key, ['one'], 20_000);
  expect(outcome.lost).toEqual([]);
  expect(outcome.said.join()).toContain('cannot be read');
});

test('EIO that stays: the file is given up, its rest lost and marked, the next file read', async () => {
  const web = it.kubelet.start();
  const length = web.say('one').length;
  let broken = false;
  let skew = 0;
  const { outcome, tailer } = await it.start({
    fs: failingRead((at) => broken && at >= length),
    now: () => Date.now() + skew,
  });
  await outcome.says(web.key, ['one']);
  broken = true;
  const unread = web.say('two').length;
  await until(() => tailer.status()[0]!.state === 'unreadable', 'the first failure');
  web.rotate();
  broken = true;
  web.say('three');
  const passing = setInterval(() => (skew += 10_000), 20);
  await until(() => outcome.gaps.length > 0, 'it was given up');
  broken = false;
  clearInterval(passing);
  await outcome.says(web.key, ['one', `<gap unreadable ${unread}>`, 'three']);
  expect(outcome.lost).toEqual([{ reason: 'unreadable', bytes: unread, key: web.key }]);
});

test('EIO that stays, of a file that grows meanwhile: all of it is counted', async () => {
  const web = it.kubelet.start();
  web.say('one');
  let [broken, skew] = [false, 0];
  const readSync = (...args: Parameters<typeof fs.readSync>): number => {
    if (broken) throw failure('EIO');
    return fs.readSync(...args);
  };
  const { outcome, tailer } = await it.start({
    fs: { ...failingRead(() => broken), readSync: readSync as Fs['readSync'] },
    now: () => Date.now() + skew,
  });
  await outcome.says(web.key, ['one']);
  web.say('two');
  await outcome.says(web.key, ['one', 'two']);
  broken = true;
  let unread = web.say('three').length;
  await until(() => tailer.status()[0]!.state === 'unreadable', 'the first failure');
  unread += web.say('four', 'five').length;
  const passing = setInterval(() => (skew += 10_000), 20);
  await until(() => outcome.gaps.length > 0, 'it was given up');
  clearInterval(passing);
  expect(outcome.lost).toEqual([{ reason: 'unreadable', bytes: unread, key: web.key }]);
});

test('pods_dir that is not there yet, or goes away for a while', async () => {
  fs.rmdirSync(it.kubelet.podsDir);
  const { outcome, tailer } = await it.start();
  fs.mkdirSync(it.kubelet.podsDir);
  const web = it.kubelet.start();
  web.say('one');
  await outcome.says(web.key, ['one']);
  const aside = `${it.kubelet.podsDir}.aside`;
  fs.renameSync(it.kubelet.podsDir, aside);
  web.say('two');
  await outcome.says(web.key, ['one', 'two']);
  fs.renameSync(aside, it.kubelet.podsDir);
  web.say('three');
  await until(() => tailer.counts.backlogBytes === 0, 'all read');
  await outcome.says(web.key, ['one', 'two', 'three']);
});

test('a file that is gone between the listing and its opening: counted as deleted unread', async () => {
  const web = it.kubelet.start();
  web.say('zero');
  const { outcome } = await it.start({
    fs: {
      openSync: ((path: string, ...rest: [number]): number => {
        if (/0\.log\.2\d+-\d+$/.test(path)) fs.unlinkSync(path);
        return fs.openSync(path, ...rest);
      }) as unknown as Fs['openSync'],
    },
  });
  await outcome.says(web.key, ['zero']);
  const length = 'x'.repeat(99).length;
  const rotated = `${web.path}.20260101-000000`;
  fs.writeFileSync(`${rotated}.new`, 'x'.repeat(99));
  const changed = new Date('2026-11-20T01:02:03.456Z');
  fs.utimesSync(`${rotated}.new`, changed, changed);
  fs.renameSync(`${rotated}.new`, rotated);
  await until(() => outcome.gaps.length > 0, 'the loss');
  expect(outcome.lost).toEqual([{ reason: 'deleted_unread', bytes: length, key: web.key }]);
  // Dated by what is known of it, so that a process that tells it again gives it the same id.
  expect(outcome.gaps[0]).toMatchObject({ reason: 'deleted_unread', bytes: length, time: changed.toISOString() });
  web.say('one');
  await until(() => outcome.messages(web.key).includes('one'), 'the log goes on');
});
