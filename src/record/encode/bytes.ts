/**
 * Writing bytes without making anything.
 */
import type { Buffer } from 'node:buffer';

/** Copies bytes[from, to) to out[o…]; answers where it ended. A native copy only pays for more than a few bytes. */
export function paste(bytes: Buffer, from: number, to: number, out: Buffer, o: number): number {
  if (to - from > 40) return o + bytes.copy(out, o, from, to);
  for (let i = from; i < to; i++) out[o++] = bytes[i]!;
  return o;
}

/** Writes a whole number in decimal at out[o]; answers where it ended. */
export function writeDecimal(out: Buffer, o: number, n: number): number {
  if (n >= 0x40000000) return o + out.write(String(n), o, 'latin1');
  let digits = 1;
  for (let limit = 10; n >= limit && digits < 10; limit *= 10) digits++;
  let rest = n | 0;
  for (let i = o + digits - 1; i >= o; i--) {
    const next = (rest / 10) | 0;
    out[i] = 48 + rest - next * 10;
    rest = next;
  }
  return o + digits;
}
