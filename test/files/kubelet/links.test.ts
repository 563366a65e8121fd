/** Discovery against the real chokidar and the real kernel: links are hints, the sweep is the truth. */
import defaultFs, * as fs from 'node:fs';
import { join, relative } from 'node:path';
import { syncBuiltinESMExports } from 'node:module';
import { pid } from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../helpers/until.ts';
import { Outcome } from '../follow.ts';
import { session } from '../session.ts';
import { Links } from '../../../src/files/kubelet/links.ts';
import { realFs } from '../../../src/files/logfile/fs.ts';
import { containerLog } from '../../../src/files/kubelet/logpath.ts';

const it = session();

function uid(i: number): string {
  return `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`;
}

/** inotify watches that this process holds. */
function watches(): number {
  let count = 0;
  for (const fd of fs.readdirSync(`/proc/${pid}/fdinfo`)) {
    try {
      count += fs.readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').match(/^inotify wd:/gm)?.length ?? 0;
    } catch {
      // Closed meanwhile.
    }
  }
  return count;
}

test('a new container is noticed by its link, long before the next sweep', async () => {
  const { outcome } = await it.start({ sweepMs: 60_000 });
  const web = it.kubelet.start();
  web.say('one');
  await outcome.says(web.key, ['one']);
  expect(outcome.logs.get(web.key)!.containerId).toBe(web.containerId);
});

test('two inotify watches, however many containers there are; new ones cost one for a while, writes and rotations none', async () => {
  const before = watches();
  let later = 0;
  const { outcome } = await it.start({ now: () => Date.now() + later });
  await until(() => watches() === before + 2, 'the watches');
  const all = Array.from({ length: 50 }, (_, i) => it.kubelet.start({ pod: `web-${i}`, uid: uid(i) }));
  for (const each of all) each.say('one');
  for (const each of all) await outcome.says(each.key, ['one']);
  for (const each of all) each.rotate();
  for (const each of all) each.say('two');
  for (const each of all) await outcome.says(each.key, ['one', 'two']);
  await until(() => watches() === before + 2 + all.length, 'those of new pods are watched');
  later = 20_000;
  await until(() => watches() === before + 2, 'and no more when they are not new');
});

test('a link to a file that does not exist yet, and a container without any link', async () => {
  const { outcome } = await it.start();
  const directory = join(it.kubelet.podsDir, `shop_late_${uid(1)}`, 'web');
  fs.symlinkSync(join(directory, '0.log'), join(it.kubelet.containersDir, `late_shop_web-${'a'.repeat(64)}.log`));
  await new Promise((wake) => setTimeout(wake, 30));
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(join(directory, '0.log'), '2026-11-20T01:00:00Z stdout F late\n');
  const key = `${uid(1)}/web/0`;
  await outcome.says(key, ['late']);
  expect(outcome.logs.get(key)!.containerId).toBe('a'.repeat(64));
  const bare = it.kubelet.start({ uid: uid(2) });
  fs.unlinkSync(bare.link);
  bare.say('one');
  await outcome.says(bare.key, ['one']);
});

test('a link whose name was cut: the log is found by its target, without an id', async () => {
  const pod = `p${'.x'.repeat(100)}`;
  const { outcome } = await it.start();
  const web = it.kubelet.start({ pod, namespace: 'n', container: 'c'.repeat(20), uid: uid(1) });
  expect(web.link.endsWith(`${web.containerId}.log`)).toBe(false);
  web.say('one');
  await outcome.says(web.key, ['one']);
  expect(outcome.logs.get(web.key)).toMatchObject({ pod, containerId: undefined });
});

test('the first lines wait a moment for the link, so that all lines carry the id; without a link they come all the same', async () => {
  let skew = 0;
  const { outcome, tailer } = await it.start({ now: () => Date.now() + skew });
  const [linked, bare] = [it.kubelet.start({ uid: uid(1) }), it.kubelet.start({ uid: uid(2) })];
  const link = fs.readlinkSync(linked.link);
  fs.unlinkSync(linked.link);
  fs.unlinkSync(bare.link);
  linked.say('one');
  bare.say('one');
  await until(() => tailer.status().filter((each) => each.state === 'waiting').length === 2, 'both wait');
  const ids: unknown[] = [];
  const take = outcome.take.bind(outcome);
  outcome.take = (source, lines) => (ids.push(source.log.containerId), take(source, lines));
  fs.symlinkSync(link, linked.link);
  await outcome.says(linked.key, ['one']);
  expect(ids).toEqual([linked.containerId]);
  expect(outcome.text.has(bare.key)).toBe(false);
  skew = 1000;
  await outcome.says(bare.key, ['one']);
});

