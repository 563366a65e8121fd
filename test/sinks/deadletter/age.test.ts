/** How long rejected documents are kept on disk. */
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dropAged, keepAge } from '../../../src/sinks/deadletter/age.ts';
import { DeadLetter } from '../../../src/sinks/deadletter/deadletter.ts';
import { newSaid } from '../../helpers/said.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-27T00:00:00Z');

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-age-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A file whose first line was refused `first` days ago and its last one `last`; undefined: none. */
function file(name: string, days: readonly [first: number, last: number] | undefined): void {
  if (days === undefined) return;
  const [first, last] = days.map((ago) => new Date(NOW - ago * DAY));
  writeFileSync(join(dir, name), `{"at":"${first!.toISOString()}","document":1}\n`);
  utimesSync(join(dir, name), last!, last!);
}
const there = () => ['rejected.ndjson.1', 'rejected.ndjson'].filter((name) => existsSync(join(dir, name)));

test.each([
  ['nothing', undefined, undefined, [], 0],
  ['young ones', [9, 8], [4, 1], ['rejected.ndjson.1', 'rejected.ndjson'], 0],
  ['old ones in the older file', [20, 10.1], [4, 1], ['rejected.ndjson'], 1],
  ['only old ones', [20, 11], [11, 10.1], [], 2],
  ['one younger than the age beside older ones', [20, 9.9], undefined, ['rejected.ndjson.1'], 0],
  ['a first one of half the age', undefined, [5.1, 0], ['rejected.ndjson.1'], 0],
  [
    'a first one of half the age, and the older file still needed',
    [12, 6],
    [5.1, 0],
    ['rejected.ndjson.1', 'rejected.ndjson'],
    0,
  ],
  ['the older file goes, and the current one takes its place', [20, 10.1], [5.1, 0], ['rejected.ndjson.1'], 1],
] as const)('kept for ten days: %s', async (_, older, current, left, gone) => {
  file('rejected.ndjson.1', older);
  file('rejected.ndjson', current);
  expect(await dropAged(dir, 10 * DAY, NOW)).toBe(gone * 47);
  expect(there()).toEqual(left);
});

test('a store that is written to goes on in a new file, and loses nothing', async () => {
  let now = NOW - 6 * DAY;
  const letters = new DeadLetter({ dir, maxBytes: 1024 * 1024, log: newSaid(), now: () => now });
  const keep = (text: string) =>
    letters.add(
      Buffer.from(`"${text}"`),
      { status: 400, type: 't', reason: 'r' },
      undefined,
      new AbortController().signal,
    );
  expect(await keep('one')).toBe(true);
  now = NOW;
  await dropAged(dir, 10 * DAY, now);
  expect(there()).toEqual(['rejected.ndjson.1']);
  expect(await keep('two')).toBe(true);
  expect(there()).toEqual(['rejected.ndjson.1', 'rejected.ndjson']);
  await letters.close();
});

test('looks every hour, says what went, and goes on after what cannot be deleted', async () => {
  const said = newSaid();
  const stop = new AbortController();
  const waited: number[] = [];
  file('rejected.ndjson.1', [20, 11]);
  await keepAge(
    {
      dirs: () => [dir],
      ageMs: 10 * DAY,
      log: said,
      now: () => NOW,
      wait(ms) {
        waited.push(ms);
        rmSync(dir, { recursive: true, force: true });
        // No directory: the system says ENOTDIR.
        writeFileSync(dir, '');
        if (waited.length === 2) stop.abort();
        return Promise.resolve();
      },
    },
    stop.signal,
  );
  expect(waited).toEqual([3600_000, 3600_000]);
  expect(said.lines).toEqual([
    expect.stringContaining(`rejected documents (47 B) in ${dir} were older than 10 d and are deleted`),
    expect.stringContaining('that are too old cannot be deleted (ENOTDIR'),
  ]);
});
