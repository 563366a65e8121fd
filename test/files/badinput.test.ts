/** What bad input gets: no crash, bounded memory, counted, and the neighbours unaffected. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import { memoryUsage } from 'node:process';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { realFs } from '../../src/files/logfile/fs.ts';
import { until } from '../helpers/until.ts';
import { session } from './session.ts';

const it = session();

/** A log at whose path something else lies, and a healthy neighbour in the same pod. */
function withNeighbour() {
  const odd = it.kubelet.start({ container: 'odd' });
  odd.stopWriting();
  fs.unlinkSync(odd.path);
  const neighbour = it.kubelet.start({ container: 'web' });
  neighbour.say('one');
  return { odd, neighbour };
}

const places: Record<string, (path: string) => void> = {
  'a directory': (path) => fs.mkdirSync(path),
  'a FIFO': (path) => execFileSync('mkfifo', [path]),
  'a dangling link': (path) => fs.symlinkSync('/nowhere/at/all', path),
  'a link to itself': (path) => fs.symlinkSync(path, path),
  'a link to /etc/shadow': (path) => fs.symlinkSync('/etc/shadow', path),
  'a link to a device': (path) => fs.symlinkSync('/dev/zero', path),
  'a link to another FIFO': (path) => {
    execFileSync('mkfifo', [`${path}.fifo`]);
    fs.symlinkSync(`${path}.fifo`, path);
  },
};

for (const [what, put] of Object.entries(places)) {
  test(`${what} named 0.log is not read, the neighbour is`, async () => {
    const { odd, neighbour } = withNeighbour();
    put(odd.path);
    const { outcome, tailer } = await it.start();
    neighbour.say('two');
    await outcome.says(neighbour.key, ['one', 'two']);
    await until(() => tailer.counts.skipped + outcome.said.length > 0, 'it was counted or said');
    expect([...outcome.text.keys()]).toEqual([neighbour.key]);
    // Whatever it was: when a log is there, it is read.
    fs.rmSync(odd.path, { recursive: true });
    odd.reopen(false);
    odd.say('healed');
    await outcome.says(odd.key, ['healed']);
  });
}

test('a socket named 0.log is not read, the neighbour is', async () => {
  const { odd, neighbour } = withNeighbour();
  const server = net.createServer().listen(odd.path);
  const { outcome } = await it.start();
  await outcome.says(neighbour.key, ['one']);
  expect([...outcome.text.keys()]).toEqual([neighbour.key]);
  server.close();
});

for (const [when, before] of [
  ['before its path is resolved', true],
  ['after its path was resolved', false],
] as const) {
  for (const what of ['a link', 'a link to a FIFO', 'a FIFO']) {
    test(`a log that becomes ${what} between the listing and the opening, ${when}: nothing of it is read, the neighbour is`, async () => {
      const { odd, neighbour } = withNeighbour();
      odd.reopen(false);
      odd.say('a log');
      const elsewhere = join(it.kubelet.root, 'elsewhere');
      const swap = (): void => {
        if (fs.existsSync(elsewhere)) return;
        fs.unlinkSync(odd.path);
        fs.writeFileSync(elsewhere, `${it.kubelet.time()} stdout F secret\n`);
        if (what === 'a link to a FIFO') fs.unlinkSync(elsewhere);
        if (what !== 'a link') execFileSync('mkfifo', [what === 'a FIFO' ? odd.path : elsewhere]);
        if (what !== 'a FIFO') fs.symlinkSync(elsewhere, odd.path);
      };
      const realpathSync = (path: string): string => {
        if (before && path === odd.path) swap();
        const real = realFs.realpathSync(path);
        if (path === odd.path) swap();
        return real;
      };
      const { outcome, tailer } = await it.start({ fs: { realpathSync } });
      neighbour.say('two');
      await outcome.says(neighbour.key, ['one', 'two']);
      await until(() => tailer.counts.skipped > 0, 'it is passed over');
      expect([...outcome.text.keys()]).toEqual([neighbour.key]);
      expect(outcome.said.join('\n')).toContain(odd.path);
    });
  }
}

test('a link out of the log directories, through a directory that is a link', async () => {
  const { odd, neighbour } = withNeighbour();
  const outside = join(it.kubelet.root, 'outside');
  fs.mkdirSync(outside);
  fs.writeFileSync(join(outside, '0.log'), 'secret\n');
  fs.rmSync(odd.directory, { recursive: true });
  fs.symlinkSync(outside, odd.directory);
  fs.symlinkSync(odd.path, join(it.kubelet.containersDir, `evil_shop_odd-${'e'.repeat(64)}.log`));
  const { outcome } = await it.start();
  neighbour.say('two');
  await outcome.says(neighbour.key, ['one', 'two']);
  expect([...outcome.text.keys()]).toEqual([neighbour.key]);
});

test('a file that is not text', async () => {
  const { odd, neighbour } = withNeighbour();
  odd.reopen(false);
  const noise = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 2654435761) >>> 24));
  odd.write(noise);
  const { outcome, tailer } = await it.start({ bufferBytes: 4096 });
  await outcome.says(neighbour.key, ['one']);
  await until(() => tailer.counts.readBytes >= noise.lastIndexOf(10), 'all of it read');
});

