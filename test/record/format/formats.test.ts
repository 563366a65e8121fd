/** The table of formats: which one takes a line, and that the identity of a file finds the time that the parser finds. */
import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { Formats } from '../../../src/record/format/formats.ts';
import { KNOWN, Line, NO_STREAM, OTHER, UNKNOWN_TAG, UNREADABLE } from '../../../src/record/format/line.ts';
import { Clock } from '../../../src/record/format/time.ts';
import { firstTime } from '../../../src/util/line-formats.ts';

const T = '2026-11-20T01:02:03.001655154Z';
const docker = (log: string, rest = `,"stream":"stderr","time":"${T}"`): string =>
  `{"log":${JSON.stringify(log)}${rest}}`;

test.each([
  ['CRI', `${T} stdout F x`, KNOWN, KNOWN],
  ['CRI, partial', `${T} stderr P x`, KNOWN, KNOWN],
  ['CRI, a tag nobody knows', `${T} stdout X x`, UNKNOWN_TAG, UNKNOWN_TAG],
  ['CRI, its text JSON', `${T} stdout F ${docker('x\n')}`, KNOWN, KNOWN],
  ["Docker's JSON", docker('x\n'), KNOWN, OTHER],
  ["Docker's JSON, with a time in its text", docker(`"time":"2016-10-20T18:39:20.5Z"\n`), KNOWN, OTHER],
])('%s', (_, text, whole, beginning) => {
  const line = new Line();
  const bytes = Buffer.from(`>${text}\n`);
  const formats = new Formats(new Clock());
  expect(formats.parse(bytes, 1, bytes.length - 1, line)).toBe(whole);
  expect(line.timeBytes.toString('latin1', line.timeFrom, line.timeTo)).toBe(T);
  const { time, end } = firstTime(Buffer.from(text));
  expect({ time, at: text.slice(end - T.length, end) }).toEqual({ time: T, at: T });
  expect(formats.parseBeginning(bytes, 1, bytes.length - 1, new Line())).toBe(beginning);
});

test.each(['hello', '{', '{}', docker('x', ''), `${T}`, `${T} stdin F x\r`, 'é'])(
  'a line that no runtime writes is content: %s',
  (text) => {
    const line = new Line();
    const bytes = Buffer.from(`>${text}\n`);
    expect(new Formats(new Clock()).parse(bytes, 1, bytes.length - 1, line)).toBe(UNREADABLE);
    expect(line.bytes.toString('utf8', line.from, line.to)).toBe(text);
    expect([line.stream, line.partial]).toEqual([NO_STREAM, false]);
  },
);

test('after a line of one format the next may be of another', () => {
  const formats = new Formats(new Clock());
  const line = new Line();
  const texts = [`${T} stdout F a`, docker('b\n'), 'c', docker('d\n'), `${T} stdout F e`];
  const found = texts.map((text) => {
    const bytes = Buffer.from(text);
    formats.parse(bytes, 0, bytes.length, line);
    return line.bytes.toString('utf8', line.from, line.to);
  });
  expect(found).toEqual(['a', 'b', 'c', 'd', 'e']);
});
