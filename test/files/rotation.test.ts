/** Rotation while the tailer runs: a test for each case of docs/rotation.md. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { realFs, type Fs } from '../../src/files/logfile/fs.ts';
import type { FakeContainer } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { session, stick } from './session.ts';

const it = session();

test('SplitWrite: a line in two writes comes once, whole', async () => {
  const web = it.kubelet.start();
  const { outcome, tailer } = await it.start();
  const line = `${it.kubelet.time()} stdout F a b\n`;
  web.write(line.slice(0, 40));
  await until(
    () => tailer.status().some((each) => each.why === 'its first line is not complete'),
    'the first half seen',
  );
  web.write(line.slice(40));
  await outcome.says(web.key, ['a b']);
  web.write(`${it.kubelet.time()} stdout F c`);
  await until(() => tailer.status().some((each) => each.why === 'its last line is not complete'), 'half a line seen');
  web.write(' d\n');
  await outcome.says(web.key, ['a b', 'c d']);
  expect(outcome.pieces.every((piece) => !piece.goesOn && !piece.last)).toBe(true);
});

test('empty files, leading and many empty lines: no stall, nothing read twice', async () => {
  const web = it.kubelet.start();
  const { outcome, tailer } = await it.start();
  web.rotate();
  web.write('\n\n\n');
  web.say('one');
  web.write('\n\n');
  web.say('two');
  await outcome.says(web.key, ['one', 'two']);
  expect(outcome.text.get(web.key)!.match(/^\n\n\n.*one\n\n\n.*two\n$/)).not.toBeNull();
  await until(() => tailer.counts.backlogBytes === 0, 'all read');
});

test('rename and create, the writer still appends to the old file: three lines exactly once', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { outcome } = await it.start();
  await outcome.says(web.key, ['one']);
  const old = web.fd;
  web.rotate({ closeOld: false });
  web.sayTo(old, 'two, late');
  web.say('three');
  fs.closeSync(old);
  await outcome.says(web.key, ['one', 'two, late', 'three']);
});

test('two rotations with late writers: five lines exactly once', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { outcome } = await it.start();
  const first = web.fd;
  web.rotate({ closeOld: false, compress: false });
  web.sayTo(first, 'two, late');
  web.say('three');
  const second = web.fd;
  web.rotate({ closeOld: false, compress: false });
  web.sayTo(second, 'four, late');
  web.say('five');
  fs.closeSync(first);
  fs.closeSync(second);
  await outcome.says(web.key, ['one', 'two, late', 'three', 'four, late', 'five']);
});

test('an idle file is renamed: late writes still come before the lines of the new one', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const hourAgo = Date.now() / 1000 - 3600;
  fs.utimesSync(web.path, hourAgo, hourAgo);
  const { outcome, tailer } = await it.start({ quietMs: 400 });
  await outcome.says(web.key, ['one']);
  const old = web.fd;
  web.rotate({ closeOld: false });
  web.say('three');
  await until(() => tailer.status().some((each) => each.path === web.path && each.size > 0), 'the new file seen');
  await new Promise((wake) => setTimeout(wake, 50));
  web.sayTo(old, 'two');
  fs.closeSync(old);
  await outcome.says(web.key, ['one', 'two', 'three']);
});

test('a new file whose older one is not listed yet waits for it', async () => {
  const web = it.kubelet.start();
  const readdir = async (path: string): Promise<fs.Dirent[]> => {
    await new Promise((wake) => setTimeout(wake, 30));
    return realFs.readdir(path);
  };
  const { outcome } = await it.start({ fs: { readdir } });
  web.say('one');
  web.copyTruncate();
  web.say('two');
  await outcome.says(web.key, ['one', 'two']);
});

test('nothing is read of a log while a listing of it is taken in: the file opened last may be the oldest', async () => {
  const web = it.kubelet.start();
  let slowFd = -1;
  const openSync = (path: string, flags: number): number => {
    const fd = fs.openSync(path, flags);
    if (path.endsWith('.gz')) slowFd = fd;
    return fd;
  };
  const read = (...args: unknown[]): void => {
    const now = (): void => (fs.read as (...args: unknown[]) => void)(...args);
    if (args[0] === slowFd) setTimeout(now, 50);
    else now();
  };
  web.say('zero');
  const { outcome, tailer } = await it.start({ fs: { openSync, read } as unknown as Partial<Fs> });
  await outcome.says(web.key, ['zero']);
  web.rotate();
  await until(() => tailer.status().some((each) => each.state === 'done'), 'the first file done');
  const line = (message: string): string => `${it.kubelet.time()} stdout F ${message}\n`;
  fs.writeFileSync(`${web.path}.1.gz`, gzipSync(line('one')));
  fs.writeFileSync(`${web.path}.20261120-010000`, line('two'));
  await outcome.says(web.key, ['zero', 'one', 'two']);
});

test('a write to the renamed file long after it was done is read all the same', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { outcome, tailer } = await it.start();
  const old = web.fd;
  web.rotate({ closeOld: false });
  web.say('two');
  await outcome.says(web.key, ['one', 'two']);
  await until(() => tailer.status().some((each) => each.state === 'done'), 'the old file done');
  web.sayTo(old, 'very late');
  fs.closeSync(old);
  await outcome.says(web.key, ['one', 'two', 'very late']);
});

for (const runtime of ['containerd', 'conmon'] as const) {
  test(`the real kubelet sequence under load, five times over, ${runtime}: no loss, no repeat, no .gz or .tmp read`, async () => {
    const web = it.kubelet.start({ runtime });
    const { outcome, tailer } = await it.start({ bufferBytes: 4096 });
    const messages: string[] = [];
    for (let rotation = 0; rotation < 6; rotation++) {
      for (let burst = 0; burst < 20; burst++) {
        const burstMessages = Array.from({ length: 50 }, (_, i) => `r${rotation} b${burst} ${i}`);
        web.say(...burstMessages);
        messages.push(...burstMessages);
        await new Promise(setImmediate);
      }
      // kubelet compresses a file one rotation later: what it holds must have been read by then.
      await until(() => outcome.messages(web.key).length >= rotation * 1000, 'keeping up');
      await until(() => tailer.status().some((each) => each.path === web.path), 'the new file seen');
      web.rotate();
    }
    await outcome.says(web.key, messages);
    expect(outcome.lost).toEqual([]);
    // Every piece came from a plain file: one of a .gz would have set last.
    expect(outcome.pieces.some((piece) => piece.last)).toBe(false);
  });
}

test('n.log absent for a while during rotation: no error, state kept (kubernetes/kubernetes#52172)', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { outcome, tailer } = await it.start();
  await outcome.says(web.key, ['one']);
  const source = outcome.sources[0];
  web.rename();
  await until(() => tailer.status().some((each) => /\.log\.\d/.test(each.path)), 'the rename seen');
  web.sayTo(web.fd, 'two');
  await outcome.says(web.key, ['one', 'two']);
  expect(tailer.status()).toMatchObject([{ state: 'idle' }]);
  web.reopen();
  web.say('three');
  await outcome.says(web.key, ['one', 'two', 'three']);
  expect(outcome.sources[0]).toBe(source);
  expect([outcome.said, outcome.ended, outcome.lost]).toEqual([[], [], []]);
});

test('renamed and renamed back: nothing happened', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { outcome, tailer } = await it.start();
  await outcome.says(web.key, ['one']);
  const rotated = web.rename();
  await until(() => tailer.status()[0]!.path === rotated, 'the rename seen');
  web.renameBack(rotated);
  web.say('two');
  await outcome.says(web.key, ['one', 'two']);
  await until(() => tailer.status()[0]!.path === web.path, 'the way back seen');
  expect(outcome.sources).toHaveLength(1);
});

/** Whether this process has the newest file of a container open a second time, beside the one that writes it. */
function isRead(container: FakeContainer): boolean {
  const { dev, ino } = fs.statSync(container.path);
  return fs.readdirSync('/proc/self/fd').some((fd) => {
    const open = fs.statSync(`/proc/self/fd/${fd}`, { throwIfNoEntry: false });
    return Number(fd) !== container.fd && open?.ino === ino && open.dev === dev;
  });
}

