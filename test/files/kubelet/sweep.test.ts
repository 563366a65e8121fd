/** What nothing tells of is found all the same, within a minute. */
import { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Fs } from '../../../src/files/logfile/fs.ts';
import { until } from '../../helpers/until.ts';
import { session } from '../session.ts';

const it = session();

/** The clock of the agent, ahead of the real one, and a file system that counts the sweeps. */
function ahead() {
  const clock = { aheadMs: 10_000, sweeps: 0, frozen: false };
  const statSync = ((path: string, options: fs.StatSyncOptions) => {
    if (path === it.kubelet.podsDir) clock.sweeps++;
    const stat = fs.statSync(path, options) as fs.Stats | undefined;
    if (clock.frozen && stat?.isDirectory()) stat.mtimeMs = 1000;
    return stat;
  }) as Fs['statSync'];
  const swept = (): Promise<void> => {
    const from = clock.sweeps;
    return until(() => clock.sweeps > from + 2, 'two sweeps');
  };
  // A file system without events.
  const watch = (() => Object.assign(new EventEmitter(), { close: () => undefined })) as unknown as Fs['watch'];
  // Where there are no links there are no hints of those.
  const containersDir = join(it.kubelet.root, 'none');
  return { clock, swept, options: { containersDir, now: () => Date.now() + clock.aheadMs, fs: { statSync, watch } } };
}

test('a line that is written late to a rotated file, which was closed long ago, comes within a minute', async () => {
  const web = it.kubelet.start({ maxFiles: 100 });
  const { clock, swept, options } = ahead();
  const { outcome, tailer } = await it.start(options);
  const messages = ['one', 'two', 'three', 'four'];
  for (const message of messages) {
    web.say(message);
    web.rotate({ compress: false });
  }
  web.say('five');
  await outcome.says(web.key, [...messages, 'five']);
  await until(() => tailer.counts.openFiles === 2, 'two are open');
  await swept();
  fs.appendFileSync(web.rotated()[0]!, `${it.kubelet.time()} stdout F late\n`);
  await swept();
  expect(outcome.messages(web.key)).not.toContain('late');
  clock.aheadMs += 60_000;
  await outcome.says(web.key, [...messages, 'five', 'late']);
});

test('on a file system that does not tell when a directory changed, new pods, containers and files come within a minute', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { clock, swept, options } = ahead();
  clock.frozen = true;
  const { outcome, tailer } = await it.start(options);
  await outcome.says(web.key, ['one']);
  await swept();
  const other = it.kubelet.start({ container: 'other' });
  const pod = it.kubelet.start({ uid: '11111111-2222-4333-8444-555555555555' });
  web.restartContainer();
  for (const each of [web, other, pod]) each.say('new');
  await swept();
  expect(tailer.status()).toHaveLength(1);
  clock.aheadMs += 60_000;
  for (const each of [web, other, pod]) await outcome.says(each.key, ['new']);
});
