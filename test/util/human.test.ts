import { describe, expect, it } from 'vitest';
import { bytes, count, duration } from '../../src/util/human.ts';

describe('figures for people', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1024 * 1024 - 1, '1 MiB'],
    [4 * 1024 ** 2, '4 MiB'],
    [123.4 * 1024 ** 2, '123 MiB'],
    [1024 ** 3, '1 GiB'],
    [1024 ** 5 * 2000, '2000 PiB'],
  ])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text));

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [4210, '4.2 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min'],
    [90_000, '1 min 30 s'],
    [3_599_600, '1 h'],
    [7_800_000, '2 h 10 min'],
    [86_400_000, '1 d'],
    [100 * 3_600_000, '4 d 4 h'],
  ])('%d ms are %s', (value, text) => expect(duration(value)).toBe(text));

  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('%d is %s', (value, text) => expect(count(value)).toBe(text));
});
