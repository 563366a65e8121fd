/** Fewer descriptors than log files: all are read in turn, and some are left for everything else. */
import * as fs from 'node:fs';
import { expect, test } from 'vitest';
import { reserveOf } from '../../src/files/logfile/opener.ts';
import { until } from '../helpers/until.ts';
import type { FakeContainer } from '../helpers/kubelet.ts';
import { Outcome } from './follow.ts';
import { session, stick } from './session.ts';

const it = session();
const MANY = 30;

/** So many containers, each with a line. */
function containers(many = MANY): FakeContainer[] {
  const started = Array.from({ length: many }, (_, i) =>
    it.kubelet.start({ pod: `web-${i}`, uid: `${String(i).padStart(8, '0')}-2222-4333-8444-555555555555` }),
  );
  for (const web of started) web.say('one');
  return started;
}

/** A limit that leaves about so many descriptors for log files. It may be raised later. */
function limited(files: number) {
  const next = fs.openSync('/dev/null', 'r');
  fs.closeSync(next);
  const limit = { descriptors: 0 };
  while (limit.descriptors - reserveOf(limit.descriptors) < next + files) limit.descriptors++;
  return { limit, fs: { openFilesLimit: () => limit.descriptors } };
}

/** Where a link leads; '' if it is gone. */
function linkOf(path: string): string {
  try {
    return fs.readlinkSync(path);
  } catch {
    return '';
  }
}

test('each of thirty logs is read through five descriptors, what exists and what is written later, again and again', async () => {
  const webs = containers();
  const { outcome, tailer } = await it.start(limited(5));
  const expected = ['one'];
  for (const web of webs) await outcome.says(web.key, expected);
  for (let round = 0; round < 4; round++) {
    const message = `round ${round}`;
    expected.push(message);
    for (const web of webs) web.say(message);
    for (const web of webs) await outcome.says(web.key, expected);
    // And a few of those that are kept free, for files whose turn it is.
    expect(tailer.counts.openFiles).toBeLessThanOrEqual(5 + 4);
  }
  expect([outcome.lost, outcome.gaps]).toEqual([[], []]);
  expect(tailer.counts.sources.unreadable).toBe(0);
  const said = outcome.said.filter((each) => each.includes('more log files than descriptors'));
  expect(said[0]).toContain('ulimit -n');
});

test('logs with a backlog each are read side by side, a buffer a turn', async () => {
  const webs = containers(12);
  const lines = Array.from({ length: 60 }, (_, i) => `${i} ${'x'.repeat(500)}`);
  for (const web of webs) web.say(...lines);
  const outcome = new Outcome();
  // Until all of them are found.
  const flow = stick(outcome);
  await it.start({ ...limited(3), bufferBytes: 4096 }, undefined, outcome);
  flow();
  for (const web of webs) await outcome.says(web.key, ['one', ...lines]);
  // Nobody is served to the end before all others had their turns.
  const first = outcome.pieces.slice(0, 3 * webs.length).map(({ source }) => source.log.key);
  expect(new Set(first).size).toBe(webs.length);
});

test('files that are rotated, compressed and truncated while they are closed to make room are read from the right place', async () => {
  const webs = containers();
  const { outcome } = await it.start(limited(5));
  for (const web of webs) await outcome.says(web.key, ['one']);
  for (const [i, web] of webs.entries()) {
    web.say('two');
    if (i % 4 === 0) web.rotate();
    if (i % 4 === 1) {
      web.rotate();
      web.compressRotated();
    }
    if (i % 4 === 2) web.copyTruncate();
    web.say('three');
  }
  for (const web of webs) await outcome.says(web.key, ['one', 'two', 'three'], 20_000);
  expect(outcome.lost).toEqual([]);
});