test('containers_dir and pods_dir mounted elsewhere than the links say', async () => {
  const { outcome } = await it.start();
  const web = it.kubelet.start();
  fs.unlinkSync(web.link);
  fs.symlinkSync(join('/var/log/pods', relative(it.kubelet.podsDir, web.path)), web.link);
  web.say('one');
  await outcome.says(web.key, ['one']);
  expect(outcome.logs.get(web.key)!.containerId).toBe(web.containerId);
});

test('the id of the next instance comes with its link', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { outcome } = await it.start();
  const ids = [web.containerId];
  web.restartContainer();
  ids.push(web.containerId);
  web.say('two');
  await outcome.says(web.key, ['two']);
  await until(() => outcome.logs.get(web.key)!.containerId === ids[1], 'the new id');
  expect(outcome.logs.get(web.key.replace(/1$/, '0'))!.containerId).toBe(ids[0]);
});

/** Puts another fs.watch in place, for chokidar too. */
function patchWatch(watch: unknown): void {
  (defaultFs as { watch: unknown }).watch = watch;
  syncBuiltinESMExports();
}

for (const code of ['ENOSPC', 'EMFILE']) {
  test(`${code} from inotify: said once, and the sweep finds the same`, async () => {
    const { watch } = fs;
    onTestFinished(() => patchWatch(watch));
    patchWatch(() => {
      throw Object.assign(new Error('made to fail'), { code });
    });
    let skew = 0;
    const before = watches();
    const { outcome } = await it.start({ now: () => Date.now() + skew });
    await until(() => outcome.said.length > 0, 'it was said');
    const web = it.kubelet.start();
    web.say('one');
    await outcome.says(web.key, ['one']);
    expect(outcome.logs.get(web.key)!.containerId).toBe(web.containerId);
    expect(outcome.said.filter((each) => each.includes(`containers_dir cannot be watched (${code})`))).toHaveLength(1);
    // Watched again once that can be.
    patchWatch(watch);
    skew = 60_000;
    await until(() => watches() === before + 2, 'both watches');
  });
}

test('links that say nothing, or lead where no log is', async () => {
  const found: string[] = [];
  const put = (name: string, target: string): void => fs.symlinkSync(target, join(it.kubelet.containersDir, name));
  put('no-underscores.log', '/x');
  put('a_b_c.txt', '/x');
  put(`p_n_c-${'0'.repeat(64)}.log`, '../../relative/0.log');
  fs.writeFileSync(join(it.kubelet.containersDir, `p_n_d-${'0'.repeat(64)}.log`), 'a file');
  const links = new Links({
    fs: realFs,
    log: new Outcome().log,
    containersDir: it.kubelet.containersDir,
    now: Date.now,
    found: (path) => found.push(path),
  });
  links.sweep();
  expect(found).toHaveLength(1);
  expect(found[0]!.endsWith('relative/0.log')).toBe(true);
  expect(links.containerId('/elsewhere/relative/0.log')).toBeUndefined();
  await links.stop();
});

test('a link that is removed before its log is read is not waited for again', async () => {
  const web = it.kubelet.start();
  const links = new Links({
    fs: realFs,
    log: new Outcome().log,
    containersDir: it.kubelet.containersDir,
    now: Date.now,
    found: () => undefined,
  });
  const name = { namespace: 'shop', pod: 'web-7d9f8b-abcde', uid: web.uid };
  const log = containerLog(web.directory, name, 'web', 0);
  links.sweep();
  expect(links.containerId(web.path)).toBe(web.containerId);
  expect(links.expects(log)).toBe(false);
  for (const link of fs.readdirSync(it.kubelet.containersDir)) fs.unlinkSync(join(it.kubelet.containersDir, link));
  links.sweep();
  expect(links.containerId(web.path)).toBeUndefined();
  expect(links.expects(log)).toBe(false);
  await links.stop();
});

test('stop leaves no watch behind', async () => {
  const before = watches();
  const { tailer } = await it.start();
  await until(() => watches() === before + 2, 'both watches');
  await tailer.stop();
  await until(() => watches() === before, 'no watch');
});
