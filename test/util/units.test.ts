import { describe, expect, it } from 'vitest';
import { parseDuration, parseSize } from '../../src/util/units.ts';

describe('sizes', () => {
  it.each([
    ['0', 0],
    ['1048576', 1048576],
    ['1B', 1],
    ['512KiB', 524288],
    ['512Ki', 524288],
    ['4MiB', 4194304],
    ['4 MiB', 4194304],
    ['4MB', 4000000],
    ['1kB', 1000],
    ['1KB', 1000],
    ['1.5GiB', 1610612736],
    ['2TiB', 2199023255552],
    ['0.1KiB', 102],
  ])('%s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each([
    '',
    '4M',
    '4m',
    '4mib',
    'MiB',
    '-1',
    '+1',
    '1e3',
    '0x10',
    '1,5MiB',
    '.5MiB',
    '1.MiB',
    '4MiBs',
    '99999999TiB',
  ])('%j is none', (text) => expect(parseSize(text)).toBeUndefined());
});

describe('durations', () => {
  it.each([
    ['0', 0],
    ['500ms', 500],
    ['5s', 5000],
    ['1m', 60000],
    ['1m30s', 90000],
    ['1.5h', 5400000],
    ['2d', 172800000],
    ['0s', 0],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '5', 's', '5 s', '5S', '-5s', '5sec', '1h 30m', '1e3ms', '9'.repeat(20) + 'd'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});
