/** Positions, batches, caps, gaps and the other promises of Records. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Records, slabBytes } from '../../src/record/records.ts';
import type { Batch, Gap, Meta, Source } from '../../src/types.ts';
import {
  ALL,
  documents,
  makeBatch,
  makeLog,
  makeMeta,
  makeRecords,
  makeSource,
  NO_FRAME,
  PLAIN,
  read,
  wholeLines,
} from './helpers.ts';

const T = '2026-11-20T01:02:03.001655154Z';
const MS = Date.UTC(2026, 10, 20, 1, 2, 3, 1);

function cri(content: string, stream = 'stdout', tag = 'F', time = T): string {
  return `${time} ${stream} ${tag} ${content}\n`;
}

/* ---- the document ---- */

test('a document is byte for byte what design.md says', () => {
  const one = makeRecords();
  one.read(cri('hello "w"', 'stderr') + cri('[ERROR] x'));
  const [first, second] = one.finish();
  const start = '{"@timestamp":"2026-11-20T01:02:03.001655154Z","message":"';
  const path = '"log":{"file":{"path":"/var/log/pods/ns_p_u/c/0.log"},"offset":';
  expect(first!.text).toBe(`${start}hello \\"w\\"","stream":"stderr",${path}0},"kubernetes":{"namespace":"ns"}}\n`);
  expect(second!.text).toBe(
    `${start}[ERROR] x","stream":"stdout",${path}50,"level":"error"},"kubernetes":{"namespace":"ns"}}\n`,
  );
  const slab = one.batch.bytes.toString('utf8', 0, one.batch.length);
  expect(slab).toBe(`<${first!.id}>${first!.text}<${second!.id}>${second!.text}`);
});

test('the id is time, source and offset', () => {
  const [, second] = read(cri('a') + cri('b'));
  const bytes = Buffer.from(second!.id, 'base64url');
  expect(bytes).toHaveLength(21);
  expect(bytes.readUIntBE(0, 6)).toBe(MS);
  expect(bytes.toString('base64url', 6, 15)).toBe('abcdefghijkl');
  expect(bytes.readUIntBE(15, 6)).toBe(cri('a').length);
});

test('offsets beyond 2^32 stay whole', () => {
  const one = makeRecords();
  const at = 2 ** 41 + 12345;
  one.records.lines(one.batch, one.source, wholeLines(Buffer.from(cri('x')), at), 0);
  const [found] = documents(one.batch);
  expect(found!.body.log.offset).toBe(at);
  expect(Buffer.from(found!.id, 'base64url').readUIntBE(15, 6)).toBe(at);
});

test.each([
  ['nothing', { bytes: Buffer.alloc(0), idFrom: 0, idTo: 0 }],
  ['the same bytes', { bytes: Buffer.from('{"create":{}}\n'), idFrom: 0, idTo: 0 }],
  ['the id alone', { bytes: Buffer.alloc(28), idFrom: 0, idTo: 28 }],
])('what the sink wants in front of documents: %s', (_, frame) => {
  const one = makeRecords();
  const framed = makeBatch(1000, 1 << 20, 10, 1, frame);
  const lines = wholeLines(Buffer.from(cri('x')));
  one.records.lines(one.batch, one.source, lines, 0);
  one.records.lines(framed, one.source, lines, 0);
  one.records.gap(framed, makeGap(one.source));
  one.records.gap(one.batch, makeGap(one.source));
  const wanted = documents(one.batch).map(({ id, text }) => (frame.idTo > 0 ? id : frame.bytes.toString()) + text);
  expect(framed.bytes.toString('utf8', 0, framed.length)).toBe(wanted.join(''));
  expect([...framed.ends.subarray(0, 2)]).toEqual([wanted[0]!.length, framed.length]);
});

test('what stays and what differs between neighbours never mixes', () => {
  // the head of a document is kept from the one before
  const times = [
    '2026-11-20T01:02:03Z',
    '2026-11-20T01:02:59.123456789Z',
    '2026-11-20T01:03:00.1+00:00',
    T,
    '2026-11-20T10:03:00+09:00',
    '2026-11-21T10:03:00Z',
    '2024-01-01T00:00:00Z',
  ];
  const text = times.map((time) => cri(time, 'stdout', 'F', time) + `garbage ${time}\n`).join('');
  const one = makeRecords();
  one.records.lines(one.batch, { ...one.source, head: times[0]! }, wholeLines(Buffer.from(text)), 0);
  const found = documents(one.batch);
  expect(found.map((d) => d.body['@timestamp'])).toEqual(times.flatMap((time) => [time, time]));
  const ms = found.map((d) => Buffer.from(d.id, 'base64url').readUIntBE(0, 6));
  expect(ms).toEqual(times.flatMap((time) => [Date.parse(time), Date.parse(time)]));
});

test('metadata is asked for once per call and changes from one call to the next', () => {
  let meta: Meta = makeMeta(PLAIN, true);
  let asked = 0;
  const one = makeRecords({
    meta: () => {
      asked++;
      return meta;
    },
  });
  one.read(cri('a') + cri('b') + cri('c'));
  expect(asked).toBe(1);
  meta = { ...makeMeta(), constant: Buffer.from(',"x":1') };
  one.read(cri('d'));
  const found = one.finish();
  expect(found.map((d) => d.body.podferry)).toEqual([...Array<object>(3).fill({ partial_metadata: true }), undefined]);
  expect(found[3]!.body).toMatchObject({ x: 1 });
  expect(one.records.counts.partialMetadata).toBe(3);
});

test('metadata without end does not break the slab: the document goes without', () => {
  const meta = { ...makeMeta(), constant: Buffer.from(`,"x":"${'y'.repeat(1 << 20)}"`) };
  const [found] = read(cri('a'), { meta: () => meta, maxBytes: 100 });
  expect(found!.body).toMatchObject({ message: 'a', podferry: { partial_metadata: true } });
});

test('a hostile path is text', () => {
  const log = { ...makeLog(), path: '/var/log/pods/a"b\\c\n\u0001\ud800/0.log' };
  const one = makeRecords();
  one.records.lines(one.batch, makeSource(log), wholeLines(Buffer.from(cri('x'))), 0);
  expect(documents(one.batch)[0]!.body.log.file.path).toBe('/var/log/pods/a"b\\c\n\u0001\ufffd/0.log');
});

/* ---- positions ---- */

