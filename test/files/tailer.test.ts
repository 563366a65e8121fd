/** The tailer against a fake kubelet: what it reads while it runs, and after a restart. */
import { expect, test } from 'vitest';
import { until } from '../helpers/until.ts';
import { session } from './session.ts';

const it = session();

test('existing lines, then appended lines, all once', async () => {
  const web = it.kubelet.start();
  web.say('one', 'two');
  const { outcome } = await it.start();
  await outcome.says(web.key, ['one', 'two']);
  web.say('three');
  await outcome.says(web.key, ['one', 'two', 'three']);
  expect(outcome.logs.get(web.key)!.containerId).toBe(web.containerId);
});

test('rename and create: the old file to its end, then the new one', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { outcome } = await it.start();
  await outcome.says(web.key, ['one']);
  web.rotate();
  web.say('two');
  await outcome.says(web.key, ['one', 'two']);
  web.rotate();
  web.rotate();
  web.say('three');
  await outcome.says(web.key, ['one', 'two', 'three']);
});

test('resumes at its offset', async () => {
  const web = it.kubelet.start();
  web.say('one', 'two');
  const first = await it.start();
  await first.outcome.says(web.key, ['one', 'two']);
  await first.tailer.stop();
  web.say('three');
  const second = await it.start({}, first.outcome);
  await second.outcome.says(web.key, ['three']);
  expect(second.outcome.lost).toEqual([]);
});

test('down over several rotations: reads on in the middle of a compressed file, then everything after it', async () => {
  const web = it.kubelet.start();
  web.say('one', 'two');
  const first = await it.start();
  await first.outcome.says(web.key, ['one', 'two']);
  await first.tailer.stop();
  web.say('three');
  web.rotate();
  web.say('four');
  web.rotate();
  web.say('five');
  web.rotate();
  web.say('six');
  const second = await it.start({}, first.outcome);
  await second.outcome.says(web.key, ['three', 'four', 'five', 'six']);
  expect(second.outcome.lost).toEqual([]);
});

test('a pod that goes: its log ends, nothing of it is remembered', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { tailer, outcome } = await it.start();
  await outcome.says(web.key, ['one']);
  web.say('two');
  web.stopWriting();
  web.removePod();
  await outcome.says(web.key, ['one', 'two']);
  await until(() => outcome.ended.includes(web.key), 'the end');
  await until(() => outcome.saved.size === 0, 'entries forgotten');
  await until(() => tailer.counts.openFiles === 0, 'descriptors closed');
});