test('rotated, compressed and unlinked while we lag: the rest is read through the descriptor', async () => {
  const web = it.kubelet.start({ maxFiles: 3 });
  web.say('one', 'two');
  const { outcome, tailer } = await it.start();
  await outcome.says(web.key, ['one', 'two']);
  const flow = stick(outcome);
  const messages = ['one', 'two'];
  for (const message of ['three', 'four', 'five', 'six']) {
    web.say(message, `${message} and a half`);
    messages.push(message, `${message} and a half`);
    web.rotate();
    await until(() => isRead(web), 'the new file opened');
  }
  expect(fs.readdirSync(web.directory)).toHaveLength(3);
  flow();
  await outcome.says(web.key, messages);
  expect(outcome.lost).toEqual([]);
  await until(() => tailer.counts.openFiles <= 2, 'descriptors of deleted files let go');
});

test('deleted and created anew under the same name: read from its start, though the inode is the same', async () => {
  const web = it.kubelet.start();
  web.say('one');
  const { outcome } = await it.start();
  await outcome.says(web.key, ['one']);
  fs.unlinkSync(web.path);
  web.reopen();
  web.say('two');
  await outcome.says(web.key, ['one', 'two']);
});

test('size-max churn: two inodes that alternate, each file from its start', async () => {
  const web = it.kubelet.start({ runtime: 'conmon' });
  const { outcome } = await it.start();
  const messages: string[] = [];
  for (let i = 0; i < 12; i++) {
    web.say(`a${i}`, `b${i}`);
    messages.push(`a${i}`, `b${i}`);
    await outcome.says(web.key, messages);
    web.sizeMax();
  }
  expect(new Set(outcome.sources.map((source) => source.fingerprint)).size).toBe(12);
});

