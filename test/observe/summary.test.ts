import { expect, test } from 'vitest';
import { Summary } from '../../src/observe/summary.ts';
import type { RecordCounts } from '../../src/observe/summary.ts';

const NONE: RecordCounts = { unparsed: 0, dropped: new Map() };

function summaryOf(read: number, stored: number): Summary {
  const subject = new Summary();
  subject.read(read);
  subject.acknowledged({ stored, duplicate: 0, rejected: 0 });
  return subject;
}

test.each([
  [65_741, 154, NONE, 50, '154 records, 64.2 KiB, 0 rejected, 0 lost in 50 ms'],
  [65_741, 154, { ...NONE, unparsed: 1 }, 50, '154 records, 64.2 KiB, 0 rejected, 0 lost, 1 unparsed in 50 ms'],
  [80, 1, NONE, 0, '1 record, 80 B, 0 rejected, 0 lost in 0 ms'],
  [0, 0, NONE, 1, '0 records, 0 B, 0 rejected, 0 lost in 1 ms'],
  [5 * 1024 ** 3, 20_000_000, NONE, 61_000, '20,000,000 records, 5 GiB, 0 rejected, 0 lost in 1 min 1 s (83.9 MiB/s)'],
  [
    2000,
    3,
    {
      ...NONE,
      dropped: new Map([
        ['sample', 5],
        ['min-level', 2],
      ]),
    },
    1,
    '3 records, 2 KiB, 0 rejected, 0 lost, 7 dropped by rule in 1 ms',
  ],
] as [number, number, RecordCounts, number, string][])('%i bytes, %i records', (read, stored, counts, ms, line) => {
  const subject = summaryOf(read, stored);
  expect(subject.line(counts, ms)).toBe(line);
  expect(subject.incomplete).toBe(false);
});

test('logs that may not be read are no loss', () => {
  const subject = summaryOf(1024, 1);
  subject.excluded(2);
  expect(subject.line(NONE, 1)).toBe('1 record, 1 KiB, 0 rejected, 0 lost, 2 container logs excluded in 1 ms');
  expect(subject.incomplete).toBe(false);
});

test('what was stored before is a success', () => {
  const subject = summaryOf(1024, 1);
  subject.acknowledged({ stored: 0, duplicate: 2, rejected: 0 });
  expect(subject.line(NONE, 1)).toContain('3 records, 1 KiB, 0 rejected, 0 lost, 2 stored before in');
  expect(subject.incomplete).toBe(false);
});

test('what was rejected or lost is not', () => {
  const rejected = summaryOf(1024, 1);
  rejected.acknowledged({ stored: 0, duplicate: 0, rejected: 2 });
  expect(rejected.line(NONE, 1)).toContain('3 records, 1 KiB, 2 rejected, 0 lost in');
  expect(rejected.incomplete).toBe(true);

  const lost = summaryOf(1024, 1);
  lost.lost('over_cap', 1000);
  lost.lost('unreadable', 24);
  lost.lost('over_cap', 1024);
  expect(lost.line(NONE, 1)).toContain('1 record, 1 KiB, 0 rejected, 2 KiB lost (over_cap, unreadable) in');
  expect(lost.incomplete).toBe(true);
});

test('documents in the failure store of the server are not where they belong', () => {
  const subject = summaryOf(1024, 1);
  subject.acknowledged({ stored: 0, duplicate: 0, rejected: 0, failureStore: 2 });
  expect(subject.line(NONE, 1)).toBe('3 records, 1 KiB, 0 rejected, 0 lost, 2 in the failure store in 1 ms');
  expect(subject.incomplete).toBe(true);
});