test('a position never passes the start of a record that is open, each stream for itself', () => {
  const one = makeRecords({ overrides: ALL });
  one.read(cri('a') + cri('open', 'stdout', 'P') + cri('b', 'stderr'));
  const open = cri('a').length;
  const end = open + cri('open').length + cri('b', 'stderr').length;
  expect(one.position()).toEqual({ out: open, err: end, time: T });
  one.read(cri('java.io.IOException: x', 'stderr', 'F', '2026-11-20T01:02:04Z'));
  expect(one.position()).toEqual({ out: open, err: end, time: T });
  one.read(cri('done'));
  expect(one.position()).toMatchObject({ err: end });
  expect(one.position()!.out).toBeGreaterThan(end);
  expect(one.finish().map((d) => d.body.message)).toEqual(['a', 'b', 'opendone', 'java.io.IOException: x']);
  expect(one.position()!.err).toBe(one.position()!.out);
});

test('nothing read, nothing marked', () => {
  const one = makeRecords();
  one.records.lines(one.batch, one.source, wholeLines(Buffer.alloc(0)), 0);
  one.read(cri('open', 'stdout', 'P'));
  expect([...one.batch.positions.values()]).toEqual([{ out: 0, err: 45, time: '' }]);
  const next = makeBatch(1000);
  one.records.lines(next, one.source, wholeLines(Buffer.alloc(0), 45), 0);
  expect(next.positions.size).toBe(0);
});

test('a record cut by a rotation holds both files until it closes', () => {
  const log = makeLog();
  const first = makeSource(log, 'first0000000');
  const second = makeSource(log, 'second000000');
  const one = makeRecords();
  const a = Buffer.from(cri('a') + cri('begin ', 'stdout', 'P'));
  one.records.lines(one.batch, first, wholeLines(a, 0, true), 0);
  expect(one.batch.positions.get(first)).toEqual({ out: cri('a').length, err: a.length, time: T });

  const b1 = Buffer.from(cri('middle ', 'stdout', 'P') + cri('x', 'stderr'));
  one.records.lines(one.batch, second, wholeLines(b1, 0), 0);
  expect(one.batch.positions.get(first)).toEqual({ out: cri('a').length, err: a.length, time: T });
  expect(one.batch.positions.get(second)).toEqual({ out: 0, err: b1.length, time: T });

  const next = makeBatch(1000);
  one.records.lines(next, second, wholeLines(Buffer.from(cri('end')), b1.length), 0);
  expect(documents(next)[0]!.body).toMatchObject({ message: 'begin middle end', log: { offset: cri('a').length } });
  expect(documents(next)[0]!.id.slice(8, 20)).toBe('first0000000');
  expect(next.positions.get(first)).toEqual({ out: a.length, err: a.length, time: T });
  expect(next.positions.get(second)).toMatchObject({
    out: b1.length + cri('end').length,
    err: b1.length + cri('end').length,
  });
});

test('the time of a position is that of the last line before it', () => {
  const [first, second, third] = ['2026-11-20T01:02:03Z', '2026-11-20T01:02:04Z', '2026-11-20T01:02:05Z'];
  const head = 'java.io.IOException: x';
  const one = makeRecords({ overrides: ALL });
  const a = cri('a', 'stdout', 'F', first);
  const held = cri(head, 'stdout', 'F', second);
  one.read(a + held);
  expect(one.position(), 'a held record').toEqual({ out: a.length, err: (a + held).length, time: first });

  const both = makeRecords({ overrides: ALL });
  both.read(a + held + cri('open', 'stderr', 'P', third));
  const older = { out: a.length, err: (a + held).length, time: first };
  expect(both.position(), 'of two open ones that of the older').toEqual(older);

  const two = makeRecords({ overrides: ALL });
  const begin = cri('begin', 'stderr', 'P', second);
  two.read(a + begin + cri(head, 'stdout', 'F', third));
  expect(two.position()).toEqual({ out: (a + begin).length, err: a.length, time: first });

  // Of a file that is needed from its start: the last one of the file before.
  const three = makeRecords();
  const next = makeSource(three.log, 'second000000');
  three.read(a + cri('begin ', 'stdout', 'P', second));
  const rest = cri('x', 'stderr', 'F', third);
  three.records.lines(three.batch, next, wholeLines(Buffer.from(rest)), 0);
  expect(three.batch.positions.get(next)).toEqual({ out: 0, err: rest.length, time: second });
});

test('what was acknowledged before is skipped, stream by stream', () => {
  const text = cri('a') + cri('b', 'stderr') + cri('c') + 'garbage\n' + cri('d', 'stderr') + cri('e');
  const at = (needle: string) => text.indexOf(`F ${needle}\n`) - T.length - 8;
  const log = makeLog();
  const source = makeSource(log, 'abcdefghijkl', { out: at('c'), err: at('d') + 41, time: T });
  const one = makeRecords();
  const bytes = Buffer.from(text).subarray(at('c'));
  one.records.lines(one.batch, source, wholeLines(Buffer.from(bytes), at('c')), 0);
  expect(documents(one.batch).map((d) => d.body.message)).toEqual(['c', 'e']);
  expect(one.batch.positions.get(source)).toEqual({ out: text.length, err: text.length, time: T });
});

test('an unparsable line is dated by the line before it, by the position, by the head of the file, or by now', () => {
  const one = (source: Partial<Source>) => {
    const records = makeRecords();
    records.records.lines(
      records.batch,
      { ...records.source, ...source },
      wholeLines(Buffer.from('garbage\nmore\n')),
      0,
    );
    return documents(records.batch).map((d) => d.body['@timestamp']);
  };
  expect(one({ resume: { out: 0, err: 0, time: T }, head: '2026-01-01T00:00:00Z' })).toEqual([T, T]);
  expect(one({ head: '2026-01-01T00:00:00.5+02:00' })).toEqual(Array(2).fill('2026-01-01T00:00:00.5+02:00'));
  expect(one({ head: 'nonsense' })).toEqual(Array(2).fill('2026-11-20T00:00:00.000Z'));
});

test('a file whose first line has no time: the ids of such lines do not depend on what happens to date them', () => {
  const [before, head] = [cri('before'), '2026-11-20T01:02:03Z'];
  const ids = (source: Partial<Source>, first = '') => {
    const one = makeRecords();
    if (first) one.records.lines(one.batch, makeSource(one.log, 'of another file'), wholeLines(Buffer.from(first)), 0);
    const text = Buffer.from('no header\nnor here\n');
    one.records.lines(one.batch, { ...one.source, ...source }, wholeLines(text), 0);
    return documents(one.batch)
      .slice(first ? 1 : 0)
      .map((d) => d.id);
  };
  // By now, by the file, by the file before: the same bytes, the same ids.
  expect(ids({ resume: { out: 0, err: 0, time: head } })).toEqual(ids({}));
  expect(ids({}, before)).toEqual(ids({}));
  expect(new Set(ids({})).size).toBe(2);
  expect(ids({ head })).not.toEqual(ids({}));
});