test('half a line is kept while its file is closed, and so is a log whose first line is not complete', async () => {
  const webs = containers();
  for (const [i, web] of webs.entries()) if (i % 2 === 0) web.write(`${it.kubelet.time()} stdout F ha`);
  const empty = it.kubelet.start({ uid: '99999999-2222-4333-8444-555555555555' });
  empty.write('2026-11-20T02:00:00Z stdout F fir');
  const { outcome } = await it.start(limited(5));
  for (const web of webs) await outcome.says(web.key, ['one']);
  empty.write('st\n');
  for (const [i, web] of webs.entries()) {
    if (i % 2 === 0) web.write('lf\n');
    else web.say('half');
  }
  for (const web of webs) await outcome.says(web.key, ['one', 'half']);
  await outcome.says(empty.key, ['first']);
});

test('a live log that is deleted while it is closed: nobody saw its end, and that is told', async () => {
  const webs = containers();
  const { outcome } = await it.start(limited(5));
  for (const web of webs) await outcome.says(web.key, ['one']);
  // Who writes to it holds it too.
  const holders = ({ path }: FakeContainer): number =>
    fs.readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`) === fs.realpathSync(path)).length;
  const closed = webs.find((web) => holders(web) === 1)!;
  const other = webs.find((web) => web !== closed)!;
  // It goes on in another file, as after two rotations with a kubelet that keeps one file.
  closed.say('nobody sees this');
  fs.unlinkSync(closed.path);
  closed.reopen();
  closed.say('three');
  await until(() => outcome.messages(closed.key).includes('three'), 'the next file');
  const [, ...more] = outcome.messages(closed.key);
  // Its growth may have been seen before it was deleted: counted then.
  const seen = outcome.lost.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(more).toEqual([`<gap deleted_unread ${seen}>`, 'three']);
  expect(outcome.unseen).toEqual([closed.key]);
  other.say('two');
  await outcome.says(other.key, ['one', 'two']);
});

test('while the sink is stuck files of no name keep their descriptors, and when it flows all lines come', async () => {
  const webs = containers(12);
  const { outcome } = await it.start(limited(4));
  for (const web of webs) await outcome.says(web.key, ['one']);
  const flow = stick(outcome);
  for (const web of webs) web.say('two');
  await until(() => outcome.said.length > 0, 'it was said');
  flow();
  for (const web of webs) await outcome.says(web.key, ['one', 'two']);
  expect(outcome.lost).toEqual([]);
});

test('no descriptor at all is left for logs: what waits is told, and is read when the limit is raised', async () => {
  const webs = containers(8);
  const { limit, ...options } = limited(-20);
  const { outcome, tailer } = await it.start(options);
  await until(() => outcome.said.join().includes('EMFILE'), 'it was said');
  expect(outcome.said.join()).toContain('ulimit -n');
  const waiting = tailer.status().filter((each) => each.state === 'unreadable');
  expect(waiting.map(({ key }) => key).sort()).toEqual(webs.map(({ key }) => key));
  expect(waiting[0]).toMatchObject({ container: 'web', why: 'no descriptor left (EMFILE)' });
  expect(tailer.counts.sources.unreadable).toBe(webs.length);
  limit.descriptors = Infinity;
  for (const web of webs) await outcome.says(web.key, ['one'], 20_000);
  await until(() => tailer.counts.sources.unreadable === 0, 'and none is unreadable');
});

test('the inode of a closed file is given to another one of the same log: both are read', async () => {
  const webs = containers(12);
  const { outcome } = await it.start(limited(4));
  for (const web of webs) await outcome.says(web.key, ['one']);
  for (const web of webs) {
    web.say('two');
    web.rotate({ compress: false });
    web.say('three');
    // What is removed leaves its inode to what is made next.
    web.compressRotated();
    web.rotate({ compress: false });
    web.say('four');
    web.compressRotated();
  }
  const all = ['four', 'one', 'three', 'two'];
  // A file that cannot be opened at once may come after a newer one.
  const isAll = (web: FakeContainer): boolean => outcome.messages(web.key).sort().join() === all.join();
  await until(() => webs.every(isAll), 'all lines of all', 20_000);
  expect([outcome.lost, outcome.gaps]).toEqual([[], []]);
});
