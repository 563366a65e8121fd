import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { Head } from '../../../src/record/encode/head.ts';
import { Line } from '../../../src/record/format/line.ts';
import { makeBatch, NO_FRAME } from '../helpers.ts';

test('of a time in the same minute only what follows the minute is read', () => {
  const head = new Head();
  const line = new Line();
  const written = (time: string, minute: number): string => {
    const bytes = Buffer.from(time);
    line.setTime(bytes, 0, bytes.length, minute, 1, 1);
    const batch = makeBatch(1000, 1000, 1, 1, NO_FRAME);
    return batch.bytes.toString('latin1', 0, head.put(batch, NO_FRAME, line));
  };
  const begun = (time: string): string => `{"@timestamp":"${time}","message":"`;
  expect(written('2026-11-20T01:02:03Z', 7)).toBe(begun('2026-11-20T01:02:03Z'));
  expect(written('-----------------04.5Z', 7)).toBe(begun('2026-11-20T01:02:04.5Z'));
  expect(written('2026-11-20T01:03:00Z', 8)).toBe(begun('2026-11-20T01:03:00Z'));
  // Times of unparsed lines have no minute, and nothing is known of the next one.
  expect(written('2026-11-20T01:04:00Z', 0)).toBe(begun('2026-11-20T01:04:00Z'));
  expect(written('2026-11-20T01:03:05Z', 8)).toBe(begun('2026-11-20T01:03:05Z'));
});