test('a file that was cut and goes on: what has no time is dated by the last line before, not by the first of the file', () => {
  const one = makeRecords();
  one.read(cri('a'));
  const at = cri('a').length;
  const cut = { ...makeSource(one.log, 'abcdefghijkl', { out: at, err: at, time: '' }), head: '2026-01-01T00:00:00Z' };
  one.records.lines(one.batch, cut, wholeLines(Buffer.from('garbage\n'), at), 0);
  expect(documents(one.batch)[1]!.body['@timestamp']).toBe(T);
});

test('a position never goes back behind what was acknowledged before', () => {
  const log = makeLog();
  const source = makeSource(log, 'abcdefghijkl', { out: 0, err: 200, time: '' });
  const one = makeRecords();
  one.records.lines(one.batch, source, wholeLines(Buffer.from(cri('a'))), 0);
  expect(one.batch.positions.get(source)).toEqual({ out: cri('a').length, err: 200, time: T });
  const other = makeSource(log, 'bcdefghijklm', { out: 200, err: 0, time: '' });
  one.records.lines(one.batch, other, wholeLines(Buffer.from(cri('a', 'stderr'))), 0);
  expect(one.batch.positions.get(other)).toEqual({ out: 200, err: cri('a').length, time: T });
});

/* ---- batches ---- */

test('a full batch stops at the start of a line and goes on with the next one', () => {
  const text = Array.from({ length: 100 }, (_, i) => cri(`line ${i}`)).join('');
  const bytes = Buffer.from(text);
  const one = makeRecords({ batchBytes: 3000, maxBytes: 200 });
  const found: string[] = [];
  let batches = 0;
  for (let p = 0; p < bytes.length;) {
    const batch = makeBatch(200, 3000);
    p = one.records.lines(batch, one.source, wholeLines(bytes), p);
    expect(batch.length).toBeLessThanOrEqual(3000);
    if (p < bytes.length) expect(batch.length).toBeGreaterThan(1700);
    expect(batch.positions.get(one.source)).toMatchObject({ out: p, err: p });
    found.push(...documents(batch).map((d) => d.body.message));
    batches++;
  }
  expect(found).toEqual(Array.from({ length: 100 }, (_, i) => `line ${i}`));
  expect(batches).toBeGreaterThan(5);
});

test('a partial line for whose end a batch has no room is the same in the next one', () => {
  for (const [begin, end, message] of [
    ['a\r', '', 'a'],
    ['a', 'b\r', 'ab'],
    ['a\r', 'b', 'a\rb'],
    ['', '\r', ''],
  ] as const) {
    const one = makeRecords();
    const full = makeBatch(1000, 1 << 20, 1);
    const text = Buffer.from(cri('x') + cri(begin, 'stdout', 'P') + cri(end));
    const stop = one.records.lines(full, one.source, wholeLines(text), 0);
    expect(stop).toBe(text.length - cri(end).length);
    expect(one.records.lines(one.batch, one.source, wholeLines(text), stop)).toBe(text.length);
    expect(documents(one.batch).map((d) => d.body.message)).toEqual([message]);
    expect(one.position()).toMatchObject({ out: text.length, err: text.length });
  }
});

test('a batch without room for another document is full', () => {
  const one = makeRecords();
  const bytes = Buffer.from(cri('a') + cri('b') + cri('c'));
  const batch = makeBatch(1000, 1 << 20, 2);
  expect(one.records.lines(batch, one.source, wholeLines(bytes), 0)).toBe(2 * cri('a').length);
  expect(one.records.lines(batch, one.source, wholeLines(bytes), 2 * cri('a').length)).toBe(2 * cri('a').length);
  expect(documents(batch)).toHaveLength(2);
});

test('the worst record fits an empty batch, whatever its size', () => {
  const maxBytes = 10_000;
  const content = Buffer.alloc(maxBytes, 0);
  const one = makeRecords({ batchBytes: 1000, maxBytes });
  expect(slabBytes(1000, maxBytes)).toBeGreaterThan(6 * maxBytes);
  for (const bytes of [content, Buffer.alloc(maxBytes, 0xff), Buffer.alloc(maxBytes + 5000, 0x22)]) {
    const batch = makeBatch(maxBytes, 1000);
    const line = Buffer.concat([Buffer.from(`${T} stdout F `), bytes, Buffer.from('\n')]);
    expect(one.records.lines(batch, one.source, wholeLines(line), 0)).toBe(line.length);
    expect(documents(batch)[0]!.body.message).toHaveLength(maxBytes);
  }
});

test('a head taken back out of a full batch never leaves an empty one', () => {
  const one = makeRecords({ overrides: ALL });
  const bytes = Buffer.from(
    cri('java.io.IOException: a') + cri('java.io.IOException: b') + cri('java.io.IOException: c'),
  );
  let p = 0;
  const found: string[] = [];
  for (let i = 0; p < bytes.length; i++) {
    const batch = makeBatch(1000, 1 << 20, 1);
    p = one.records.lines(batch, one.source, wholeLines(bytes), p);
    expect(batch.count > 0 || p === bytes.length).toBe(true);
    expect(i).toBeLessThan(5);
    found.push(...documents(batch).map((d) => d.body.message));
  }
  found.push(...one.finish().map((d) => d.body.message));
  expect(found).toEqual(['java.io.IOException: a', 'java.io.IOException: b', 'java.io.IOException: c']);
});

test('end() asks for another batch until everything is shipped, and what comes after it is of its own', () => {
  const one = makeRecords({ overrides: ALL });
  one.read(cri('Error: held') + cri('open', 'stderr', 'P'));
  const small = () => makeBatch(1000, 1 << 20, 1);
  const first = small();
  expect(one.records.end(first, one.log)).toBe(false);
  const second = small();
  expect(one.records.end(second, one.log)).toBe(true);
  expect(documents(first)[0]!.body.message).toBe('Error: held');
  expect(documents(second)[0]!.body).toMatchObject({ message: 'open', podferry: { unfinished: true } });
  const size = (cri('Error: held') + cri('open', 'stderr', 'P')).length;
  expect(second.positions.get(one.source)).toMatchObject({ out: size, err: size });
  const third = small();
  expect(one.records.end(third, one.log)).toBe(true);
  expect(third.count).toBe(0);
  expect(one.records.counts).toMatchObject({ unfinished: 1, openBytes: 0 });
  one.read('garbage\n' + cri('end', 'stderr'));
  expect(documents(one.batch).map((d) => d.body)).toMatchObject([{ message: 'garbage' }, { message: 'end' }]);
  expect(one.position()).toMatchObject({ out: size + 8 + cri('end', 'stderr').length });
});

