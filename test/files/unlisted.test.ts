/**
 * Files that a listing missed, since the kubelet rotated while it was made: found by the crash test, which saw the lines of a
 * newer file come before theirs.
 */
import * as fs from 'node:fs';
import { expect, test } from 'vitest';
import type { Fs } from '../../src/files/fs.ts';
import { realFs } from '../../src/files/fs.ts';
import { until } from '../helpers/until.ts';
import { session, stick } from './session.ts';

const it = session();

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
