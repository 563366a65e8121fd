/** Pods that live for a moment: read if they can be opened in time, told once if only their name was seen. Real kernel events. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Tailer } from '../../../src/files/tailer.ts';
import { until } from '../../helpers/until.ts';
import type { Outcome } from '../follow.ts';
import { session } from '../session.ts';

const it = session();
const GAP = '<gap deleted_unread 0>';
const UNSEEN = 'nobody saw';

interface Pod {
  readonly uid: string;
  readonly path: string;
  readonly web: string;
  readonly log: string;
}

function podOf(i: number): Pod {
  const uid = `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`;
  const path = join(it.kubelet.podsDir, `shop_web-${i}_${uid}`);
  const web = join(path, 'web');
  return { uid, path, web, log: join(web, '0.log') };
}

function line(message: string): string {
  return `${it.kubelet.time()} stdout F ${message}\n`;
}

/** No sweep comes to help, and no link. */
function eventsOnly(former?: Outcome): Promise<{ tailer: Tailer; outcome: Outcome }> {
  return it.start({ sweepMs: 600_000, containersDir: join(it.kubelet.root, 'none') }, former);
}

/** An event that is handled after all before it: the kernel keeps their order. */
async function allIsHandled(outcome: Outcome): Promise<void> {
  const last = podOf(999);
  fs.mkdirSync(last.web, { recursive: true });
  fs.writeFileSync(last.log, line('last'));
  await outcome.says(`${last.uid}/web/0`, ['last']);
}

test('twenty pods, each there for 50 ms, are read without a sweep or a link', async () => {
  const { outcome } = await eventsOnly();
  const pods = Array.from({ length: 20 }, (_, i) => podOf(i));
  for (const { path, web, log } of pods) {
    fs.mkdirSync(web, { recursive: true });
    fs.writeFileSync(log, line('one') + line('two'));
    await new Promise((wake) => setTimeout(wake, 50));
    fs.rmSync(path, { recursive: true });
  }
  // Too late for one is no mistake on a busy machine: it is told then.
  const isRead = ({ uid }: Pod): boolean => outcome.messages(`${uid}/web/0`).join() === 'one,two';
  const isTold = ({ uid }: Pod): boolean => outcome.unseen.some((key) => key.startsWith(uid));
  await until(() => pods.every((each) => isRead(each) !== isTold(each)), 'each pod is read, or told');
});

test.each<
  [what: string, key: (pod: Pod) => string, before: (pod: Pod) => string | undefined, comes: (pod: Pod) => void]
>([
  [
    'the pod itself',
    ({ uid }) => `${uid}//0`,
    () => undefined,
    ({ path, web, log }) => {
      fs.mkdirSync(web, { recursive: true });
      fs.writeFileSync(log, line('one'));
      fs.rmSync(path, { recursive: true });
    },
  ],
  [
    'its container',
    ({ uid }) => `${uid}/web/0`,
    ({ path }) => path,
    ({ web, log }) => {
      fs.mkdirSync(web);
      fs.writeFileSync(log, line('one'));
      fs.rmSync(web, { recursive: true });
    },
  ],
  [
    'the log',
    ({ uid }) => `${uid}/web/0`,
    ({ web }) => web,
    ({ log }) => {
      fs.writeFileSync(log, line('one'));
      fs.rmSync(log);
    },
  ],
])('what came and went before it could be looked at is told once, by its name: %s', async (_, key, before, comes) => {
  const { outcome, tailer } = await eventsOnly();
  const pod = podOf(1);
  const there = before(pod);
  if (there !== undefined) {
    fs.mkdirSync(there, { recursive: true });
    await allIsHandled(outcome);
  }
  comes(pod);
  await outcome.says(key(pod), [GAP]);
  if (there === undefined) await allIsHandled(outcome);
  tailer.look();
  await until(() => outcome.said.filter((each) => each.includes(UNSEEN)).length > 0, 'it is said');
  expect([outcome.unseen, outcome.gaps.length]).toEqual([[key(pod)], 1]);
  expect(outcome.gaps[0]).toMatchObject({ bytes: 0, reason: 'deleted_unread', unseenUntil: '' });
  expect(outcome.gaps[0]!.source.log).toMatchObject({ namespace: 'shop', pod: 'web-1', uid: pod.uid });
});

test('it is told by the next process again until its document is acknowledged, as the same gap', async () => {
  const first = await eventsOnly();
  first.outcome.settles = false;
  const { uid, path } = podOf(1);
  fs.mkdirSync(path);
  fs.rmdirSync(path);
  await first.outcome.says(`${uid}//0`, [GAP]);
  await first.tailer.stop();
  const second = await eventsOnly(first.outcome);
  // All that is known by then.
  await second.outcome.says(`${uid}//0`, ['<gap rotated_away 0>']);
  const place = ({ gaps }: Outcome) => gaps.map(({ offset, time, source }) => [offset, time, source.fingerprint]);
  expect(place(second.outcome)).toEqual(place(first.outcome));
});

test('no false alarm: what was looked at and held no log, what was read, and what is no pod', async () => {
  const { outcome, tailer } = await it.start();
  const [empty, idle, read, other] = [podOf(1), podOf(2), podOf(3), podOf(4)];
  fs.mkdirSync(empty.path);
  fs.mkdirSync(idle.web, { recursive: true });
  fs.mkdirSync(read.web, { recursive: true });
  fs.mkdirSync(other.path);
  fs.writeFileSync(join(other.path, 'notes'), '');
  fs.writeFileSync(read.log, line('one'));
  await outcome.says(`${read.uid}/web/0`, ['one']);
  await allIsHandled(outcome);
  fs.rmSync(join(other.path, 'notes'));
  for (const { path } of [empty, idle, read, other]) fs.rmSync(path, { recursive: true });
  fs.mkdirSync(join(it.kubelet.podsDir, 'lost+found'));
  fs.rmdirSync(join(it.kubelet.podsDir, 'lost+found'));
  await until(() => tailer.status().length === 1, 'all but one are forgotten');
  expect([outcome.unseen, outcome.gaps]).toEqual([[], []]);
});

test('an excluded pod is missed without a word', async () => {
  const { outcome } = await it.start({ admit: ({ pod }) => (pod === 'web-1' ? 'never' : 'read') });
  fs.mkdirSync(podOf(1).path);
  fs.rmdirSync(podOf(1).path);
  await allIsHandled(outcome);
  expect(outcome.unseen).toEqual([]);
});

test('without inotify watches that is said, and the sweep finds what lasts', async () => {
  const watch = (() => {
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  }) as unknown as typeof fs.watch;
  const { outcome } = await it.start({ fs: { watch } });
  const { uid, web, log } = podOf(1);
  fs.mkdirSync(web, { recursive: true });
  fs.writeFileSync(log, line('one'));
  await outcome.says(`${uid}/web/0`, ['one']);
  const said = outcome.said.filter((each) => each.includes('logs.pods_dir cannot be watched (ENOSPC)'));
  expect(said).toHaveLength(1);
  expect(said[0]).toContain('max_user_watches');
});

test('podsDir that is made anew is watched anew', async () => {
  const { outcome } = await it.start({ containersDir: join(it.kubelet.root, 'none') });
  fs.rmdirSync(it.kubelet.podsDir);
  fs.mkdirSync(it.kubelet.podsDir);
  await until(() => {
    fs.mkdirSync(podOf(1).path);
    fs.rmdirSync(podOf(1).path);
    return outcome.unseen.length > 0;
  }, 'a pod that comes and goes is told');
});