test('what is written after the end has the id that it has when it is read again from there', () => {
  const before = cri('one') + cri('two', 'stdout', 'P', '2026-11-20T01:02:09Z');
  const late = 'half a line that has no time\n';
  const one = makeRecords({ overrides: ALL });
  const begun = {
    ...one.source,
    head: '2026-11-20T01:02:00Z',
    resume: { out: 0, err: 0, time: '2026-11-20T01:02:01Z' },
  };
  one.records.lines(one.batch, begun, wholeLines(Buffer.from(before)), 0);
  expect(one.records.end(one.batch, one.log)).toBe(true);
  const resume = one.batch.positions.get(begun)!;
  one.records.lines(one.batch, begun, wholeLines(Buffer.from(late), before.length), 0);
  const again = makeRecords({ overrides: ALL });
  const resumed = { ...begun, log: again.log, resume };
  again.records.lines(again.batch, resumed, wholeLines(Buffer.from(late), before.length), 0);
  expect(documents(one.batch).at(-1)).toEqual(documents(again.batch)[0]);
  expect(documents(one.batch).at(-1)!.body['@timestamp']).toBe('2026-11-20T01:02:09Z');
});

test('a last line without its line feed, to which nothing will be added, is marked as unfinished', () => {
  const docker = (log: string): string =>
    JSON.stringify({ log, stream: 'stderr', time: '2026-11-20T01:02:03.001655154Z' });
  for (const [piece, body] of [
    [cri('FATAL: gone').slice(0, -1), { message: 'FATAL: gone', stream: 'stdout' }],
    [cri('FATAL: gone', 'stderr', 'P').slice(0, -1), { message: 'FATAL: gone', stream: 'stderr' }],
    [cri('FATAL: ', 'stderr', 'P') + cri('gone', 'stderr').slice(0, -1), { message: 'FATAL: gone', stream: 'stderr' }],
    [docker('FATAL: gone'), { message: 'FATAL: gone', stream: 'stderr' }],
    ['2026-11-20T01:0', { message: '2026-11-20T01:0', podferry: { unparsed: true } }],
    [cri('java.io.IOException: a') + cri('\tat b.c').slice(0, -1), { message: 'java.io.IOException: a\n\tat b.c' }],
  ] as const) {
    for (const overrides of [PLAIN, ALL]) {
      if (overrides === PLAIN && piece.includes('java')) continue;
      const found = read(cri('before', 'stderr') + piece, { overrides });
      expect(found.map((d) => d.body)).toMatchObject([{ message: 'before' }, body]);
      expect(found[1]!.body.podferry).toMatchObject({ unfinished: true });
    }
  }
  expect(read(cri('whole') + '\0\0', {}).map((d) => d.body.podferry)).toEqual([undefined]);
});

test('a last line without its line feed waits for a batch with room, and comes once', () => {
  const one = makeRecords();
  const bytes = Buffer.from(cri('first') + cri('gone').slice(0, -1));
  const small = () => makeBatch(1000, 1 << 20, 1);
  const [first, second] = [small(), small()];
  const stop = one.records.lines(first, one.source, wholeLines(bytes, 0, true), 0);
  expect(stop).toBe(cri('first').length);
  expect(one.records.opens(one.log)).toEqual([]);
  expect(one.records.lines(second, one.source, wholeLines(bytes, 0, true), stop)).toBe(bytes.length);
  expect(documents(second).map((d) => d.body)).toMatchObject([{ message: 'gone', podferry: { unfinished: true } }]);
  expect(one.records.counts).toMatchObject({ unfinished: 1, openBytes: 0 });
});

/* ---- caps ---- */

test('a record over the cap is cut at a character, says its true size, and the rest is counted', () => {
  const content = '한'.repeat(100);
  const one = makeRecords({ maxBytes: 100 });
  one.read(cri('before') + cri(content) + cri('after'));
  const [before, cut, after] = one.finish();
  expect([before!.body.message, after!.body.message]).toEqual(['before', 'after']);
  expect(cut!.body).toMatchObject({ message: '한'.repeat(33), podferry: { truncated: true, size: 300 } });
  expect(one.losses).toEqual([{ reason: 'over_cap', bytes: 201, lines: 1 }]);
  expect(one.records.counts.truncated).toBe(1);
});

test('a chain of partial lines over the cap is one record, cut; the next line is whole', () => {
  const one = makeRecords({ maxBytes: 100, overrides: ALL });
  for (let i = 0; i < 50; i++) one.read(cri('é'.repeat(10) + 'x', 'stdout', 'P'));
  expect(one.records.counts.openBytes).toBeLessThan(2000);
  one.read(cri('end') + cri('next'));
  const [cut, next] = one.finish();
  expect(cut!.body.podferry).toEqual({ truncated: true, size: 50 * 21 + 3 });
  expect(Buffer.byteLength(cut!.body.message)).toBe(100);
  expect(next!.body.message).toBe('next');
  expect(one.losses).toEqual([{ reason: 'over_cap', bytes: 953, lines: 1 }]);
});

test('a line longer than the reader’s buffer: content up to the cap, its neighbours whole', () => {
  const one = makeRecords({ maxBytes: 1000 });
  const before = cri('before');
  const start = Buffer.from(`${before}${T} stderr F ${'x'.repeat(300)}`);
  let at = 0;
  const give = (bytes: Buffer, goesOn: boolean) => {
    one.records.lines(one.batch, one.source, { bytes, end: bytes.length, at, goesOn, last: false }, 0);
    at += bytes.length;
  };
  give(start, true);
  expect(one.position()).toEqual({ out: before.length, err: before.length, time: T });
  for (let i = 0; i < 10; i++) give(Buffer.from('y'.repeat(500)), true);
  expect(one.position()).toMatchObject({ out: before.length, err: before.length });
  give(Buffer.from(`z\r\n${cri('after')}`), false);
  expect(one.position()).toMatchObject({ out: at, err: at });
  const [first, long, after] = one.finish();
  expect(first!.body.message).toBe('before');
  expect(long!.body).toMatchObject({ stream: 'stderr', podferry: { truncated: true, size: 5301 } });
  expect(long!.body.message).toBe('x'.repeat(300) + 'y'.repeat(700));
  expect(after!.body.message).toBe('after');
});

test('a partial line longer than the reader’s buffer goes on in the next line', () => {
  const one = makeRecords();
  let at = 0;
  for (const [text, goesOn] of [
    [`${T} stdout P ${'x'.repeat(300)}`, true],
    ['y'.repeat(300), true],
    [`z\n${cri('other', 'stderr')}${cri('end')}`, false],
  ] as const) {
    const bytes = Buffer.from(text);
    one.records.lines(one.batch, one.source, { bytes, end: bytes.length, at, goesOn, last: false }, 0);
    at += bytes.length;
  }
  expect(one.finish().map((d) => d.body.message)).toEqual(['other', `${'x'.repeat(300)}${'y'.repeat(300)}zend`]);
});

