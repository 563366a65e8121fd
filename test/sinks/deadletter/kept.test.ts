import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deadLetterLine } from '../../../src/sinks/deadletter/line.ts';
import { keptIn } from '../../../src/sinks/deadletter/kept.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-kept-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const line = (at: string): Buffer =>
  deadLetterLine(at, Buffer.from('{}'), { status: 400, type: 'x', reason: '' }, undefined, 1e6);

test('what is rejected, and what is sent again or was refused once more, counts; the oldest line tells since when', () => {
  expect(keptIn(join(dir, 'none'))).toEqual({ bytes: 0, oldest: undefined });
  const lines = ['2026-11-20T01:00:00.000Z', '2026-11-20T02:00:00.000Z', '2026-11-20T00:30:00.000Z'].map(line);
  writeFileSync(join(dir, 'rejected.ndjson.1'), lines[0]!);
  writeFileSync(join(dir, 'rejected.ndjson'), lines[1]!);
  writeFileSync(join(dir, 'checkpoints'), 'x');
  const two = lines[0]!.length + lines[1]!.length;
  expect(keptIn(dir)).toEqual({ bytes: two, oldest: '2026-11-20T01:00:00.000Z' });
  mkdirSync(join(dir, 'replaying'));
  writeFileSync(join(dir, 'replaying', 'taken-1.ndjson'), lines[2]!);
  expect(keptIn(dir)).toEqual({ bytes: two + lines[2]!.length, oldest: '2026-11-20T00:30:00.000Z' });
});

test('whatever else lies there', () => {
  mkdirSync(join(dir, 'rejected.ndjson.1'));
  symlinkSync('/etc/passwd', join(dir, 'rejected.ndjson'));
  mkdirSync(join(dir, 'replaying'));
  writeFileSync(join(dir, 'replaying', 'passed.ndjson'), 'no line of ours');
  expect(keptIn(dir).oldest).toBeUndefined();
});
