import { beforeEach, expect, test } from 'vitest';
import type { Outcome } from '../../src/verify/findings.ts';
import { OldestFiles } from '../../src/verify/oldest.ts';
import { sourceOf } from '../helpers/source.ts';

/** Every record that begins with a space goes on with the first one. */
class Rest {
  #first = true;

  takes(message: string): boolean {
    const takes = this.#first || message.startsWith(' ');
    this.#first = false;
    return takes;
  }
}

let files: OldestFiles;
beforeEach(() => {
  files = new OldestFiles(() => new Rest());
  files.begins(sourceOf('AAAAAAAAAAAA'), true);
});

function hold(message: string, outcome: Outcome, { stream = 'stdout', source = 'AAAAAAAAAAAA' } = {}): boolean {
  const document = { id: `timetime${source}offset00`, path: '/a/0.log', offset: 0, time: '2026-11-20T01:02:03Z' };
  return files.mayHold({ ...document, stream, isGap: false, isUnseen: false }, message, outcome);
}

test('the first of each stream, and what goes on with it', () => {
  expect(hold('a', 'missing')).toBe(true);
  expect(hold('b', 'missing', { stream: 'stderr' })).toBe(true);
  expect(hold(' a', 'missing')).toBe(true);
  expect(hold('c', 'missing')).toBe(false);
  expect(hold(' c', 'missing')).toBe(false);
  expect(hold(' b', 'missing', { stream: 'stderr' })).toBe(true);
});

test.each(['stored', 'rejected', 'young', 'open'] as const)('none after a record that is %s', (outcome) => {
  expect(hold('a', outcome)).toBe(false);
  expect(hold(' a', 'missing')).toBe(false);
});

test('no line that nobody can parse, and none of another file', () => {
  expect(hold('a', 'missing', { stream: '' })).toBe(false);
  expect(hold('a', 'missing', { source: 'BBBBBBBBBBBB' })).toBe(false);
  expect(hold('a', 'missing')).toBe(true);
});

test('it is believed where the file is stored else, and the sink holds more than is on disk or may do so', () => {
  expect(files.believes('/a/0.log', 1)).toBe(false);
  hold('a', 'missing');
  hold('b', 'stored', { source: 'BBBBBBBBBBBB' });
  expect(files.believes('/a/0.log', 1)).toBe(false);
  hold('b', 'stored');
  expect([0, 1, undefined].map((extra) => files.believes('/a/0.log', extra))).toEqual([false, true, true]);

  files.begins(sourceOf('AAAAAAAAAAAA'), false);
  hold('a', 'missing');
  hold('b', 'stored');
  expect([0, 1, undefined].map((extra) => files.believes('/a/0.log', extra))).toEqual([false, true, false]);
});