test('the same file through its link and its real path comes once', async () => {
  const web = it.kubelet.start();
  web.say('one');
  fs.symlinkSync(web.path, join(it.kubelet.containersDir, `other_shop_web-${'d'.repeat(64)}.log`));
  fs.linkSync(web.path, `${web.path}.20260101-000000`);
  const { outcome } = await it.start();
  web.say('two');
  await outcome.says(web.key, ['one', 'two']);
  expect(outcome.text.size).toBe(1);
});

test('0.log ends, 1.log starts, 0.log is removed when 1 dies: all lines, each with its restart', async () => {
  const web = it.kubelet.start();
  web.say('zero');
  const keys = [web.key];
  const { outcome, tailer } = await it.start();
  web.restartContainer();
  keys.push(web.key);
  web.say('one');
  await outcome.says(keys[1]!, ['one']);
  await until(() => outcome.ended.includes(keys[0]!), 'the end of instance 0');
  web.restartContainer();
  keys.push(web.key);
  web.say('two');
  await outcome.says(keys[2]!, ['two']);
  await outcome.says(keys[0]!, ['zero']);
  expect(keys.map((key) => outcome.logs.get(key)!.restart)).toEqual([0, 1, 2]);
  expect(fs.existsSync(join(web.directory, '0.log'))).toBe(false);
  await until(() => outcome.ended.length === 2, 'the end of instance 1');
  await until(() => outcome.saved.size === 2, 'instance 0 forgotten');
  await until(() => tailer.counts.openFiles === 1, 'descriptors of instances that are over let go');
  expect(outcome.ended).toEqual(keys.slice(0, 2));
});

test('created, filled and rotated between two sweeps: all files are read', async () => {
  const { outcome } = await it.start();
  const web = it.kubelet.start();
  web.say('one');
  web.rotate({ compress: false });
  web.say('two');
  web.rotate({ compress: false });
  web.say('three');
  await outcome.says(web.key, ['one', 'two', 'three']);
});

test('a pod directory removed with unread bytes: read on through the descriptors, then the end', async () => {
  const web = it.kubelet.start();
  web.say('one');
  web.rotate();
  web.say('two');
  const { outcome, tailer } = await it.start();
  await outcome.says(web.key, ['one', 'two']);
  const flow = stick(outcome);
  web.say('three');
  await until(() => tailer.status().some((each) => each.why !== ''), 'the sink stuck');
  web.say('four');
  web.stopWriting();
  web.removePod();
  await until(() => tailer.counts.pinnedBytes > 0, 'the removal seen');
  expect(outcome.ended).toEqual([]);
  flow();
  await outcome.says(web.key, ['one', 'two', 'three', 'four']);
  await until(() => outcome.ended.length === 1, 'the end');
  await until(
    () => outcome.saved.size === 0 && tailer.counts.openFiles === 0 && tailer.status().length === 0,
    'all gone',
  );
});

