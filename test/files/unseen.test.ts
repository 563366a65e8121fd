/** What nobody saw while no agent ran: no size is known, so nothing is counted in bytes, and the place is marked all the same. */
import * as fs from 'node:fs';
import { expect, test } from 'vitest';
import type { Fs } from '../../src/files/logfile/fs.ts';
import { until } from '../helpers/until.ts';
import type { FakeContainer } from '../helpers/kubelet.ts';
import type { Outcome } from './follow.ts';
import { session } from './session.ts';

const it = session();
const GAP = '<gap rotated_away 0>';

/** Starts, reads `one`, stops. */
async function readOne(web: FakeContainer): Promise<Outcome> {
  web.say('one');
  const { outcome, tailer } = await it.start();
  await outcome.says(web.key, ['one']);
  await tailer.stop();
  return outcome;
}

/** Writes a line and rotates, so often. The last line stays in n.log. */
function sayAndRotate(web: FakeContainer, ...messages: string[]): void {
  for (const message of messages) {
    web.rotate();
    web.say(message);
  }
}

test('everything read, then rotated beyond what kubelet keeps while the agent is down: lines may be missing, and that is told', async () => {
  const web = it.kubelet.start({ maxFiles: 3 });
  const former = await readOne(web);
  const [entry] = former.saved.values();
  sayAndRotate(web, 'two', 'three', 'four', 'five');
  const { outcome } = await it.start({}, former);
  await outcome.says(web.key, [GAP, 'three', 'four', 'five']);
  expect([outcome.lost, outcome.unseen]).toEqual([[], [web.key]]);
  const [gap] = outcome.gaps;
  expect(gap).toMatchObject({ reason: 'rotated_away', bytes: 0, offset: entry!.position.out });
  // Up to the first line that is there.
  const heads = outcome.sources.filter((each) => each !== gap!.source).map(({ head }) => head);
  expect(gap!.unseenUntil).toBe(heads.sort()[0]);
  expect(gap!.message).toContain(`lines may be missing from here up to the line of ${gap!.unseenUntil}`);
  expect(outcome.said.filter((each) => each.includes('lines that nobody saw'))).toHaveLength(1);
});

test('such a gap is told again at the same place until its document is acknowledged, and then no more', async () => {
  const web = it.kubelet.start({ maxFiles: 2 });
  const former = await readOne(web);
  sayAndRotate(web, 'two', 'three');
  let [aheadMs, sweeps] = [0, 0];
  const statSync = ((path: string, options: fs.StatSyncOptions) => {
    if (path === it.kubelet.podsDir) sweeps++;
    return fs.statSync(path, options);
  }) as Fs['statSync'];
  const second = await it.start({ now: () => Date.now() + aheadMs, fs: { statSync } }, former);
  second.outcome.settles = false;
  await second.outcome.says(web.key, [GAP, 'two', 'three']);
  // However long that takes.
  aheadMs = 3_600_000;
  sweeps = 0;
  await until(() => sweeps > 2, 'two sweeps');
  await second.tailer.stop();
  const third = await it.start({}, second.outcome);
  await third.outcome.says(web.key, [GAP, 'two', 'three']);
  const place = ({ gaps }: Outcome) => gaps.map(({ offset, time, source }) => [offset, time, source.fingerprint]);
  expect(place(third.outcome)).toEqual(place(second.outcome));
  await until(() => third.outcome.saved.size === 2, 'the entry of the file that is gone is forgotten');
  await third.tailer.stop();
  web.say('four');
  const fourth = await it.start({}, third.outcome);
  await fourth.outcome.says(web.key, ['four']);
});

test('what was seen and not shipped is counted, and that more may be missing is marked by the same document', async () => {
  const web = it.kubelet.start({ maxFiles: 2 });
  web.say('one');
  const first = await it.start();
  first.outcome.settles = false;
  await first.outcome.says(web.key, ['one']);
  await first.tailer.stop();
  const [entry] = first.outcome.saved.values();
  sayAndRotate(web, 'two', 'three');
  const { outcome } = await it.start({}, first.outcome);
  await outcome.says(web.key, [`<gap rotated_away ${entry!.size}>`, 'two', 'three']);
  expect(outcome.lost).toEqual([{ reason: 'rotated_away', bytes: entry!.size, key: web.key }]);
  expect(outcome.unseen).toEqual([web.key]);
});

test('the container was restarted and the files of the instance that was read are gone: its end may be missing', async () => {
  const web = it.kubelet.start();
  const former = await readOne(web);
  const gone = web.key;
  web.restartContainer();
  web.restartContainer();
  web.say('of the third instance');
  const { outcome } = await it.start({}, former);
  await outcome.says(gone, [GAP]);
  await outcome.says(web.key, ['of the third instance']);
  expect(outcome.unseen).toEqual([gone]);
});

test('the pod is gone, and the agent had been behind: more than it had seen may be lost', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const first = await it.start();
  first.outcome.settles = false;
  await first.outcome.says(web.key, ['one']);
  await first.tailer.stop();
  const [entry] = first.outcome.saved.values();
  web.say('two');
  web.removePod();
  const { outcome } = await it.start({}, first.outcome);
  await outcome.says(web.key, [`<gap rotated_away ${entry!.size}>`]);
  expect(outcome.unseen).toEqual([web.key]);
  expect(outcome.gaps[0]!.message).toMatch(/^44 bytes of .* may be missing; they are not confirmed as stored/);
});

test.each<[what: string, happens: (web: FakeContainer) => void, then: string[]]>([
  ['it is there under another name', (web) => sayAndRotate(web, 'two', 'three'), ['two', 'three']],
  ['its instance was followed, and both are there', (web) => web.restartContainer(), []],
  ['the pod is gone, and nothing of it was unread', (web) => web.removePod(), []],
])('no false alarm about a file that was read: %s', async (what, happens, then) => {
  const web = it.kubelet.start();
  const former = await readOne(web);
  const { key } = web;
  happens(web);
  const other = it.kubelet.start({ pod: 'other', uid: '11111111-2222-4333-8444-555555555555' });
  other.say('here');
  const { outcome } = await it.start({}, former);
  await outcome.says(other.key, ['here']);
  await outcome.says(key, then);
  expect([outcome.gaps, outcome.unseen]).toEqual([[], []]);
  const said = outcome.said.filter((each) => each.includes('nobody saw'));
  expect(said.length).toBe(what.startsWith('the pod is gone') ? 1 : 0);
});

test('no false alarm when kubelet removed older files that were read, and the newest that was known is there', async () => {
  const web = it.kubelet.start({ maxFiles: 4 });
  web.say('one');
  const first = await it.start();
  sayAndRotate(web, 'two', 'three');
  await first.outcome.says(web.key, ['one', 'two', 'three']);
  await first.tailer.stop();
  sayAndRotate(web, 'four', 'five');
  const { outcome } = await it.start({}, first.outcome);
  await outcome.says(web.key, ['four', 'five']);
  expect([outcome.gaps, outcome.unseen]).toEqual([[], []]);
});
