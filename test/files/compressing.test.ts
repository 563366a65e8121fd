/** gzip writes `x.gz` beside `x`, and removes `x` in the end: what is seen of `x.gz` before that is no damage and no loss. */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Fs } from '../../src/files/logfile/fs.ts';
import { until } from '../helpers/until.ts';
import { session } from './session.ts';

const it = session();

test('a first start while gzip is writing: nothing is told as lost, and every line comes once', async () => {
  const web = it.kubelet.start();
  web.say('one', 'two');
  const rotated = web.rename();
  web.reopen();
  web.say('three');
  const packed = gzipSync(fs.readFileSync(rotated));
  // Its header.
  fs.writeFileSync(`${rotated}.gz`, packed.subarray(0, 12));
  let [now, listed] = [fs.statSync(`${rotated}.gz`).mtimeMs, 0];
  const readdir: Fs['readdir'] = (path) => {
    if (path === web.directory) listed++;
    return fs.promises.readdir(path, { withFileTypes: true });
  };
  const { outcome, tailer } = await it.start({ now: () => now, fs: { readdir } });
  tailer.look(web.directory);
  await until(() => listed > 2, 'it is listed again');
  fs.writeFileSync(`${rotated}.gz`, packed);
  fs.unlinkSync(rotated);
  now += 5000;
  tailer.look(web.directory);
  await outcome.says(web.key, ['one', 'two', 'three']);
  expect([outcome.lost, outcome.gaps]).toEqual([[], []]);
});

test('what a gzip that was killed has left beside a file that was read and closed long ago is no loss', async () => {
  const web = it.kubelet.start({ maxFiles: 100 });
  const opened: string[] = [];
  const openSync: Fs['openSync'] = (path, flags) => {
    opened.push(String(path));
    return fs.openSync(path, flags);
  };
  const { outcome, tailer } = await it.start({ fs: { openSync } });
  const messages = ['one', 'two', 'three', 'four'].map((each) => `${each} ${randomBytes(50_000).toString('hex')}`);
  for (const message of messages) {
    web.say(message);
    web.rotate({ compress: false });
  }
  web.say('five');
  messages.push('five');
  await outcome.says(web.key, messages);
  await until(() => tailer.counts.openFiles === 2, 'two are open');
  const [oldest] = web.rotated();
  const text = fs.readFileSync(oldest!);
  const packed = gzipSync(text);
  const leave = async (bytes: Buffer): Promise<void> => {
    opened.length = 0;
    fs.writeFileSync(`${oldest}.gz`, bytes);
    // Long ago.
    fs.utimesSync(`${oldest}.gz`, 1, 1);
    tailer.look(web.directory);
    await until(() => opened.some((each) => each.endsWith('.gz')), 'it is looked at');
    await until(() => tailer.counts.openFiles === 2, 'and closed');
  };
  await leave(packed.subarray(0, packed.length / 4));
  await leave(packed.subarray(0, packed.length / 2));
  expect(outcome.messages(web.key)).toEqual(messages);
  // gzip again, to the end, with a line that was written just before it began.
  fs.unlinkSync(oldest!);
  await leave(gzipSync(`${text.toString()}${it.kubelet.time()} stdout F late\n`));
  await outcome.says(web.key, [...messages, 'late']);
  expect([outcome.lost, outcome.gaps]).toEqual([[], []]);
});
