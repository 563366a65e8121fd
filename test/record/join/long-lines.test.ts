/** Lines longer than the reader's buffer, which come in pieces: where they begin and end, and what becomes of their neighbours. */
import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import type { Batch, Position, Source } from '../../../src/types.ts';
import { ALL, documents, makeBatch, makeRecords, makeSource } from '../helpers.ts';

const T = '2026-11-20T01:02:03.001655154Z';
const LATER = '2026-11-20T01:02:04Z';

function cri(content: string, stream = 'stdout', tag = 'F', time = T): string {
  return `${time} ${stream} ${tag} ${content}\n`;
}

/** Hands pieces of one source on, one after the other; `goesOn` unless it ends with a line feed. */
function giver(options: Parameters<typeof makeRecords>[0] = {}, resume: Position = { out: 0, err: 0, time: '' }) {
  const one = makeRecords(options);
  const source = makeSource(one.log, 'abcdefghijkl', resume);
  let at = Math.min(resume.out, resume.err);
  const give = (piece: string | Buffer, how: { last?: boolean; from?: Source; at?: number; batch?: Batch } = {}) => {
    const bytes = Buffer.from(piece);
    const goesOn = !how.last && bytes.at(-1) !== 10;
    const lines = { bytes, end: bytes.length, at: how.at ?? at, goesOn, last: how.last ?? false };
    const stop = one.records.lines(how.batch ?? one.batch, how.from ?? source, lines, 0);
    if (how.at === undefined) at += stop;
    return stop;
  };
  const said = (): string[] => documents(one.batch).map((d) => d.body.message);
  return { ...one, source, give, said, position: () => one.batch.positions.get(source), at: () => at };
}

test('the end of its file ends a long line: it is whole, and what follows in the next file is no part of it', () => {
  for (const [piece, body] of [
    [`${T} stdout F begin`, { message: 'begin', stream: 'stdout' }],
    ['garbage', { message: 'garbage', podferry: { unparsed: true } }],
  ] as const) {
    const one = giver();
    const next = makeSource(one.log, 'of the next file');
    one.give(cri('before') + piece);
    one.give(cri('next'), { from: next, at: 0 });
    expect(documents(one.batch).map((d) => d.body)).toMatchObject([{ message: 'before' }, body, { message: 'next' }]);
    expect(documents(one.batch)[1]!.body.podferry?.['unfinished']).toBeUndefined();
    expect(one.position()).toMatchObject({ out: one.at(), err: one.at() });
    expect(one.batch.positions.get(next)).toMatchObject({ out: cri('next').length, err: cri('next').length });
  }
});

test('the end of its log ends a long line', () => {
  for (const [piece, body] of [
    [`${T} stdout F begin`, { message: 'begin', stream: 'stdout' }],
    [`${T} stdout P begin`, { message: 'begin', stream: 'stdout', podferry: { unfinished: true } }],
    ['garbage', { message: 'garbage', podferry: { unparsed: true } }],
    [
      Buffer.concat([Buffer.alloc(300), Buffer.from(`${T} std`)]),
      { message: `${T} std`, podferry: { unparsed: true } },
    ],
  ] as const) {
    const one = giver();
    one.give(Buffer.concat([Buffer.from(cri('before')), Buffer.from(piece)]));
    expect(one.records.end(one.batch, one.log)).toBe(true);
    expect(documents(one.batch).map((d) => d.body)).toMatchObject([{ message: 'before' }, body]);
    expect(one.position()).toMatchObject({ out: one.at(), err: one.at() });
    expect(one.records.counts.openBytes).toBe(0);
  }
});

test('a last piece without a line feed, or without anything, ends a long line', () => {
  for (const start of [`${T} stdout F begin`, 'garbage begin']) {
    for (const rest of [' end', '']) {
      const one = giver();
      one.give(start);
      expect(one.said()).toEqual([]);
      one.give(rest, { last: true });
      expect(one.said()).toEqual([`${start.slice(start.indexOf('F') + 1).trim()}${rest}`]);
      expect(documents(one.batch)[0]!.body.podferry).toMatchObject({ unfinished: true });
      expect(one.position()).toMatchObject({ out: one.at(), err: one.at() });
    }
  }
});

test('a long line whose line feed comes is whole, also at the end of its file and behind NULs', () => {
  for (const start of [`${T} stdout F begin`, Buffer.concat([Buffer.alloc(300), Buffer.from(`${T} std`)])]) {
    const one = giver();
    one.give(start);
    one.give(typeof start === 'string' ? ' end\n' : 'out F begin end\n', { last: true });
    expect(documents(one.batch).map((d) => d.body)).toMatchObject([{ message: 'begin end', stream: 'stdout' }]);
    expect(documents(one.batch)[0]!.body.podferry).toBeUndefined();
  }
});

test('the rest of a long line does not come: it is whole as it is', () => {
  for (const start of [`${T} stdout F begin`, 'begin']) {
    const one = giver();
    one.give(start);
    one.give(cri('elsewhere'), { at: 5000 });
    expect(one.said()).toEqual(['begin', 'elsewhere']);
  }
});

test('a partial line longer than the buffer goes on in the next file', () => {
  const one = giver();
  one.give(`${T} stdout P ${'x'.repeat(300)}`);
  one.give('y', { last: true });
  one.give(cri('end'), { from: makeSource(one.log, 'of the next file'), at: 0 });
  expect(one.said()).toEqual([`${'x'.repeat(300)}yend`]);
});