test('a line nobody can parse, longer than the reader’s buffer: raw, cut, its neighbours whole', () => {
  for (const start of ['{"log":"', 'garbage ']) {
    const one = makeRecords({ maxBytes: 1000 });
    let at = 0;
    const give = (text: string, goesOn: boolean) => {
      const bytes = Buffer.from(text);
      one.records.lines(one.batch, one.source, { bytes, end: bytes.length, at, goesOn, last: false }, 0);
      at += bytes.length;
    };
    give(cri('before') + start, true);
    for (let i = 0; i < 10; i++) give('x'.repeat(500), true);
    give(`\n${cri('after')}`, false);
    const found = one.finish().map((d) => d.body);
    expect(found.map((body) => body.message)).toEqual(['before', start + 'x'.repeat(992), 'after']);
    expect(found[1]!.podferry).toEqual({ unparsed: true, truncated: true, size: 5008 });
    expect(found[1]!.log.offset).toBe(cri('before').length);
    expect(one.losses).toEqual([{ reason: 'over_cap', bytes: 4008, lines: 1 }]);
  }
});

test('an unterminated last line is complete as it is', () => {
  expect(read(cri('a') + cri('b').trimEnd()).map((d) => d.body.message)).toEqual(['a', 'b']);
  const [found] = read(cri('b', 'stdout', 'P').trimEnd());
  expect(found!.body).toMatchObject({ message: 'b', podferry: { unfinished: true } });
  expect(read('garb').map((d) => d.body.message)).toEqual(['garb']);
});

test('a million empty lines are no documents, but they are acknowledged and counted', () => {
  const one = makeRecords();
  one.read(Buffer.alloc(1_000_000, '\n'));
  one.read(cri('x'));
  expect(one.finish()).toHaveLength(1);
  expect(one.records.counts.emptyLines).toBe(1_000_000);
  expect(one.position()!.out).toBe(1_000_000 + cri('x').length);
});

test('a hole of NULs is skipped and counted, the line behind it keeps its place', () => {
  const one = makeRecords();
  one.read(
    Buffer.concat([
      Buffer.alloc(1254),
      Buffer.from(cri('x')),
      Buffer.alloc(3),
      Buffer.from(`garbage\n`),
      Buffer.from('\0\n'),
    ]),
  );
  const [x, garbage] = one.finish();
  expect(x!.body).toMatchObject({ message: 'x', log: { offset: 1254 } });
  expect(garbage!.body).toMatchObject({ message: 'garbage', podferry: { unparsed: true } });
  expect(one.records.counts).toMatchObject({ holeBytes: 1258, emptyLines: 0, records: 2 });
});

test('a hole larger than the reader’s buffer costs no memory, wherever the buffer ends', () => {
  const line = cri('behind the hole');
  for (let cut = 0; cut <= line.length; cut++) {
    const one = makeRecords();
    const all = Buffer.concat([
      Buffer.from(cri('first')),
      Buffer.alloc(5000),
      Buffer.from(line),
      Buffer.from(cri('next')),
    ]);
    const hole = cri('first').length + 5000;
    const ends = [cri('first').length + 1000, hole - 500, hole + cut, all.length];
    let at = 0;
    for (const end of ends) {
      const bytes = Buffer.from(all.subarray(at, end));
      const goesOn = end < hole + line.length;
      expect(one.records.lines(one.batch, one.source, { bytes, end: bytes.length, at, goesOn, last: false }, 0)).toBe(
        bytes.length,
      );
      expect(one.records.counts.openBytes).toBeLessThan(5000);
      at = end;
    }
    const found = one.finish().map((d) => d.body);
    expect(found.map((body) => body.message)).toEqual(['first', 'behind the hole', 'next']);
    expect(found[1]!.log.offset).toBe(hole);
    expect(one.records.counts.holeBytes).toBe(5000);
    expect(one.position()).toMatchObject({ out: all.length, err: all.length });
  }
});

test('a prompt without a line feed does not pin its log: it is shipped after 1 MiB of other bytes', () => {
  const one = makeRecords({ maxBytes: 1000 });
  one.read(cri('login: ', 'stdout', 'P'));
  const filler = cri('x'.repeat(200), 'stderr').repeat(400);
  let read = 0;
  for (; read < 1 << 20; read += filler.length) {
    expect(one.position()?.out).toBe(0);
    one.batch.length = one.batch.count = 0;
    one.read(filler);
  }
  const found = documents(one.batch).filter((d) => d.body.stream === 'stdout');
  expect(found.map((d) => d.body)).toMatchObject([{ message: 'login: ', podferry: { unfinished: true } }]);
  expect(one.position()).toMatchObject({ out: one.position()!.err });
  one.batch.length = one.batch.count = 0;
  one.read(cri('root'));
  expect(documents(one.batch).map((d) => d.body.message)).toEqual(['root']);
});

test('the 1 MiB count over all files of the log', () => {
  for (const [fill, messages] of [
    [900, ['begin end']],
    [1100, ['begin ', 'end']],
  ] as const) {
    const one = makeRecords();
    const log = one.log;
    const give = (source: Source, text: string) => {
      const bytes = Buffer.from(text);
      one.batch.length = one.batch.count = 0;
      expect(one.records.lines(one.batch, source, wholeLines(bytes), 0)).toBe(bytes.length);
      return documents(one.batch).filter((d) => d.body.stream === 'stdout');
    };
    const found = give(
      makeSource(log, 'first0000000'),
      cri('begin ', 'stdout', 'P') + cri('x'.repeat(500_000), 'stderr'),
    );
    found.push(...give(makeSource(log, 'second000000'), cri('x'.repeat((fill - 500) * 1024), 'stderr')));
    found.push(...give(makeSource(log, 'third0000000'), cri('end')));
    expect(found.map((d) => d.body.message)).toEqual(messages);
  }
});

test('to the byte: what is 1 MiB behind may be continued, what is one byte further may not', () => {
  for (const further of [0, 1]) {
    const one = makeRecords({ batchBytes: 4 << 20 });
    const begin = cri('begin ', 'stdout', 'P');
    // The next stdout line begins exactly so many bytes after the partial one.
    const filler = cri('x'.repeat((1 << 20) + further - cri('', 'stderr').length), 'stderr');
    expect(filler.length).toBe((1 << 20) + further);
    const batch = makeBatch(64 * 1024, 4 << 20);
    const give = (text: string, at: number): void => {
      const bytes = Buffer.from(text);
      expect(one.records.lines(batch, one.source, wholeLines(bytes, at), 0)).toBe(bytes.length);
    };
    // In one call and in two: closed by the line that comes, or before it comes.
    for (const [first, second] of [
      [begin + filler + cri('end'), ''],
      [begin + filler, cri('end')],
    ] as const) {
      batch.length = batch.count = 0;
      give(first, 0);
      give(second, first.length);
      const found = documents(batch).filter((d) => d.body.stream === 'stdout');
      expect(found.map((d) => d.body.message)).toEqual(further === 0 ? ['begin end'] : ['begin ', 'end']);
    }
  }
});

