/** What a container writes beyond the rate of a rule. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { ALL, type Document, makeRecords, wholeLines } from '../helpers.ts';

const START = Date.UTC(2026, 10, 20, 1, 2, 0);
const line = (ms: number, text: string): string => `${new Date(START + ms).toISOString()} stdout F ${text}\n`;
const messages = (found: Document[]): string[] => found.map(({ body }) => body.message);

function withRate(records: number, bytes = Infinity, burst = 1) {
  return makeRecords({ overrides: { ...ALL, rate: { records, bytes, burst } } });
}

describe('records', () => {
  test('beyond the rate are dropped, counted, and told by one document at the place of the first', () => {
    const one = withRate(2);
    one.read([0, 100, 200, 300, 999, 1000, 1500, 2000].map((ms) => line(ms, `at ${ms}`)).join(''));
    const found = one.finish();
    expect(messages(found)).toEqual([
      'at 0',
      'at 100',
      'at 1000',
      'at 1500',
      'at 2000',
      '3 records of this container with 18 bytes, from 2026-11-20T01:02:00.200Z to 2026-11-20T01:02:00.999Z, were dropped: more ' +
        'than the rate that a rule of podferry allows.',
    ]);
    const { body } = found.at(-1)!;
    expect(body.event).toEqual({
      kind: 'event',
      action: 'dropped',
      reason: 'rate',
      start: '2026-11-20T01:02:00.200Z',
      end: '2026-11-20T01:02:00.999Z',
    });
    expect(body['@timestamp']).toBe('2026-11-20T01:02:00.200Z');
    expect(body.log.offset).toBe(line(0, 'at 0').length + line(100, 'at 100').length);
    expect([...one.records.counts.dropped]).toEqual([['rate', 3]]);
    expect(one.losses).toEqual([]);
  });

  test('may come at once, as many as the burst has seconds', () => {
    const one = withRate(2, Infinity, 10);
    one.read(Array.from({ length: 30 }, (_, i) => line(i, `${i}`)).join('') + line(10_000, 'later'));
    expect(messages(one.finish()).slice(0, -1)).toEqual([...Array.from({ length: 20 }, (_, i) => `${i}`), 'later']);
  });

  test('are dropped by their bytes, but for the first of a second', () => {
    const one = withRate(Infinity, 10);
    one.read(line(0, 'x'.repeat(100)) + line(1, 'y') + line(1000, 'z'.repeat(9)) + line(1001, 'z') + line(1002, 'z'));
    expect(messages(one.finish()).map((message) => message[0])).toEqual(['x', 'z', 'z', '2']);
  });

  test('of each minute are told once, when a line of a later one comes, or the log is silent', () => {
    const one = withRate(1);
    one.read(line(0, 'a') + line(1, 'b') + line(30_000, 'c') + line(30_001, 'd') + line(59_999, 'e'));
    expect(one.batch.count).toBe(3);
    one.read(line(60_000, 'f') + line(60_001, 'g'));
    expect(one.batch.count).toBe(5);
    one.records.expire(one.batch, START + 121_000);
    expect(one.batch.count).toBe(5);
    one.records.expire(one.batch, START + 130_000);
    expect(one.batch.count).toBe(6);
    const found = messages(one.finish());
    expect(found.filter((message) => message.includes('rate'))).toEqual([
      expect.stringMatching(/^2 records .* from 2026-11-20T01:02:00.001Z to 2026-11-20T01:02:30.001Z, were/),
      expect.stringMatching(/^1 record .* was/),
    ]);
  });

  test('of a stack trace are one that is never dropped, though its first line alone would be', () => {
    const one = withRate(1);
    one.read(
      line(0, 'a') +
        line(1, 'ERROR java.lang.IllegalStateException: x') +
        line(2, '\tat a.B.c(B.java:1)') +
        line(3, 'b'),
    );
    expect(messages(one.finish()).map((message) => message[0])).toEqual(['a', 'E', '1']);
    expect([...one.records.counts.dropped]).toEqual([['rate', 1]]);
  });

  test('are the same ones however the bytes are cut, and whatever the batches hold', () => {
    const text = Array.from({ length: 200 }, (_, i) => line(i * 40, `${i}`)).join('');
    const whole = withRate(3);
    whole.read(text);
    const pieces = withRate(3);
    for (const each of text.split(/(?<=\n)/)) pieces.read(each);
    expect(messages(pieces.finish())).toEqual(messages(whole.finish()));
  });

  test('in a full batch come again, and none is counted twice', () => {
    const one = withRate(1);
    one.read(line(0, 'a') + line(1, 'b'));
    const bytes = Buffer.from(line(61_000, 'c'));
    const full = { ...one.batch, ends: new Uint32Array(one.batch.count), positions: new Map() };
    full.ends.set(one.batch.ends.subarray(0, one.batch.count));
    const at = line(0, 'a').length + line(1, 'b').length;
    expect(one.records.lines(full, one.source, wholeLines(bytes, at), 0)).toBe(0);
    one.read(bytes);
    expect(messages(one.finish()).map((message) => message[0])).toEqual(['a', '1', 'c']);
  });
});
