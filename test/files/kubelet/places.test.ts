/** What a pod gets that puts links into its log directory: nothing of anybody else's, under no name. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { until } from '../../helpers/until.ts';
import type { FakeContainer } from '../../helpers/kubelet.ts';
import { session } from '../session.ts';

const it = session();
const EVIL = { namespace: 'evil', pod: 'thief', uid: 'eeeeeeee-1111-4222-8333-944444444444' };

/** A victim with a rotated file, a Docker container of somebody, and a pod whose own log is to be replaced by something. */
function node() {
  const victim = it.kubelet.start();
  victim.say('secret of the victim');
  victim.rotate({ compress: false });
  victim.say('another');
  const thief = it.kubelet.start(EVIL);
  thief.say('own');
  const id = 'd'.repeat(64);
  const docker = join(it.kubelet.root, 'docker', id);
  fs.mkdirSync(docker, { recursive: true });
  const json = (log: string): string =>
    `{"log":"${log}\\n","stream":"stdout","time":"2026-11-20T01:00:00.00000000${log.length}Z"}\n`;
  const file = join(docker, `${id}-json.log`);
  fs.writeFileSync(file, json('docker'));
  fs.writeFileSync(`${file}.1`, json('docker, rotated'));
  fs.writeFileSync(join(docker, 'config.v2.json'), '{"Env":["PASSWORD=secret"]}\n');
  fs.writeFileSync(join(docker, 'config.v2.json.1'), '{"Env":["PASSWORD=secret"]}\n');
  return { victim, thief, docker, id, file };
}

/** Puts a link where a log of the thief would be. */
function put(thief: FakeContainer, name: string, target: string): void {
  fs.symlinkSync(target, join(thief.directory, name));
}

type Place = ReturnType<typeof node>;
test.each<[what: string, steal: (place: Place) => void]>([
  ['to the log of another pod', ({ thief, victim }) => put(thief, '1.log', victim.path)],
  ['to the rotated log of another pod', ({ thief, victim }) => put(thief, '1.log', victim.rotated()[0]!)],
  ['as a rotated file of its own', ({ thief, victim }) => put(thief, '0.log.20261120-000000', victim.path)],
  [
    'to a compressed file of another pod, as one',
    ({ thief, victim }) => {
      fs.writeFileSync(
        join(victim.directory, '0.log.20261119-000000.gz'),
        gzipSync('2026-11-19T00:00:00Z stdout F secret\n'),
      );
      put(thief, '0.log.20261119-000000.gz', join(victim.directory, '0.log.20261119-000000.gz'));
    },
  ],
  [
    'through a link to a link',
    ({ thief, victim }) => {
      fs.symlinkSync(victim.path, join(thief.directory, 'hop'));
      put(thief, '1.log', join(thief.directory, 'hop'));
    },
  ],
  ['through the links of the kubelet', ({ thief, victim }) => put(thief, '1.log', victim.link)],
  ['to its own log, as that of another instance', ({ thief }) => put(thief, '1.log', thief.path)],
  [
    'in place of the directory of a container',
    ({ thief, victim }) => {
      fs.symlinkSync(victim.directory, join(thief.podDirectory, 'sidecar'));
    },
  ],
  ["to Docker's settings of a container", ({ thief, docker }) => put(thief, '1.log', join(docker, 'config.v2.json'))],
  ["to a directory of Docker's", ({ thief, docker }) => put(thief, '1.log', docker)],
  [
    "to what only looks like Docker's log",
    ({ thief, docker }) => {
      fs.writeFileSync(join(docker, 'x-json.log.bak'), '2026-11-20T01:00:00Z stdout F secret\n');
      put(thief, '1.log', join(docker, 'x-json.log.bak'));
    },
  ],
  [
    "to Docker's log of a container that has a link of its own",
    ({ thief, file, id }) => {
      const web = it.kubelet.start({ pod: 'docked', uid: 'dddddddd-1111-4222-8333-944444444444' });
      fs.unlinkSync(web.link);
      fs.symlinkSync(web.path, join(it.kubelet.containersDir, `docked_shop_web-${id}.log`));
      put(thief, '1.log', file);
    },
  ],
])('a link %s ships nothing under the name of the pod that put it there', async (what, steal) => {
  const place = node();
  steal(place);
  const { outcome, tailer } = await it.start({ allowedRoots: [join(it.kubelet.root, 'docker')] });
  const { thief, victim } = place;
  thief.say('own again');
  victim.say('third');
  // Its own lines flow all the same, and so do the victim's.
  await until(() => outcome.messages(thief.key).includes('own again'), 'its own lines');
  await until(() => outcome.messages(victim.key).includes('third'), "the victim's lines");
  const ofThief = [...outcome.text].filter(([key]) => key.startsWith(EVIL.uid));
  expect(ofThief.map(([, text]) => text).join('')).toBe(outcome.text.get(thief.key));
  expect(outcome.messages(thief.key)).toEqual(['own', 'own again']);
  expect(outcome.lost).toEqual([]);
  if (!what.startsWith('in place of')) {
    // Docker's rotated files beside a link's target are refused too, each by its own path.
    const refused = tailer.status().filter(({ state, namespace }) => state === 'unreadable' && namespace !== '');
    expect(refused.map(({ namespace, why }) => [namespace, why !== ''])).toEqual([['evil', true]]);
  }
});

test("Docker's own logs are read through their link, with what Docker rotated, and nothing that lies beside them", async () => {
  const { file, id } = node();
  const web = it.kubelet.start({ pod: 'docked', uid: 'dddddddd-1111-4222-8333-944444444444' });
  for (const path of [web.path, web.link]) fs.unlinkSync(path);
  fs.symlinkSync(file, web.path);
  fs.symlinkSync(web.path, join(it.kubelet.containersDir, `docked_shop_web-${id}.log`));
  const { outcome } = await it.start({ allowedRoots: [join(it.kubelet.root, 'docker')] });
  await until(() => outcome.messages(web.key).length === 2, 'both files');
  expect(outcome.text.get(web.key)).not.toContain('PASSWORD');
  expect(outcome.logs.get(web.key)!.containerId).toBe(id);
});

test('pods_dir that is a link itself, on another disk say, is read', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const moved = join(it.kubelet.root, 'disk');
  fs.renameSync(it.kubelet.podsDir, moved);
  fs.symlinkSync(moved, it.kubelet.podsDir);
  const { outcome } = await it.start();
  await outcome.says(web.key, ['one']);
});

test('a file that is renamed while it is opened is read', async () => {
  const web = it.kubelet.start();
  web.say('one');
  let rotated = false;
  const openSync = ((path: string, flags: number): number => {
    const fd = fs.openSync(path, flags);
    if (path === web.path && !rotated) {
      rotated = true;
      web.rotate({ compress: false });
      web.say('two');
    }
    return fd;
  }) as typeof fs.openSync;
  const { outcome } = await it.start({ fs: { openSync } });
  await outcome.says(web.key, ['one', 'two']);
});
