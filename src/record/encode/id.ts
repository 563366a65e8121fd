/**
 * The document id: base64url of 6 bytes time, 9 bytes source, 6 bytes offset. Three groups of a multiple of three bytes,
 * so that each is its own 8, 12 and 8 characters and the middle one is simply the source's fingerprint.
 *
 * The time comes first and big-endian, so that ids grow with time and Lucene can skip old segments (LUCENE-8980); time,
 * source and offset come from the file alone, so the same bytes read again give the same id.
 */
import type { Buffer } from 'node:buffer';
import { HALF } from '../format/time.ts';

const DIGITS = new Uint8Array(64);
for (let i = 0; i < 64; i++) {
  DIGITS[i] = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.charCodeAt(i);
}

export const ID_BYTES = 28;

/** Writes 24 bits as 4 characters at out[o]. */
export function write24(out: Buffer, o: number, n: number): void {
  out[o] = DIGITS[(n >>> 18) & 63]!;
  out[o + 1] = DIGITS[(n >>> 12) & 63]!;
  out[o + 2] = DIGITS[(n >>> 6) & 63]!;
  out[o + 3] = DIGITS[n & 63]!;
}

/** Writes a whole number below 2^48 as 8 characters at out[o]. */
export function write48(out: Buffer, o: number, n: number): void {
  const high = Math.floor(n / HALF);
  write24(out, o, high);
  write24(out, o + 4, n - high * HALF);
}
