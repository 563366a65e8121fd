// The dead-letter stores of all outputs, also of those that are not set any more.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deadLetterLine } from '../../../src/sinks/deadletter/line.ts';
import { keptByOutput, storesIn, sumOf } from '../../../src/sinks/deadletter/stores.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-stores-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function reject(at: string, ...path: string[]): number {
  const line = deadLetterLine(at, Buffer.from('{}'), { status: 400, type: 'x', reason: '' }, undefined, 1e6);
  mkdirSync(join(dir, ...path), { recursive: true });
  writeFileSync(join(dir, ...path, 'rejected.ndjson'), line);
  return line.length;
}

test('those that are set, and those that are there', () => {
  expect(storesIn(dir)).toEqual([{ output: 'default', dir }]);
  for (const name of ['old', 'default', 'Not a name', '..x'])
    mkdirSync(join(dir, 'outputs', name), { recursive: true });
  expect(storesIn(dir, ['default', 'audit'])).toEqual([
    { output: 'default', dir },
    { output: 'audit', dir: join(dir, 'outputs', 'audit') },
    { output: 'old', dir: join(dir, 'outputs', 'old') },
  ]);
});

test('what lies there by itself is bounded', () => {
  for (let i = 0; i < 100; i++) mkdirSync(join(dir, 'outputs', `o${i}`), { recursive: true });
  expect(storesIn(dir)).toHaveLength(65);
});

test('what they hold, each and together', () => {
  const bytes = reject('2026-11-20T02:00:00.000Z') + reject('2026-11-20T01:00:00.000Z', 'outputs', 'old');
  const kept = keptByOutput(dir, ['audit']);
  expect(Object.fromEntries(kept)).toMatchObject({
    default: { oldest: '2026-11-20T02:00:00.000Z' },
    audit: { bytes: 0, oldest: undefined },
    old: { oldest: '2026-11-20T01:00:00.000Z' },
  });
  expect(sumOf(kept)).toEqual({ bytes, oldest: '2026-11-20T01:00:00.000Z' });
});
