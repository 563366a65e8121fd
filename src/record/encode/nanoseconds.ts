/** Decimal numbers of some unit of time as whole nanoseconds, which is what `event.duration` takes; only where that is exact. */
import type { Buffer } from 'node:buffer';
import { isDigit } from '../../util/ascii.ts';

/** A whole number that every server takes for one, and every reader of JSON for the same. */
const MOST_DIGITS = 15;
/** Bytes that are written at most, those of a number that is given up included. */
export const NANOSECONDS_BYTES = MOST_DIGITS + 10;

export const SECONDS = 9;
export const MILLISECONDS = 6;
export const MICROSECONDS = 3;
export const NANOSECONDS = 0;

/** Writes bytes[from, to) of a unit as nanoseconds at out[o…]; answers where it ended, 0: it is no such number, or not exact. */
export function putNanoseconds(bytes: Buffer, from: number, to: number, unit: number, out: Buffer, o: number): number {
  const at = o;
  let left = -1; // digits of the fraction that may still come
  for (let i = from; i < to; i++) {
    const c = bytes[i]!;
    if (c === 0x2e && left < 0 && i > from && i + 1 < to) left = unit;
    else if (!isDigit(c) || left === 0) return 0;
    else {
      if (left > 0) left--;
      if (c !== 0x30 || o > at) out[o++] = c;
      if (o - at > MOST_DIGITS) return 0;
    }
  }
  if (to <= from) return 0;
  if (o > at) for (let zeros = left < 0 ? unit : left; zeros > 0; zeros--) out[o++] = 0x30;
  else out[o++] = 0x30;
  return o - at <= MOST_DIGITS ? o : 0;
}

/** The unit of a number with its name behind it, as Go writes a duration of one unit: `1.5s`, `12ms`, `250µs`; -1: there is none. */
export function unitAt(bytes: Buffer, from: number, to: number): number {
  if (to - from < 2 || bytes[to - 1] !== 0x73) return -1;
  const c = bytes[to - 2]!;
  if (isDigit(c)) return SECONDS;
  if (c === 0x6d) return MILLISECONDS;
  if (c === 0x6e) return NANOSECONDS;
  // `us`, and `µs` with either letter that looks so: U+00B5, U+03BC
  return c === 0x75 || c === 0xb5 || c === 0xbc ? MICROSECONDS : -1;
}

/** Where the number ends that a unit stands behind. */
export function numberBefore(bytes: Buffer, from: number, to: number): number {
  let i = to;
  while (i > from && !isDigit(bytes[i - 1])) i--;
  return i;
}