test('what is open is shipped after 1 MiB over all files, though nothing more comes on its stream: a prompt, a head', () => {
  for (const open of [cri('login: ', 'stdout', 'P'), cri('java.io.IOException: x')]) {
    const one = makeRecords({ overrides: ALL, batchBytes: 4 << 20 });
    const batch = makeBatch(64 * 1024, 4 << 20, 10_000);
    const give = (source: Source, text: string): void => {
      const bytes = Buffer.from(text);
      expect(one.records.lines(batch, source, wholeLines(bytes), 0)).toBe(bytes.length);
    };
    const filler = cri('x'.repeat(1000), 'stderr').repeat(400);
    const sources = Array.from({ length: 4 }, (_, i) => makeSource(one.log, `file${i}`.padEnd(12, '0')));
    give(sources[0]!, open + filler);
    give(sources[1]!, filler);
    expect(documents(batch).filter((d) => d.body.stream === 'stdout')).toEqual([]);
    give(sources[2]!, filler);
    expect(documents(batch).filter((d) => d.body.stream === 'stdout')).toHaveLength(1);
    expect(batch.positions.get(sources[0]!)).toMatchObject({ out: (open + filler).length });
  }
});

test('open records stay within their cap: the largest one is cut short, the others live', () => {
  const logs = Array.from({ length: 20 }, (_, i) => makeLog(`c${i}`));
  const sources = logs.map((log, i) => makeSource(log, `source${String(i).padStart(6, '0')}`));
  const meta = makeMeta(ALL);
  const lost: number[] = [];
  const records = new Records({
    meta: () => meta,
    batchBytes: 1 << 20,
    maxBytes: 8000,
    openBytes: 32 * 1024,
    lost: (_source, _reason, bytes) => lost.push(bytes),
  });
  const batch = makeBatch(8000);
  const piece = cri('x'.repeat(1000), 'stdout', 'P');
  const at = sources.map(() => 0);
  const give = (i: number, text: string) => {
    const bytes = Buffer.from(text);
    expect(records.lines(batch, sources[i]!, wholeLines(bytes, at[i]), 0)).toBe(bytes.length);
    at[i]! += bytes.length;
  };
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 20; i++) {
      give(i, piece);
      expect(records.counts.openBytes).toBeLessThanOrEqual(32 * 1024 + 16 * 1024);
    }
  }
  for (let i = 0; i < 20; i++) give(i, cri('end') + cri('next'));
  const found = documents(batch);
  expect(found.filter((d) => d.body.message === 'next')).toHaveLength(20);
  const cut = found.filter((d) => d.body.podferry?.['truncated'] === true);
  const whole = found.filter((d) => d.body.message === 'x'.repeat(6000) + 'end');
  expect(cut.length + whole.length).toBe(20);
  expect(cut.length).toBeGreaterThan(0);
  // every byte is in a document or counted
  const kept = found.reduce((n, d) => n + d.body.message.length, 0);
  expect(kept + lost.reduce((a, b) => a + b, 0)).toBe(20 * (6003 + 4));
  expect(records.counts.openBytes).toBe(0);
  for (let i = 0; i < 20; i++) expect(batch.positions.get(sources[i]!)).toMatchObject({ out: at[i], err: at[i] });
});

test('over the cap of open records: the largest goes first, a trace as the whole it is, and both are acknowledged at once', () => {
  const [small, large] = [makeLog('small'), makeLog('large')];
  const [of, ofLarge] = [makeSource(small, 'small0000000'), makeSource(large, 'large0000000')];
  const one = makeRecords({ overrides: ALL, openBytes: 4500, maxBytes: 64 * 1024 });
  const give = (batch: Batch, source: Source, text: string, at = 0): number =>
    one.records.lines(batch, source, wholeLines(Buffer.from(text), at), 0);
  const trace = cri(`java.io.IOException: ${'x'.repeat(3000)}`);
  give(one.batch, ofLarge, trace);
  give(one.batch, of, cri('small ', 'stdout', 'P'));
  expect(one.records.counts.openBytes).toBeGreaterThan(4500);
  expect(one.batch.count).toBe(0);
  // No room for it: then there is none for anything else either.
  const full = makeBatch(1000, 1 << 20, 1);
  full.count = 1;
  expect(give(full, of, cri('more ', 'stdout', 'P'), 44)).toBe(0);
  expect(give(one.batch, of, cri('end'), cri('small ', 'stdout', 'P').length)).toBe(cri('end').length);
  const [first, second] = documents(one.batch);
  expect(first!.body.message).toHaveLength(3021);
  expect(first!.body.podferry).toBeUndefined();
  expect(second!.body.message).toBe('small end');
  expect(one.batch.positions.get(ofLarge)).toMatchObject({ out: trace.length, err: trace.length });
});

test('over the cap of open records: as many go as have to', () => {
  const one = makeRecords({ openBytes: 1000 });
  one.read(cri('out', 'stdout', 'P') + cri('err', 'stderr', 'P'));
  expect(one.records.counts.openBytes).toBe(2048);
  one.read(cri('F', 'stdout', 'P'));
  expect(one.records.counts.openBytes).toBe(0);
  expect(one.batch.count).toBe(2);
});

/* ---- pod overrides ---- */

test('min-level drops what is known to be below it, and counts', () => {
  const one = makeRecords({ overrides: { ...PLAIN, minLevel: 'warn' } });
  one.read(
    cri('[DEBUG] a') + cri('[WARN] b') + cri('no level') + cri('[INFO] c') + cri('[ERROR] d') + 'garbage [INFO]\n',
  );
  expect(one.finish().map((d) => d.body.message)).toEqual(['[WARN] b', 'no level', '[ERROR] d', 'garbage [INFO]']);
  expect([...one.records.counts.dropped]).toEqual([['min-level', 2]]);
  expect(one.position()!.out).toBeGreaterThan(250);
});

test('a sample keeps its share, always the same one, and everything from warn up', () => {
  const lines = Array.from({ length: 3000 }, (_, i) => cri(`${i % 10 === 0 ? '[ERROR]' : '[INFO]'} ${i}`));
  const overrides = { ...PLAIN, sample: 10 };
  const once = read(lines.join(''), { overrides }).map((d) => d.body.message);
  const again = makeRecords({ overrides });
  for (const line of lines) again.read(line);
  expect(again.finish().map((d) => d.body.message)).toEqual(once);
  expect(once.filter((message) => message.startsWith('[ERROR]'))).toHaveLength(300);
  expect(once.length - 300).toBeGreaterThan(200);
  expect(once.length - 300).toBeLessThan(340);
  expect(again.records.counts.dropped.get('sample')).toBe(3000 - once.length);
});