test('the link removed before the files, or after them: no difference', async () => {
  for (const first of ['link', 'files']) {
    const web = it.kubelet.start({ pod: `web-${first}`, uid: `${first.length}0000000-0000-4000-8000-000000000000` });
    web.say('one');
    const { outcome } = await it.start();
    await outcome.says(web.key, ['one']);
    web.say('two');
    if (first === 'link') fs.unlinkSync(web.link);
    web.stopWriting();
    web.removePod();
    await outcome.says(web.key, ['one', 'two']);
    await until(() => outcome.ended.includes(web.key), 'the end');
  }
});

test('a directory that appears empty, and gets its file later', async () => {
  const { outcome } = await it.start();
  const web = it.kubelet.start({ pod: 'early' });
  fs.unlinkSync(web.path);
  await new Promise((wake) => setTimeout(wake, 50));
  web.reopen();
  web.say('one');
  await outcome.says(web.key, ['one']);
});

test('a file that appears within the same tick of the clock as the listing is found soon', async () => {
  const web = it.kubelet.start();
  const tick = Date.now() / 1000;
  fs.utimesSync(web.directory, tick, tick);
  const { outcome } = await it.start();
  web.stopWriting();
  fs.writeFileSync(join(web.directory, '1.log'), '2026-11-20T01:00:00Z stdout F one\n');
  fs.utimesSync(web.directory, tick, tick);
  await outcome.says(web.key.replace(/0$/, '1'), ['one']);
});

test('files whose names are none of ours are never opened', async () => {
  const web = it.kubelet.start();
  for (const name of [
    '0.log.tmp',
    '0.log.20261120-010000.tmp',
    '0.log.bak',
    'a.log',
    '0.log~',
    '.0.log.swp',
    '00.log',
  ]) {
    fs.writeFileSync(join(web.directory, name), 'no\n');
  }
  fs.writeFileSync(join(web.podDirectory, `${'a'.repeat(64)}.log`), 'no\n');
  web.say('one');
  const { outcome, tailer } = await it.start();
  await outcome.says(web.key, ['one']);
  expect(tailer.counts.openFiles).toBe(1);
});

test('lines with decreasing times keep the order of the file (kubernetes/kubernetes#81710)', async () => {
  const web = it.kubelet.start();
  const times = ['2026-11-20T01:00:00.5Z', '2026-11-20T01:00:00.1Z', '2026-11-20T01:00:00.3Z'];
  web.write(times.map((time, i) => `${time} stdout F ${i}\n`).join(''));
  const { outcome } = await it.start();
  await outcome.says(web.key, ['0', '1', '2']);
});

test('a clock set back by an hour: files are read in the order of their first lines, not of their names', async () => {
  const web = it.kubelet.start();
  const time = (hour: number, minute: string, zone: string): string => `2026-11-01T0${hour}:${minute}:00.5${zone}`;
  // Kubelet's local time: 02:50 summer time, then 02:10 winter time.
  fs.writeFileSync(`${web.path}.20261101-025000`, `${time(2, '00', '+02:00')} stdout F one\n`);
  fs.writeFileSync(`${web.path}.20261101-021000`, `${time(2, '00', '+01:00')} stdout F two\n`);
  web.write(`${time(2, '30', '+01:00')} stdout F three\n`);
  const { outcome } = await it.start();
  await outcome.says(web.key, ['one', 'two', 'three']);
});