test('a long line that was acknowledged before is passed over', () => {
  const long = `${T} stderr F ${'x'.repeat(300)}`;
  const garbage = 'y'.repeat(300);
  for (const [start, resume] of [
    [long, (size: number) => ({ out: 0, err: size, time: '' })],
    [garbage, (size: number) => ({ out: 0, err: size, time: '' })],
    [garbage, (size: number) => ({ out: size, err: 0, time: '' })],
  ] as const) {
    const one = giver({}, resume(start.length + 2));
    one.give(start);
    expect(one.records.counts.openBytes).toBe(0);
    one.give(`z\n${cri('a')}${cri('b', 'stderr')}`);
    expect(one.said()).toEqual(['a', 'b']);
    expect(one.position()).toMatchObject({ out: one.at(), err: one.at() });
  }
});

test('a long line dates what follows it and has no time, and its position that of what comes before it', () => {
  const one = giver();
  one.give(`${cri('before')}${LATER} stdout F begin`);
  expect(one.position()).toEqual({ out: cri('before').length, err: cri('before').length, time: T });
  one.give(`end\ngarbage\n`);
  expect(documents(one.batch).map((d) => d.body['@timestamp'])).toEqual([T, LATER, LATER]);
  const raw = giver();
  raw.give(`${cri('before')}garbage`);
  expect(raw.position()).toEqual({ out: cri('before').length, err: cri('before').length, time: T });
});

test('a long line does not go on with a partial one that is 1 MiB behind', () => {
  const one = giver({ batchBytes: 4 << 20 });
  const batch = makeBatch(64 * 1024, 4 << 20, 10_000);
  const filler = cri('x'.repeat(1000), 'stderr').repeat(1100);
  one.give(`${cri('begin ', 'stdout', 'P')}${filler}${T} stdout F long`, { batch });
  one.give(' end\n', { batch });
  const found = documents(batch).filter((d) => d.body.stream === 'stdout');
  expect(found.map((d) => d.body)).toMatchObject([
    { message: 'begin ', podferry: { unfinished: true } },
    { message: 'long end' },
  ]);
});

test('a hole and the beginning of a header in one piece, cut anywhere', () => {
  const line = cri('behind the hole');
  const hole = Buffer.alloc(500);
  for (let cut = 0; cut < line.length; cut++) {
    // There it cannot be told from a line without content.
    if (line.slice(0, cut).endsWith(' F')) continue;
    const one = giver();
    one.give(Buffer.concat([Buffer.from(cri('first')), hole, Buffer.from(line.slice(0, cut))]));
    one.give(line.slice(cut) + cri('next'));
    expect(one.said(), `cut at ${cut}`).toEqual(['first', 'behind the hole', 'next']);
    expect(documents(one.batch)[1]!.body.log.offset).toBe(cri('first').length + 500);
    expect(one.records.counts).toMatchObject({ holeBytes: 500, unparsed: 0 });
  }
});

test('a long line behind a hole', () => {
  const one = giver();
  one.give(Buffer.concat([Buffer.from(cri('first')), Buffer.alloc(500)]));
  // Of the hole nothing is needed again.
  expect(one.position()).toMatchObject({ out: one.at(), err: one.at() });
  one.give(Buffer.alloc(500));
  expect(one.position()).toMatchObject({ out: one.at(), err: one.at() });
  one.give(`${T} stdout F ${'x'.repeat(400)}`);
  one.give('y'.repeat(400));
  one.give(`z\n${cri('next')}`);
  expect(one.said()).toEqual(['first', `${'x'.repeat(400)}${'y'.repeat(400)}z`, 'next']);
  expect(one.position()).toMatchObject({ out: one.at(), err: one.at() });
});

test('a line behind a hole for which the batch has no room comes with the next one', () => {
  const one = giver();
  const full = makeBatch(1000, 1 << 20, 1);
  expect(one.give(cri('first'), { batch: full })).toBe(cri('first').length);
  const [begin, rest] = [cri('behind').slice(0, 10), cri('behind').slice(10)];
  expect(one.give(Buffer.concat([Buffer.alloc(500), Buffer.from(begin)]), { batch: full })).toBe(510);
  expect(one.give(rest, { batch: full })).toBe(0);
  expect(one.give(rest)).toBe(rest.length);
  expect(documents(full)).toHaveLength(1);
  expect(one.said()).toEqual(['behind']);
  expect(one.position()).toMatchObject({ out: one.at(), err: one.at() });
});

test('what nobody can parse is cut short too when all that is open holds too much', () => {
  const one = giver({ openBytes: 2000, maxBytes: 64 * 1024 });
  one.give('g'.repeat(500));
  for (let i = 0; i < 20; i++) {
    one.give('g'.repeat(500));
    expect(one.records.counts.openBytes).toBeLessThan(4097);
  }
  expect(one.position()?.out ?? 0).toBe(0);
  one.give(`\n${cri('next')}`);
  const [cut, next, ...more] = documents(one.batch).map((d) => d.body);
  expect(cut!.podferry).toMatchObject({ unparsed: true, truncated: true });
  expect([next!.message, more]).toEqual(['next', []]);
  expect(one.losses.reduce((sum, each) => sum + each.bytes, 0)).toBe(500 * 21 - cut!.message.length);
  one.give('g'.repeat(500));
  one.records.forget(one.log);
  expect(one.records.counts.openBytes).toBe(0);
});

test('a long line is part of its trace like any other', () => {
  const one = giver({ overrides: ALL });
  one.give(cri('java.io.IOException: x'));
  one.give(`${T} stdout F \tat a.b`);
  one.give(`(A.java:1)\n${cri('next')}`);
  expect(one.said()).toEqual(['java.io.IOException: x\n\tat a.b(A.java:1)', 'next']);
});