test('a head that was dropped comes back with its trace, which no rule drops', () => {
  const one = makeRecords({ overrides: { ...ALL, minLevel: 'fatal' } });
  one.read(cri('[ERROR] java.io.IOException: x') + cri('\tat a.b') + cri('\tat a.c') + cri('next'));
  expect(one.finish().map((d) => d.body.message)).toEqual([
    '[ERROR] java.io.IOException: x\n\tat a.b\n\tat a.c',
    'next',
  ]);
  expect([...one.records.counts.dropped]).toEqual([['min-level', 0]]);
});

/* ---- held records ---- */

test('an ordinary line is never held; a head is, until no line can join it any more', () => {
  const one = makeRecords({ overrides: ALL });
  one.read(cri('ordinary') + cri('[DEBUG] x', 'stderr'));
  expect(one.batch.count).toBe(2);
  one.read(cri('java.io.IOException: x'));
  expect(one.batch.count).toBe(2);
  expect(one.records.expire(one.batch, MS + 3000)).toBe(true);
  expect(one.batch.count).toBe(2);
  one.read(cri('\tat a.b', 'stdout', 'F', '2026-11-20T01:02:04Z'));
  expect(one.records.expire(one.batch, MS + 3900)).toBe(true);
  expect(one.batch.count).toBe(2);
  expect(one.records.expire(one.batch, MS + 4001)).toBe(true);
  expect(one.batch.count).toBe(3);
  expect(one.position()).toMatchObject({ out: one.position()!.err });
  expect(one.finish().map((d) => d.body.message)).toEqual([
    'ordinary',
    '[DEBUG] x',
    'java.io.IOException: x\n\tat a.b',
  ]);
  expect(one.records.counts.records).toBe(3);
});

test('a log that has not been read to its end is not torn, however late it is', () => {
  const one = makeRecords({ overrides: ALL });
  one.read(cri('java.io.IOException: x'));
  const hourLater = MS + 3_600_000;
  expect(one.records.expire(one.batch, hourLater, () => MS)).toBe(true);
  expect(one.batch.count).toBe(0);
  expect(one.records.expire(one.batch, hourLater, () => hourLater)).toBe(true);
  expect(one.batch.count).toBe(1);
});

test('a head from the future is not held for ever', () => {
  const one = makeRecords({ overrides: ALL });
  one.read(cri('java.io.IOException: x'));
  const now = MS - 3_600_000;
  for (const [after, count] of [
    [0, 0],
    [3000, 0],
    [3001, 1],
  ] as const) {
    one.records.expire(one.batch, now + after);
    expect(one.batch.count).toBe(count);
  }
});

test('expire() asks for another batch', () => {
  const one = makeRecords({ overrides: ALL });
  one.read(cri('Error: x') + cri('Error: y', 'stderr'));
  const first = makeBatch(1000, 1 << 20, 1);
  expect(one.records.expire(first, MS + 9000)).toBe(false);
  const second = makeBatch(1000, 1 << 20, 1);
  expect(one.records.expire(second, MS + 9000)).toBe(true);
  expect([first.count, second.count]).toEqual([1, 1]);
  expect(second.positions.get(one.source)).toMatchObject({ err: 2 * cri('Error: x').length });
});

test('the override for traces may go while one is held', () => {
  let meta = makeMeta(ALL);
  const one = makeRecords({ meta: () => meta });
  one.read(cri('java.io.IOException: x'));
  meta = makeMeta(PLAIN);
  one.read(cri('\tat a.b') + cri('next'));
  expect(one.finish().map((d) => d.body.message)).toEqual(['java.io.IOException: x\n\tat a.b', 'next']);
});

test('a partial line that may continue what is held keeps it held', () => {
  const one = makeRecords({ overrides: ALL });
  one.read(cri('java.io.IOException: x') + cri('\tat a.', 'stdout', 'P'));
  expect(one.records.expire(one.batch, MS + 9000)).toBe(true);
  expect(one.batch.count).toBe(0);
  one.read(cri('b'));
  expect(one.finish().map((d) => d.body.message)).toEqual(['java.io.IOException: x\n\tat a.b']);
});

test('lines of a trace are a second apart at most, whatever they are made of, and not in the past', () => {
  const time = (ms: number): string => new Date(MS + ms).toISOString();
  const line = (content: string, ms: number, tag = 'F'): string => cri(content, 'stdout', tag, time(ms));
  for (const [text, messages] of [
    [line('Error: x', 0) + line('\tat a', 1000), ['Error: x\n\tat a']],
    [line('Error: x', 0) + line('\tat a', 1001), ['Error: x', '\tat a']],
    [line('Error: x', 5000) + line('\tat a', 4000), ['Error: x\n\tat a']],
    [line('Error: x', 5000) + line('\tat a', 3999), ['Error: x', '\tat a']],
    // The time of a line in parts is that of its last part.
    [
      line('Error: x', 0) + line('\tat ', 900, 'P') + line('a', 1800) + line('\tat b', 2700),
      ['Error: x\n\tat a\n\tat b'],
    ],
    [line('Error: ', 0, 'P') + line('x', 900) + line('\tat a', 1800), ['Error: x\n\tat a']],
  ] as const) {
    const one = makeRecords({ overrides: ALL });
    one.read(text);
    expect(one.finish().map((d) => d.body.message)).toEqual(messages);
    expect(one.records.counts.openBytes).toBe(0);
  }
});

test('lines of a trace are 1 MiB of their log apart at most', () => {
  const filler = cri('x'.repeat(1000), 'stderr').repeat(600);
  const one = makeRecords({ overrides: ALL, batchBytes: 4 << 20 });
  const batch = makeBatch(64 * 1024, 4 << 20, 10_000);
  const text = Buffer.from(cri('Error: x') + filler + cri('\tat a') + filler + cri('\tat b'));
  expect(one.records.lines(batch, one.source, wholeLines(text), 0)).toBe(text.length);
  expect(one.records.end(batch, one.log)).toBe(true);
  const found = documents(batch).filter((d) => d.body.stream === 'stdout');
  expect(found.map((d) => d.body.message)).toEqual(['Error: x\n\tat a\n\tat b']);
});

