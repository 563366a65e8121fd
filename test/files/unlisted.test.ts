/**
 * Files that a listing missed, since the kubelet rotated while it was made: found by the crash test, which saw the lines of a
 * newer file come before theirs.
 */
import * as fs from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Fs } from '../../src/files/logfile/fs.ts';
import { realFs } from '../../src/files/logfile/fs.ts';
import { until } from '../helpers/until.ts';
import { listings } from './listings.ts';
import { session, stick } from './session.ts';

const it = session();

/** The first listing that would have the file at `path` lacks it, as if it had been renamed while the listing was made. */
function lacking(path: string): Partial<Fs> {
  let isFirst = true;
  return listings((_, entries) => {
    const others = entries.filter((each) => each.name !== basename(path));
    if (!isFirst || others.length === entries.length) return entries;
    isFirst = false;
    return others;
  });
}

test('a rotation between the listing and the opening: the file that was renamed is not skipped', async () => {
  const web = it.kubelet.start();
  const hourAgo = Date.now() / 1000 - 3600;
  web.say('one');
  fs.utimesSync(web.path, hourAgo, hourAgo);
  web.rotate({ compress: false });
  web.say('two');
  let rotated = false;
  const openSync = (path: string, flags: number): number => {
    // The listing has `0.log`; what is opened under that name is the file after it.
    if (!rotated && path === web.path) {
      rotated = true;
      web.rotate();
      web.say('three');
    }
    return realFs.openSync(path, flags);
  };
  const { outcome } = await it.start({ sweepMs: 60_000, quietMs: 1, fs: { openSync } as unknown as Partial<Fs> });
  await outcome.says(web.key, ['one', 'two', 'three']);
  expect(outcome.lost).toEqual([]);
});

test('a rotation between the listing and the opening, of the only file there is: its lines come before those of the new one', async () => {
  const web = it.kubelet.start();
  web.say('one');
  // Else a sweep would list it again before it is opened, since it was changed a moment ago.
  fs.utimesSync(web.directory, 0, 0);
  let rotated = false;
  const openSync: Fs['openSync'] = (path, flags) => {
    if (!rotated && path === web.path) {
      rotated = true;
      web.rotate();
      web.say('two');
    }
    return realFs.openSync(path, flags);
  };
  const { outcome } = await it.start({ sweepMs: 2000, quietMs: 1, fs: { openSync } });
  await outcome.says(web.key, ['one', 'two']);
  expect(outcome.lost).toEqual([]);
});

test('rotated twice between two looks: the file in the middle comes before the new one', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { outcome } = await it.start({ sweepMs: 100, quietMs: 1 });
  await outcome.says(web.key, ['one']);
  web.rotate({ compress: false });
  web.say('two');
  web.rotate();
  web.say('three');
  await outcome.says(web.key, ['one', 'two', 'three']);
});

test('a file opened while it was empty is known by the time its compressed copy comes, with the sink stuck', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { outcome, tailer } = await it.start();
  await outcome.says(web.key, ['one']);
  const flow = stick(outcome);
  web.say('two');
  for (const message of ['three', 'four', 'five']) {
    web.rotate();
    await until(() => tailer.status().some((each) => each.path === web.path && each.size === 0), 'it is seen empty');
    web.say(message);
    await until(() => tailer.status().some((each) => each.path === web.path && each.size > 0), 'it is seen to grow');
  }
  // No copy is held beside its original: that would take twice the descriptors, and twice the disk once both are deleted.
  await until(() => tailer.counts.openFiles === 4 && tailer.status().length === 4, 'one descriptor a file');
  flow();
  await outcome.says(web.key, ['one', 'two', 'three', 'four', 'five']);
});

test('a file that the listing lacked is looked for before a newer one is begun', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const lacks = lacking(web.rotate({ compress: false }));
  web.say('two');
  let fails = true;
  // So that the newer one is not known by the end of the listing.
  const read = (...args: unknown[]): void => {
    if (!fails) return (fs.read as (...args: unknown[]) => void)(...args);
    fails = false;
    const done = args.at(-1) as (error: Error, bytes: number) => void;
    setImmediate(() => done(Object.assign(new Error('made to fail'), { code: 'EIO' }), 0));
  };
  const { outcome } = await it.start({ sweepMs: 60_000, quietMs: 0, fs: { ...lacks, read: read as Fs['read'] } });
  await outcome.says(web.key, ['one', 'two']);
});

test('a file that the listing lacked is looked for before the one before it is done with', async () => {
  const web = it.kubelet.start();
  web.say('one');
  web.rotate({ compress: false });
  web.say('two');
  const lacks = lacking(web.rotate({ compress: false }));
  web.say('three');
  const { outcome } = await it.start({ sweepMs: 60_000, quietMs: 0, fs: lacks });
  await outcome.says(web.key, ['one', 'two', 'three']);
});

test('the listing lacked the compressed file of which the rest is to be read: found before that is told as lost', async () => {
  const { web, former } = await it.stopped();
  web.say('two');
  const [entry] = former.saved.values();
  former.saved.set(entry!.fingerprint, { ...entry!, size: fs.statSync(web.path).size });
  web.rotate();
  web.say('three');
  web.rotate();
  const lacks = lacking(web.rotated()[0]!);
  const second = await it.start({ sweepMs: 60_000, quietMs: 0, fs: lacks }, former);
  await second.outcome.says(web.key, ['two', 'three']);
  expect(second.outcome.lost).toEqual([]);
});

for (const [what, goes] of [
  ['renamed', (path: string) => fs.renameSync(path, `${path}.20261120-020000`)],
  [
    'compressed',
    (path: string) => {
      fs.writeFileSync(`${path}.gz`, gzipSync(fs.readFileSync(path)));
      fs.unlinkSync(path);
    },
  ],
] as const) {
  test(`a file that is ${what} between the listing and its opening is not taken for deleted`, async () => {
    const web = it.kubelet.start();
    web.say('one', 'two');
    let isFirst = true;
    const openSync = (path: string, flags: number): number => {
      if (isFirst && path === web.path) {
        isFirst = false;
        goes(path);
      }
      return fs.openSync(path, flags);
    };
    const { outcome, tailer } = await it.start({ fs: { openSync } as unknown as Partial<Fs> });
    await outcome.says(web.key, ['one', 'two']);
    await until(() => tailer.status().every((each) => each.why === ''), 'nothing left to tell');
    expect([outcome.lost, outcome.gaps]).toEqual([[], []]);
  });
}