test("cri-dockerd: n.log is a link to Docker's file, whose own rotated files belong to it", async () => {
  const web = it.kubelet.start();
  const docker = join(it.kubelet.root, 'docker', 'c1');
  fs.mkdirSync(docker, { recursive: true });
  const file = join(docker, 'c1-json.log');
  const line = (text: string): string => `{"log":"${text}\\n","stream":"stdout","time":"${it.kubelet.time()}"}\n`;
  fs.writeFileSync(`${file}.2.gz`, gzipSync(line('one')));
  fs.writeFileSync(`${file}.1`, line('two'));
  fs.writeFileSync(file, line('three'));
  fs.unlinkSync(web.path);
  fs.symlinkSync(file, web.path);
  const { outcome, tailer } = await it.start({ allowedRoots: [join(it.kubelet.root, 'docker')] });
  const logs = (): string[] =>
    outcome.messages(web.key).map((each) => (JSON.parse(each) as { log: string }).log.trim());
  await until(() => logs().length === 3, 'what was there');
  // Docker rotates: the link leads to another file now, its own directory does not change.
  fs.unlinkSync(`${file}.2.gz`);
  fs.renameSync(`${file}.1`, `${file}.2`);
  fs.renameSync(file, `${file}.1`);
  fs.writeFileSync(file, line('four'));
  await until(() => logs().length === 4, 'after rotation by Docker');
  // kubelet renames the link, cannot have it reopened, and renames it back.
  const rotated = web.rename();
  await until(() => tailer.status().some((each) => each.path === rotated), 'the rename seen');
  fs.appendFileSync(file, line('five'));
  web.renameBack(rotated);
  fs.appendFileSync(file, line('six'));
  await until(() => logs().length === 6, 'after rename and back');
  expect(logs()).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
  expect(outcome.lost).toEqual([]);
});

test('cri-dockerd: a link that leads nowhere for a while is looked at again every second, not every minute', async () => {
  const web = it.kubelet.start();
  const file = join(it.kubelet.root, 'docker', 'c1-json.log');
  fs.mkdirSync(join(it.kubelet.root, 'docker'));
  fs.unlinkSync(web.path);
  fs.symlinkSync(file, web.path);
  // So that the directory has not changed for long.
  const now = (): number => Date.now() + 10_000;
  const { outcome } = await it.start({ allowedRoots: [join(it.kubelet.root, 'docker')], now });
  await until(() => outcome.said.some((each) => each.includes('leads nowhere')), 'it was said');
  fs.writeFileSync(file, `{"log":"one\\n","stream":"stdout","time":"${it.kubelet.time()}"}\n`);
  await until(() => outcome.messages(web.key).length === 1, 'its line');
});

test('what exists only as a .gz when we look is read from it', async () => {
  const web = it.kubelet.start();
  const text = web.say('one', 'two');
  fs.truncateSync(web.path);
  fs.writeFileSync(`${web.path}.20261120-000000.gz`, gzipSync(text));
  web.say('three');
  const { outcome } = await it.start();
  await outcome.says(web.key, ['one', 'two', 'three']);
});

test('a line longer than the buffer goes on in pieces, across rotation too', async () => {
  const web = it.kubelet.start();
  const { outcome } = await it.start({ bufferBytes: 1024 });
  const long = 'x'.repeat(5000);
  web.say('before', long, 'after');
  await outcome.says(web.key, ['before', long, 'after']);
  expect(outcome.pieces.filter((piece) => piece.goesOn).length).toBeGreaterThanOrEqual(4);
  web.write(`${it.kubelet.time()} stdout F ${'y'.repeat(3000)}`);
  web.rotate();
  web.say('next');
  await until(() => outcome.messages(web.key).length === 5, 'the cut line and the next');
  expect(outcome.pieces.some((piece) => piece.last)).toBe(true);
});

test('a line that a buffer cuts is read again as a whole, unless it is longer than a buffer', async () => {
  const web = it.kubelet.start();
  const messages = Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat(i * 10)}`);
  web.say(...messages);
  const { outcome } = await it.start({ bufferBytes: 2048 });
  await outcome.says(web.key, messages);
  expect(outcome.pieces.filter((each) => each.goesOn)).toEqual([]);
});

test('an unterminated line at the end of a file that is final is handed on as it is', async () => {
  const web = it.kubelet.start();
  web.say('one');
  web.write(`${it.kubelet.time()} stdout F half`);
  const key = web.key;
  const { outcome } = await it.start();
  web.restartContainer();
  web.say('two');
  await outcome.says(key, ['one', 'half']);
  expect(outcome.pieces.at(-1)).toMatchObject({ last: true });
});
