/** Replay: named files, directories and streams, read once. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readOnce, type Ends, type OnceOptions } from '../../../src/files/capture/once.ts';
import { realFs, type Fs } from '../../../src/files/logfile/fs.ts';
import { FakeKubelet } from '../../helpers/kubelet.ts';
import { until } from '../../helpers/until.ts';
import { Outcome } from '../follow.ts';

let kubelet: FakeKubelet;
beforeEach(() => {
  kubelet = new FakeKubelet();
});
afterEach(() => kubelet.remove());

async function replay(paths: string[], more: Partial<OnceOptions> = {}) {
  const outcome = new Outcome();
  const progress: [number, number][] = [];
  const result = await readOnce({
    paths,
    take: (source, lines) => outcome.take(source, lines),
    end: (log) => Promise.resolve(void outcome.ended.push(log.key)),
    gap: (gap) => outcome.gap(gap),
    lost: (reason, bytes, log) => void outcome.lost.push({ reason, bytes, key: log.key }),
    log: outcome.log,
    progress: (...at) => void progress.push(at),
    ...more,
  });
  return { outcome, result, progress };
}

test('a directory laid out like pods_dir, chains in order, n before n+1', async () => {
  const web = kubelet.start();
  for (const message of ['one', 'two', 'three', 'four']) {
    web.say(message);
    web.rotate();
  }
  web.say('five');
  const key = web.key;
  web.restartContainer();
  web.say('six');
  const { outcome, result, progress } = await replay([kubelet.root]);
  await outcome.says(key, ['one', 'two', 'three', 'four', 'five']);
  await outcome.says(web.key, ['six']);
  expect(outcome.ended).toEqual([key, web.key]);
  expect(result).toMatchObject({ logs: 2, files: 6 });
  expect(progress.at(-1)![0]).toBe(progress.at(-1)![1]);
  expect([...outcome.logs.keys()]).toEqual([key, web.key]);
});

test('a single container directory, a single file, a bare file with its rotated ones', async () => {
  const web = kubelet.start();
  web.say('one');
  const byDirectory = await replay([web.directory]);
  await byDirectory.outcome.says(web.key, ['one']);
  const byFile = await replay([web.path]);
  await byFile.outcome.says(web.key, ['one']);
  const bare = (name: string): string => join(kubelet.root, name);
  fs.writeFileSync(bare('app.log.2.gz'), gzipSync('a\n'));
  fs.writeFileSync(bare('app.log.1'), 'b\n');
  fs.writeFileSync(bare('app.log'), 'c');
  const { outcome } = await replay([bare('app.log'), bare('app.log.1'), bare('app.log.2.gz')]);
  await outcome.says(bare('app.log'), ['a', 'b', 'c']);
  expect(outcome.pieces.at(-1)).toMatchObject({ last: true });
  expect(outcome.sources[0]!.log).toMatchObject({ container: 'app', namespace: '', pod: '' });
});

test('two files of Docker whose first lines differ in nothing but the time at their end are two files', async () => {
  const web = kubelet.start();
  const line = (text: string): string =>
    JSON.stringify({ log: `${text}\n`, stream: 'stdout', time: kubelet.time() }) + '\n';
  for (const length of [1200, 70_000]) {
    const [old, now] = [0, 1].map(() => line('='.repeat(length)) + line('x')) as [string, string];
    fs.writeFileSync(`${web.path}.1`, old);
    fs.writeFileSync(web.path, now);
    const { outcome } = await replay([web.directory]);
    expect(outcome.text.get(web.key)).toBe(old + now);
    expect(outcome.lost).toEqual([]);
  }
});

test('stdin, plain and compressed, cut at lines of any length', async () => {
  const lines = Array.from({ length: 2000 }, (_, i) => `${kubelet.time()} stdout F ${'x'.repeat(i % 700)}`);
  const text = lines.join('\n');
  for (const bytes of [Buffer.from(text), gzipSync(text)]) {
    const stdin = Readable.from([bytes.subarray(0, 1), bytes.subarray(1, 70_000), bytes.subarray(70_000)]);
    const { outcome, result } = await replay(['-'], { stdin, bufferBytes: 512 });
    expect(outcome.text.get('-')).toBe(`${text}\n`);
    expect(result).toEqual({ logs: 1, files: 1, excluded: 0, unreadable: 0, bytes: text.length });
    expect(outcome.pieces.some((piece) => piece.goesOn)).toBe(true);
    expect(outcome.pieces.at(-1)).toMatchObject({ last: true });
  }
});

test('a stream that pauses: its lines go on at once, and the pause is told, again and again', async () => {
  const line = `${kubelet.time()} stdout F one\n`;
  let pauses = 0;
  let seen: () => boolean = () => false;
  const stdin = (async function* () {
    yield Buffer.from(`${line}${line.slice(0, 5)}`);
    await until(() => seen() && pauses >= 2, 'the line has gone on, and the pause was told');
    yield Buffer.from(line.slice(5));
  })();
  const pieces: string[] = [];
  seen = () => pieces.length === 1;
  await replay(['-'], {
    stdin,
    pauseMs: 5,
    paused: () => void pauses++,
    take: (_, { bytes, end }) => Promise.resolve(void pieces.push(bytes.toString('utf8', 0, end))),
  });
  expect(pieces).toEqual([line, line]);
});

test('a truncated gzip: what could be unpacked, the rest is lost and said', async () => {
  const text = Array.from({ length: 20_000 }, (_, i) => `${kubelet.time()} stdout F ${i * 7919}\n`).join('');
  const packed = gzipSync(text);
  const web = kubelet.start();
  fs.writeFileSync(`${web.path}.20261120-010000.gz`, packed.subarray(0, packed.length / 2));
  web.say('after');
  const { outcome } = await replay([kubelet.podsDir]);
  const got = outcome.text.get(web.key)!;
  const sound = got.slice(0, got.indexOf('<gap'));
  expect(text.startsWith(sound)).toBe(true);
  expect(sound.length).toBeGreaterThan(text.length * 0.4);
  expect(got).toContain(' stdout F after\n');
  expect(outcome.lost).toMatchObject([{ reason: 'unreadable' }]);
  expect(outcome.said.join()).toContain('damaged');

  const { outcome: streamed } = await replay(['-'], { stdin: Readable.from([packed.subarray(0, packed.length / 2)]) });
  expect(streamed.lost).toMatchObject([{ reason: 'unreadable' }]);
  expect(text.startsWith(streamed.text.get('-')!.split('<gap')[0]!)).toBe(true);
});

test('a log that may not be read is not opened, and counted', async () => {
  const [web, other] = [kubelet.start(), kubelet.start({ container: 'other' })];
  web.say('one');
  other.say('two');
  const opened: string[] = [];
  const { outcome, result, progress } = await replay([kubelet.podsDir], {
    admit: (log) => (log.key === other.key ? 'never' : 'read'),
    fs: {
      openSync: (path, ...rest) => {
        opened.push(String(path));
        return fs.openSync(path, ...rest);
      },
    },
  });
  await outcome.says(web.key, ['one']);
  expect([...outcome.logs.keys()]).toEqual([web.key]);
  expect(opened).toContain(web.path);
  expect(opened).not.toContain(other.path);
  expect(result).toMatchObject({ logs: 2, files: 2, excluded: 1 });
  expect(progress.at(-1)).toEqual([fs.statSync(web.path).size, fs.statSync(web.path).size]);
});

test('a path that does not exist is said in one sentence', async () => {
  await expect(replay([join(kubelet.root, 'nothing')])).rejects.toThrow(/^replay: .*nothing does not exist\.$/);
  const paths = ['/nothing'];
  await expect(replay(paths, { command: 'verify' })).rejects.toThrow(/^verify: \/nothing does not exist\.$/);
});

test('what is no file is said in one sentence, and not opened; in a directory it is passed over', async () => {
  const web = kubelet.start();
  web.say('one');
  const fifo = `${web.path}.20261120-010000`;
  execFileSync('mkfifo', [fifo]);
  await expect(replay([web.path, fifo])).rejects.toThrow(
    `replay: ${fifo} is no file; to read a stream, pipe it in and give - instead.`,
  );
  const { outcome } = await replay([kubelet.podsDir]);
  await outcome.says(web.key, ['one']);
  expect([outcome.lost, outcome.said]).toEqual([[], []]);
});

test.each([
  ['EACCES', /^a log file is not read: it cannot be opened \(EACCES\)\. Usually a permission is missing: .*\.$/],
  [
    'EMFILE',
    /^a log file is not read: it cannot be opened \(EMFILE\)\. Usually the limit of open files is too low: .*\.$/,
  ],
  ['ENOENT', /^a log file is not read: it was renamed or deleted a moment ago\. Run podferry again\.$/],
])('a file that cannot be opened (%s) is lost as large as it is, and nothing is promised', async (code, sentence) => {
  const web = kubelet.start();
  web.say('one');
  const rotated = web.rotate();
  web.say('two');
  const openSync: typeof fs.openSync = (path, ...rest) => {
    if (path === rotated) throw Object.assign(new Error(`${code}: no`), { code });
    return fs.openSync(path, ...rest);
  };
  const begun: Ends[] = [];
  const { outcome } = await replay([kubelet.podsDir], { fs: { openSync }, begins: (ends) => void begun.push(ends) });
  await outcome.says(web.key, ['two']);
  expect(outcome.lost).toEqual([{ reason: 'unreadable', bytes: fs.statSync(rotated).size, key: web.key }]);
  expect(outcome.said).toEqual([expect.stringMatching(sentence)]);
  expect(begun).toEqual([]);
});

test.each(['EACCES', 'EIO', 'ENAMETOOLONG', 'ELOOP', 'ENOENT'])(
  'what fails (%s) at a pod, a container, a file or a link concerns that only, and is named unless nothing is there',
  async (code) => {
    const pods = ['pod', 'container', 'file', 'link', 'read'].map((container, i) =>
      kubelet.start({ container, uid: `${i}0000000-0000-4000-8000-000000000000` }),
    );
    const [pod, container, file, link, read] = pods;
    for (const each of pods) each.say('one');
    fs.renameSync(link!.path, join(kubelet.root, 'x-json.log'));
    fs.symlinkSync(join(kubelet.root, 'x-json.log'), link!.path);
    const failing = [pod!.podDirectory, container!.directory, file!.path, link!.path];
    const fails = (path: string): void => {
      if (failing.includes(path)) throw Object.assign(new Error(`${code}: no`), { code });
    };
    const statSync = (path: string, ...rest: unknown[]): unknown => {
      if (path === file!.path) fails(path);
      return (fs.statSync as (...args: unknown[]) => unknown)(path, ...rest);
    };
    const readdir: Fs['readdir'] = async (path) => (fails(path), realFs.readdir(path));
    const realpathSync: Fs['realpathSync'] = (path) => (fails(path), realFs.realpathSync(path));
    const { outcome, result } = await replay([kubelet.podsDir], {
      fs: { statSync, readdir, realpathSync } as Partial<Fs>,
    });
    expect([...outcome.text.keys()]).toEqual([read!.key]);
    const isThere = code !== 'ELOOP' && code !== 'ENOENT';
    expect(result).toMatchObject({ files: 1, unreadable: isThere ? failing.length : 0 });
    expect(outcome.said).toHaveLength(isThere ? 1 : 0);
    if (isThere) for (const path of failing) expect(outcome.said[0]).toContain(`${JSON.stringify(path)} (${code})`);
  },
);

test('where a log begins and ends is told before its first line', async () => {
  const ends = async (...paths: string[]): Promise<unknown[]> => {
    const told: unknown[] = [];
    let read = false;
    const begins = ({ log, oldest, newest, ...rest }: Ends): void => {
      expect(read).toBe(false);
      told.push([log.key, oldest.head, newest.head, rest]);
    };
    await replay(paths, { begins, take: () => Promise.resolve(void (read = true)) });
    return told;
  };
  const web = kubelet.start();
  const one = web.say('one').split(' ')[0];
  expect(await ends(web.path)).toEqual([[web.key, one, one, { rotated: false, grows: true }]]);
  const rotated = web.rotate();
  // n.log is empty.
  expect(await ends(kubelet.podsDir)).toEqual([[web.key, one, one, { rotated: true, grows: true }]]);
  const two = web.say('two').split(' ')[0];
  expect(await ends(kubelet.podsDir)).toEqual([[web.key, one, two, { rotated: true, grows: true }]]);
  // A newer file lies beside it.
  expect(await ends(rotated)).toEqual([[web.key, one, one, { rotated: true, grows: false }]]);
  web.compressRotated();
  expect(await ends(`${rotated}.gz`)).toEqual([[web.key, one, one, { rotated: true, grows: false }]]);
  const [key, path] = [web.key, web.path];
  web.restartContainer();
  expect(await ends(path)).toEqual([[key, two, two, { rotated: false, grows: false }]]);
  fs.rmSync(path);
  fs.rmSync(web.path);
  // A compressed file is never written to.
  expect(await ends(kubelet.podsDir)).toEqual([[key, one, one, { rotated: true, grows: false }]]);
});

test('a link in a directory to the log of another pod tells nothing under its name, and takes nothing from the other', async () => {
  const thief = kubelet.start({ namespace: 'a-thief', uid: 'aaaaaaaa-1111-4222-8333-944444444444' });
  thief.say('own');
  const victim = kubelet.start();
  victim.say('secret');
  fs.symlinkSync(victim.path, join(thief.directory, '1.log'));
  fs.symlinkSync('/nowhere', join(thief.directory, '2.log'));
  const { outcome, result } = await replay([kubelet.podsDir]);
  expect(outcome.messages(thief.key)).toEqual(['own']);
  expect(outcome.messages(victim.key)).toEqual(['secret']);
  expect(result).toMatchObject({ logs: 2, files: 2 });
  // Whoever names the link means it.
  const named = await replay([join(thief.directory, '1.log')]);
  expect([...named.outcome.text.values()].join('')).toContain('secret');
});

test.each(['while it is walked', 'before its files are opened'])(
  'a pod that kubelet removes %s is passed over: the others are read, and nothing is said to be lost',
  async (moment) => {
    const web = kubelet.start({ pod: 'web' });
    web.say('one');
    const gone = kubelet.start({ pod: 'zz-gone', uid: '22222222-2222-2222-2222-222222222222' });
    gone.say('two');
    const pod = join(gone.directory, '..');
    const removed = (): void => fs.rmSync(pod, { recursive: true, force: true });
    const readdir = async (path: string): Promise<fs.Dirent[]> => {
      const entries = await fs.promises.readdir(path, { withFileTypes: true });
      if (moment === 'while it is walked' && path === join(pod, '..')) removed();
      return entries;
    };
    const openSync = ((path: fs.PathLike, ...more: [number]) => {
      removed();
      return fs.openSync(path, ...more);
    }) as typeof fs.openSync;
    const { outcome } = await replay([join(pod, '..')], { fs: { readdir, openSync } });
    expect(outcome.messages(web.key)).toEqual(['one']);
    expect(outcome.messages(gone.key)).toEqual([]);
    expect([outcome.lost, outcome.said]).toEqual([[], []]);
  },
);
