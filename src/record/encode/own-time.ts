/**
 * The application's own time where RFC 3339 has it otherwise: seconds, milliseconds, microseconds or nanoseconds since 1970, told apart
 * by how many digits they have, and dates with a zone such as `+0900`. Written as RFC 3339, with all its digits.
 */
import { Buffer } from 'node:buffer';
import { isDigit } from '../../util/ascii.ts';
import { Stamp } from './text/stamp.ts';

/** `"2026-11-20T01:02:03.456789012+09:00"` */
export const OWN_TIME_BYTES = 37;

/** Digits of seconds from 2001 to 2286. Others are no time, or nobody knows of which unit. */
const SECONDS_DIGITS = 10;
/** 2000 and 2100: what lies outside is no time of a log. */
const FIRST = 946_684_800;
const LAST = 4_102_444_800;
const DAY = 86_400;
const MOST_FRACTION = 9;

const stamp = new Stamp();
// The date of the day that was written last: most lines are of one day.
const date = Buffer.alloc(SECONDS_DIGITS);
let dateOf = -1;

/** Writes the JSON number bytes[from, to) as a time in quotes at out[0…]; answers how long it is, 0: it is none. */
export function numberTime(bytes: Buffer, from: number, to: number, out: Buffer): number {
  let point = from;
  while (point < to && isDigit(bytes[point])) point++;
  const further = point - from - SECONDS_DIGITS;
  const decimals = point === to ? 0 : to - point - 1;
  if (further < 0 || further % 3 !== 0 || further + decimals > MOST_FRACTION) return 0;
  if (point < to && (bytes[point] !== 0x2e || decimals === 0)) return 0;
  let seconds = 0;
  for (let i = from; i < from + SECONDS_DIGITS; i++) seconds = seconds * 10 + bytes[i]! - 0x30;
  for (let i = point + 1; i < to; i++) if (!isDigit(bytes[i])) return 0;
  if (seconds < FIRST || seconds >= LAST) return 0;
  let o = putSeconds(seconds, out);
  if (further + decimals > 0) out[o++] = 0x2e;
  for (let i = from + SECONDS_DIGITS; i < to; i++) if (i !== point) out[o++] = bytes[i]!;
  out[o++] = 0x5a;
  out[o++] = 0x22;
  return o;
}

/** The same for a text without its quotes. */
export function textTime(bytes: Buffer, from: number, to: number, out: Buffer): number {
  if (!stamp.read(bytes, from, to) || stamp.bracketed || stamp.to !== to) return 0;
  const length = stamp.write(bytes, out, 1);
  if (length === 0) return 0;
  out[0] = out[length + 1] = 0x22;
  return length + 2;
}

/** `"2026-11-20T01:02:03` */
function putSeconds(seconds: number, out: Buffer): number {
  const day = Math.floor(seconds / DAY);
  if (day !== dateOf) {
    date.write(new Date(day * DAY * 1000).toISOString(), 'latin1');
    dateOf = day;
  }
  out[0] = 0x22;
  for (let i = 0; i < SECONDS_DIGITS; i++) out[1 + i] = date[i]!;
  const rest = seconds - day * DAY;
  const hours = (rest / 3600) | 0;
  const minutes = ((rest / 60) | 0) % 60;
  out[11] = 0x54;
  putTwo(hours, out, 12);
  out[14] = 0x3a;
  putTwo(minutes, out, 15);
  out[17] = 0x3a;
  putTwo(rest % 60, out, 18);
  return 20;
}

function putTwo(n: number, out: Buffer, o: number): void {
  out[o] = 0x30 + ((n / 10) | 0);
  out[o + 1] = 0x30 + (n % 10);
}
