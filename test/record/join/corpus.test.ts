/**
 * Traces as real runtimes print them (test/corpus/traces; `%%%` is the border of two records) come out as one record each, and
 * ordinary output of many kinds comes out line by line.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ALL, random, read } from '../helpers.ts';
import { ORDINARY } from './ordinary.ts';

const CORPUS = new URL('../../corpus/traces/', import.meta.url);

/** Records that nobody can see the end of: further lines of a message that nothing follows, and text without a mark of a trace. */
const NOT_JOINED = new Set(['py-multimsg.txt', 'elixir-a.txt', 'rust-double-bt.txt']);

function messages(lines: readonly string[], batchBytes = 1 << 20): string[] {
  let ms = Date.UTC(2026, 10, 20, 1, 2, 3);
  const text = lines.map((line) => `${new Date(ms++).toISOString()} stderr F ${line}\n`).join('');
  const found = read(text, { overrides: { ...ALL, structured: false }, batchBytes });
  return found.sort((a, b) => a.body.log.offset - b.body.log.offset).map((document) => document.body.message);
}

const files = readdirSync(CORPUS).map((name) => {
  const text = readFileSync(new URL(name, CORPUS), 'utf8').replace(/\n$/, '');
  return { name, records: text.split('\n%%%\n') };
});

test.each(files.filter(({ name }) => !NOT_JOINED.has(name)))(
  'one record each, and their neighbours apart: $name',
  ({ records }) => {
    const lines = records.flatMap((record) => record.split('\n'));
    expect(messages(['a line before', ...lines, 'a line after'])).toEqual([
      'a line before',
      ...records,
      'a line after',
    ]);
  },
);

test('of the records of several lines of the corpus, so many come out whole', () => {
  const counts = new Map<string, [whole: number, tried: number]>();
  for (const { name, records } of files) {
    const runtime = name.split('-')[0]!;
    const found = new Set(
      messages(['a line before', ...records.flatMap((record) => record.split('\n')), 'a line after']),
    );
    const [whole, tried] = counts.get(runtime) ?? [0, 0];
    const several = records.filter((record) => record.includes('\n'));
    counts.set(runtime, [whole + several.filter((record) => found.has(record)).length, tried + several.length]);
  }
  const missing = [...counts].filter(([, [whole, tried]]) => whole < tried);
  expect(missing).toEqual([
    ['elixir', [4, 5]],
    ['py', [9, 10]],
    ['rust', [8, 10]],
  ]);
  const sum = (i: 0 | 1): number => [...counts.values()].reduce((n, count) => n + count[i], 0);
  expect([sum(0), sum(1)]).toEqual([73, 77]);
});

test.each(Object.entries(ORDINARY))('every line is a record: %s', (_name, block) => {
  for (const i of [0, 1, 7, 12, 345]) {
    const lines = block(i).split('\n');
    expect(messages([...lines, ...lines])).toEqual([...lines, ...lines]);
  }
});

test('every line is a record, whatever ordinary lines come before it', () => {
  const seed = Number(process.env['PODFERRY_TEST_SEED'] ?? Date.now() % 1e9);
  const rnd = random(seed);
  const blocks = Object.values(ORDINARY);
  const lines = Array.from({ length: 1500 }, (_, i) => blocks[rnd(blocks.length)]!(i)).flatMap((block) =>
    block.split('\n'),
  );
  expect(lines.length).toBeGreaterThan(2000);
  expect(blocks.length).toBeGreaterThanOrEqual(40);
  expect(messages(lines, 8 << 20), `seed ${seed}`).toEqual(lines);
});

test('traces among ordinary lines are whole', () => {
  const blocks = Object.values(ORDINARY);
  const traces = files.filter(({ name }) =>
    /^(java-future|py-dotted|go-err|ruby-a|rust-index-bt|php-a|scala)/.test(name),
  );
  for (const { name, records } of traces) {
    for (const block of blocks) {
      const before = [...block(3).split('\n'), '2026-11-20 01:02:03 INFO went on'];
      const after = ['2026-11-20 01:02:03 INFO went on', ...block(4).split('\n')];
      const lines = records.flatMap((record) => record.split('\n'));
      // A program's INFO may come before its traceback, so a line without a level stands between.
      expect(messages([...before, '- - -', ...lines, ...after]), name).toEqual([
        ...before,
        '- - -',
        ...records,
        ...after,
      ]);
    }
  }
});