test('a line without an end, far longer than the memory we have', async () => {
  const { odd, neighbour } = withNeighbour();
  odd.reopen(false);
  odd.write('2026-11-20T01:00:00Z stdout F ');
  const bytes = 200 * 1024 * 1024;
  fs.truncateSync(odd.path, 1024);
  // Sparse: NULs that cost no disk, behind a head that is no hole.
  fs.truncateSync(odd.path, bytes);
  let seen = 0;
  let peak = 0;
  const before = memoryUsage().rss;
  const { outcome, tailer } = await it.start({
    take: (source, lines) => {
      if (source.log.key === neighbour.key) return outcome.take(source, lines);
      seen += lines.end;
      peak = Math.max(peak, memoryUsage().rss - before);
      return Promise.resolve();
    },
  });
  await until(() => seen >= bytes, 'all of it handed on', 20_000);
  neighbour.say('two');
  await outcome.says(neighbour.key, ['one', 'two']);
  expect(peak).toBeLessThan(64 * 1024 * 1024);
  await until(() => tailer.status().every((each) => each.read === each.size), 'nothing left');
});

test('a million empty lines', async () => {
  const { odd, neighbour } = withNeighbour();
  odd.reopen(false);
  odd.write(Buffer.alloc(1_000_000, '\n'));
  odd.say('after them');
  const { outcome } = await it.start();
  await outcome.says(neighbour.key, ['one']);
  await outcome.says(odd.key, ['after them']);
});

test('names with newlines, quotes and escapes, in every place that can have them', async () => {
  const pods = ['a"b', "a'b", 'a\nb', 'a\u001b[31mb', 'a\\b', 'a b', '$(a)'];
  const containers = pods.map((pod, i) =>
    it.kubelet.start({
      pod,
      container: pod,
      namespace: 'na"me\nspace',
      uid: `${i}1111111-2222-4333-8444-555555555555`,
    }),
  );
  for (const container of containers) container.say('one');
  const { outcome } = await it.start();
  for (const [i, container] of containers.entries()) {
    await outcome.says(container.key, ['one']);
    expect(outcome.logs.get(container.key)).toMatchObject({ pod: pods[i], namespace: 'na"me\nspace' });
  }
});

test('a truncated .gz and one that is none: what can be unpacked, the rest is lost and marked, the chain goes on', async () => {
  const web = it.kubelet.start();
  const text = web.say(...Array.from({ length: 5000 }, (_, i) => `${i * 7919} ${i ** 2}`));
  const packed = gzipSync(text);
  fs.truncateSync(web.path);
  fs.writeFileSync(`${web.path}.20260101-000000.gz`, packed.subarray(0, packed.length - 1000));
  fs.writeFileSync(`${web.path}.20260102-000000.gz`, 'this is no gzip at all, though its name says so');
  web.say('after');
  const { outcome } = await it.start({ bufferBytes: 16 * 1024 });
  await until(() => outcome.messages(web.key).includes('after'), 'the file after them');
  const got = outcome.text.get(web.key)!;
  const sound = got.slice(0, got.indexOf('<gap')).trimEnd();
  expect(text.startsWith(sound)).toBe(true);
  expect(sound.length).toBeGreaterThan(text.length / 2);
  expect(outcome.lost).toMatchObject([
    { reason: 'unreadable', key: web.key },
    { reason: 'unreadable', key: web.key, bytes: 47 },
  ]);
  expect(outcome.said.filter((each) => each.includes('damaged')).length).toBeGreaterThan(0);
});

test('a .gz with a corrupt middle', async () => {
  const web = it.kubelet.start();
  const text = web.say(...Array.from({ length: 20_000 }, (_, i) => `${i * 7919} ${i ** 2}`));
  const packed = gzipSync(text);
  packed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 64);
  fs.truncateSync(web.path);
  fs.writeFileSync(`${web.path}.20260101-000000.gz`, packed);
  web.say('after');
  const { outcome } = await it.start();
  await until(() => outcome.messages(web.key).includes('after'), 'the file after it');
  const got = outcome.text.get(web.key)!;
  // A spoiled stream may give some noise before it is noticed.
  expect(got.slice(0, text.length / 3)).toBe(text.slice(0, text.length / 3));
  const [gap] = outcome.gaps;
  expect(gap).toMatchObject({ reason: 'unreadable', bytes: text.length - gap!.offset });
  expect(outcome.lost).toEqual([{ reason: 'unreadable', bytes: gap!.bytes, key: web.key }]);
});

test('a .gz that nobody can unpack: its loss is told once, not at every start', async () => {
  const web = it.kubelet.start();
  fs.writeFileSync(`${web.path}.20260101-000000.gz`, Buffer.alloc(500, 'x'));
  web.say('one');
  const first = await it.start();
  await first.outcome.says(web.key, ['<gap unreadable 500>', 'one']);
  await first.tailer.stop();
  web.say('two');
  const second = await it.start({}, first.outcome);
  await second.outcome.says(web.key, ['two']);
  expect(second.outcome.lost).toEqual([]);
});
