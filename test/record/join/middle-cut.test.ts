/** Stack traces longer than a record may be: one document that keeps the first lines, the last ones and every cause. */
import { expect, test } from 'vitest';
import { ALL, makeRecords, read } from '../helpers.ts';

const MAX = 4096;
const cri = (lines: readonly string[]): string =>
  lines.map((line) => `2026-11-20T01:02:03.1Z stderr F ${line}\n`).join('');
const found = (lines: readonly string[]) => read(cri(lines), { overrides: ALL, maxBytes: MAX });
const frames = (count: number, name = 'C'): string[] =>
  Array.from({ length: count }, (_, i) => `\tat a.b.${name}${i}(Deep.java:${i})`);

const MARK = /^\t\.\.\. (\d+) lines cut by podferry$/;
/** How many lines the marks of a message speak of, and its other lines. */
function taken(message: string): { cut: number; left: string[] } {
  const lines = message.split('\n');
  const marks = lines.map((line) => MARK.exec(line)?.[1]).filter((count) => count !== undefined);
  return { cut: marks.reduce((sum, count) => sum + Number(count), 0), left: lines.filter((line) => !MARK.test(line)) };
}

test.each([
  ['an overflow of the stack', ['java.lang.StackOverflowError', ...frames(1024)], 0],
  ['far more frames than a record has room for', ['java.lang.StackOverflowError', ...frames(1800)], 0],
  [
    'with causes',
    [
      'java.io.IOException: a',
      ...frames(300),
      'Caused by: x.Y: b',
      ...frames(300),
      'Caused by: x.Z: c',
      ...frames(300),
    ],
    2,
  ],
  ['a group of Python, deep in', ['Traceback (most recent call last):', ...python(200), 'ValueError: no'], 0],
])('%s is one document: its beginning, its end, every cause, and how much is cut', (_, lines, causes) => {
  const documents = found(lines);
  expect(documents).toHaveLength(1);
  const { message, podferry } = documents[0]!.body;
  const { cut, left } = taken(message);
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(MAX);
  expect(left.length + cut).toBe(lines.length);
  expect(cut).toBeGreaterThan(0);
  // What is left stands in its order, and is long enough at both ends.
  let at = -1;
  for (const line of left) expect((at = lines.indexOf(line, at + 1)), line).toBeGreaterThan(-1);
  expect(left.slice(0, 20)).toEqual(lines.slice(0, 20));
  expect(left.slice(-10)).toEqual(lines.slice(-10));
  expect(left.filter((line) => line.startsWith('Caused by'))).toHaveLength(causes);
  expect(podferry).toMatchObject({ truncated: true });
});

function python(count: number): string[] {
  return Array.from({ length: count }, (_, i) => [`  File "/app/m.py", line ${i}, in f${i}`, `    f${i + 1}()`]).flat();
}

test('what is cut is counted, to the byte', () => {
  const lines = ['java.lang.StackOverflowError', ...frames(1024)];
  const one = makeRecords({ overrides: ALL, maxBytes: MAX });
  one.read(cri(lines));
  const [document] = one.finish();
  const { left } = taken(document!.body.message);
  expect(one.losses).toMatchObject([{ reason: 'over_cap', bytes: lines.join('\n').length - left.join('\n').length }]);
});

test('causes do not take the place of the last lines, however many there are', () => {
  const lines = [
    'java.io.IOException',
    ...frames(50),
    ...Array.from({ length: 500 }, (_, i) => `Caused by: x.Y${i}: b`),
  ];
  const { left, cut } = taken(found(lines)[0]!.body.message);
  expect(left.length + cut).toBe(lines.length);
  expect(left.at(-1)).toBe('Caused by: x.Y499: b');
});

test('the same document wherever the bytes are cut', () => {
  const text = cri(['java.lang.StackOverflowError', ...frames(400), 'Caused by: x.Y', ...frames(100)]);
  const whole = read(text, { overrides: ALL, maxBytes: MAX }).map(({ body }) => body);
  for (const lines of [1, 7, 300]) {
    const one = makeRecords({ overrides: ALL, maxBytes: MAX });
    for (const some of text.match(new RegExp(`(?:.*\n){1,${lines}}`, 'g'))!) one.read(some);
    expect(one.finish().map(({ body }) => body)).toEqual(whole);
  }
});

test('a trace that does not end is shipped after sixteen times the bytes of a record', () => {
  const messages = found(['java.lang.StackOverflowError', ...frames(5000)]).map(({ body }) => body.message);
  expect(messages.length).toBeGreaterThan(1);
  // What comes then is no trace: no head is before it.
  const [first, ...rest] = messages.map(taken);
  expect(first!.left.length + first!.cut + rest.length).toBe(5001);
});

test('JSON over several lines is not cut: it would not be JSON any more', () => {
  const items = Array.from({ length: 300 }, (_, i) => `  "member${i}": "value ${i}"${i < 299 ? ',' : ''}`);
  const lines = ['{', ...items, '}'];
  expect(found(lines).map(({ body }) => body.message)).toEqual(lines);
});
