import { expect, test } from 'vitest';
import { summary } from '../../src/observe/summary.ts';
import type { Tally } from '../../src/observe/summary.ts';

const quiet: Tally = {
  stored: 154,
  duplicate: 0,
  rejected: 0,
  bytes: 65_741,
  unparsed: 0,
  dropped: 0,
  lost: new Map(),
  ms: 50,
};

test.each([
  [{}, '154 records, 64.2 KiB, 0 rejected, 0 lost in 50 ms (1.3 MiB/s)'],
  [{ unparsed: 1 }, '154 records, 64.2 KiB, 0 rejected, 0 lost, 1 unparsed in 50 ms (1.3 MiB/s)'],
  [{ stored: 1, bytes: 80, ms: 0 }, '1 record, 80 B, 0 rejected, 0 lost in 0 ms (78.1 KiB/s)'],
  [
    { stored: 1_000_000, rejected: 2, ms: 61_000 },
    '1,000,002 records, 64.2 KiB, 2 rejected, 0 lost in 1 min 1 s (1.1 KiB/s)',
  ],
  [{ stored: 100, duplicate: 54 }, '154 records, 64.2 KiB, 0 rejected, 0 lost, 54 stored before in 50 ms (1.3 MiB/s)'],
  [{ dropped: 7 }, '154 records, 64.2 KiB, 0 rejected, 0 lost, 7 dropped by rule in 50 ms (1.3 MiB/s)'],
  [
    {
      lost: new Map([
        ['over_cap', 1024],
        ['truncated', 0],
        ['unreadable', 1024],
      ]),
    },
    '154 records, 64.2 KiB, 0 rejected, 2 KiB lost (over cap, unreadable) in 50 ms (1.3 MiB/s)',
  ],
] as [Partial<Tally>, string][])('%j', (changes, line) => expect(summary({ ...quiet, ...changes })).toBe(line));