test('a head in parts is a head like any other: the line after it has to look like a continuation', () => {
  for (const head of [cri('panic: x'), cri('panic: ', 'stdout', 'P') + cri('x')]) {
    const one = makeRecords({ overrides: ALL });
    one.read(head + cri('created by main.f'));
    expect(one.finish().map((d) => d.body.message)).toEqual(['panic: x', 'created by main.f']);
  }
});

test('what never ended keeps the CR at its end: it may not have been one of a line end', () => {
  const one = makeRecords();
  one.read(cri('a\r') + cri('b\r', 'stdout', 'P'));
  expect(one.finish().map((d) => d.body.message)).toEqual(['a', 'b\r']);
});

/* ---- gaps and ends ---- */

function makeGap(source: Source, more: Partial<Gap> = {}): Gap {
  return {
    source,
    offset: 500,
    reason: 'rotated_away',
    action: 'gap',
    bytes: 4242,
    time: T,
    message: '4.2 kB "rotated" away',
    ...more,
  };
}

test('a gap is a document at its place', () => {
  const one = makeRecords();
  expect(one.records.gap(one.batch, makeGap(one.source))).toBe(true);
  const [found] = documents(one.batch);
  expect(found!.body).toEqual({
    '@timestamp': T,
    message: '4.2 kB "rotated" away',
    log: { file: { path: one.log.path }, offset: 500 },
    event: { kind: 'pipeline_error', action: 'gap', reason: 'rotated_away' },
    kubernetes: { namespace: 'ns' },
    podferry: { lost_bytes: 4242 },
  });
  const id = Buffer.from(found!.id, 'base64url');
  expect(id).toHaveLength(21);
  expect(id.readUIntBE(0, 6)).toBe(MS);
  expect(id.readUIntBE(15, 6)).toBe(500);
  // It is acknowledged when the document is.
  expect(one.position()).toEqual({ out: 4742, err: 4742, time: T });
  const hash = createHash('sha256').update('abcdefghijkl\ngap').digest('base64url');
  expect(found!.id.slice(8, 20)).toBe(hash.slice(0, 12));

  const again = makeRecords({ partial: true });
  again.records.gap(again.batch, makeGap(one.source));
  expect(documents(again.batch)[0]!.id).toBe(found!.id);
  expect(documents(again.batch)[0]!.body.podferry).toEqual({ partial_metadata: true, lost_bytes: 4242 });
});

test('a gap that nobody saw says from when to when lines may be missing, and no size that nobody knows', () => {
  const one = makeRecords();
  const until = '2026-11-20T01:09:00.5Z';
  one.records.gap(one.batch, makeGap(one.source, { bytes: 0, unseenUntil: until }));
  const { body } = documents(one.batch)[0]!;
  expect(body.event).toEqual({
    ...{ kind: 'pipeline_error', action: 'gap', reason: 'rotated_away' },
    ...{ start: T, end: until },
  });
  expect(body.podferry).toEqual({ lost_unknown: true });
  expect(one.position()).toEqual({ out: 500, err: 500, time: T });
  // Part of it was seen; nobody knows where the log goes on, or its first line has no time that a date field takes.
  for (const unseenUntil of ['', 'yesterday', '2026-13-45T00:00:00Z']) {
    const half = makeRecords();
    half.records.gap(half.batch, makeGap(half.source, { unseenUntil }));
    const [found] = documents(half.batch);
    expect(found!.body).toMatchObject({ podferry: { lost_bytes: 4242, lost_unknown: true } });
    expect(found!.body.event).toEqual({ kind: 'pipeline_error', action: 'gap', reason: 'rotated_away', start: T });
  }
});

test('a gap without a time is dated by now; one without room asks for another batch', () => {
  const one = makeRecords({ frame: NO_FRAME });
  expect(one.records.gap(one.batch, makeGap(one.source, { time: '' }))).toBe(true);
  expect(documents(one.batch)[0]!.body['@timestamp']).toBe('2026-11-20T00:00:00.000Z');
  const full = makeBatch(1000, 1 << 20, 1, 1, NO_FRAME);
  one.records.lines(full, one.source, wholeLines(Buffer.from(cri('x'))), 0);
  expect(one.records.gap(full, makeGap(one.source))).toBe(false);
  expect(full.count).toBe(1);
  expect(full.positions.get(one.source)).toMatchObject({ out: cri('x').length });
  const odd = makeBatch(1000, 1 << 20, 1000, 1, NO_FRAME);
  const other = makeSource(one.log, 'bcdefghijklm');
  expect(one.records.gap(odd, makeGap(other, { time: `${T} or so`, message: 'x'.repeat(5000) }))).toBe(true);
  const now = '2026-11-20T00:00:00.000Z';
  expect(documents(odd)[0]!.body).toMatchObject({ '@timestamp': now, message: 'x'.repeat(1000) });
});

test('a gap does not come before lines of its file that are still on their way', () => {
  const one = makeRecords();
  const later = '2026-11-20T01:02:09.5Z';
  one.read(cri('read') + cri('read', 'stdout', 'F', later));
  expect(one.records.gap(one.batch, makeGap(one.source, { time: T }))).toBe(true);
  expect(documents(one.batch).at(-1)!.body['@timestamp']).toBe(later);
  // Of another file it says nothing.
  const other = makeSource(one.log, 'bcdefghijklm');
  expect(one.records.gap(one.batch, makeGap(other, { time: T }))).toBe(true);
  expect(documents(one.batch).at(-1)!.body['@timestamp']).toBe(T);
});

test('nothing is joined across a gap', () => {
  const one = makeRecords({ overrides: ALL });
  one.read(cri('begin ', 'stdout', 'P') + cri('java.io.IOException: x', 'stderr'));
  expect(one.records.gap(one.batch, makeGap(one.source))).toBe(true);
  one.read(cri('end') + cri('\tat a.b', 'stderr'));
  expect(one.finish().map((d) => d.body.message)).toEqual([
    'begin ',
    'java.io.IOException: x',
    '4.2 kB "rotated" away',
    'end',
    '\tat a.b',
  ]);
});

test('a container that died within a line of its trace: one record', () => {
  const one = makeRecords({ overrides: ALL });
  one.read(cri('java.io.IOException: x') + cri('\tat a.b', 'stdout', 'P'));
  const [found, ...more] = one.finish();
  expect(more).toEqual([]);
  expect(found!.body).toMatchObject({ message: 'java.io.IOException: x\n\tat a.b', podferry: { unfinished: true } });
});

test('a log that is forgotten leaves nothing behind', () => {
  const one = makeRecords({ overrides: ALL });
  one.read(cri('begin ', 'stdout', 'P') + cri('java.io.IOException: x', 'stderr'));
  expect(one.records.counts.openBytes).toBeGreaterThan(0);
  one.records.forget(one.log);
  expect(one.records.counts.openBytes).toBe(0);
  expect(one.finish()).toEqual([]);
});
