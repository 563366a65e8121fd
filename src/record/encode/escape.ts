/**
 * Turns raw content into the inside of a JSON string.
 *
 * Valid UTF-8 goes through byte by byte with a table; only quotes, backslashes and control characters change. Content
 * that is not valid UTF-8 gets U+FFFD for every maximal ill-formed part, exactly as the WHATWG decoder (TextDecoder) does,
 * so that no reader of the document fails on it and the readable rest survives.
 */
import type { Buffer } from 'node:buffer';
import { KeptView } from './bytes.ts';

/** 0: goes as it is; 'u': \u00XX; else the letter after the backslash. */
const ESCAPE = new Uint8Array(256);
for (let i = 0; i < 0x20; i++) ESCAPE[i] = 0x75;
ESCAPE[0x08] = 0x62;
ESCAPE[0x09] = 0x74;
ESCAPE[0x0a] = 0x6e;
ESCAPE[0x0c] = 0x66;
ESCAPE[0x0d] = 0x72;
ESCAPE[0x22] = 0x22;
ESCAPE[0x5c] = 0x5c;

/** No byte grows to more than this: `\u0000`. */
export const WORST = 6;

const HEX = new Uint8Array(16);
for (let i = 0; i < 16; i++) HEX[i] = '0123456789abcdef'.charCodeAt(i);

const read = new KeptView();
const written = new KeptView();

/**
 * The top bits of those of four bytes that are below 0x20, a quote, or a backslash: a subtraction borrows into the top bit of such a
 * byte. Bytes above 0x7f are never special. The lowest flagged byte is exact; with none of them it is 0.
 */
function specials(v: number): number {
  return ((v - 0x20202020) | ((v ^ 0x22222222) - 0x01010101) | ((v ^ 0x5c5c5c5c) - 0x01010101)) & ~v & 0x80808080;
}

/** Escapes bytes[from, to), valid UTF-8, to out[o…]; answers where it ended. May change up to 3 bytes behind the end. */
export function escape(bytes: Buffer, from: number, to: number, out: Buffer, o: number): number {
  const input = read.of(bytes);
  const output = written.of(out);
  const stop = to - 4;
  let i = from;
  while (i <= stop) {
    // Eight at once, as long as none is special: so most of a line goes.
    while (i <= stop - 4) {
      const v = input.getInt32(i, true);
      const w = input.getInt32(i + 4, true);
      if ((specials(v) | specials(w)) !== 0) break;
      output.setInt32(o, v, true);
      output.setInt32(o + 4, w, true);
      i += 8;
      o += 8;
    }
    if (i > stop) break;
    const v = input.getInt32(i, true);
    output.setInt32(o, v, true);
    const special = specials(v);
    if (special === 0) {
      i += 4;
      o += 4;
      continue;
    }
    const plain = (31 - Math.clz32(special & -special)) >> 3;
    i += plain;
    o += plain;
    const c = bytes[i++]!;
    const e = ESCAPE[c]!;
    out[o] = 0x5c;
    out[o + 1] = e;
    o += 2;
    if (e === 0x75) o = escapeHex(c, out, o);
  }
  for (; i < to; i++) {
    const c = bytes[i]!;
    const e = ESCAPE[c]!;
    if (e === 0) out[o++] = c;
    else o = escapeOne(c, e, out, o);
  }
  return o;
}

function escapeOne(c: number, e: number, out: Buffer, o: number): number {
  out[o] = 0x5c;
  out[o + 1] = e;
  return e === 0x75 ? escapeHex(c, out, o + 2) : o + 2;
}

/** What follows `\\u`. */
function escapeHex(c: number, out: Buffer, o: number): number {
  out[o] = 0x30;
  out[o + 1] = 0x30;
  out[o + 2] = HEX[c >> 4]!;
  out[o + 3] = HEX[c & 15]!;
  return o + 4;
}

/** How many bytes escape() or escapeLossy() would write at most: exact for valid UTF-8. */
export function escapedLength(bytes: Buffer, from: number, to: number, valid: boolean): number {
  let n = 0;
  for (let i = from; i < to; i++) {
    const c = bytes[i]!;
    const e = ESCAPE[c]!;
    n += e === 0 ? (valid || c < 0x80 ? 1 : 3) : e === 0x75 ? 6 : 2;
  }
  return n;
}

/** The same for bytes that are not valid UTF-8. */
export function escapeLossy(bytes: Buffer, from: number, to: number, out: Buffer, o: number): number {
  let i = from;
  while (i < to) {
    const c = bytes[i]!;
    if (c < 0x80) {
      const e = ESCAPE[c]!;
      if (e === 0) out[o++] = c;
      else o = escapeOne(c, e, out, o);
      i++;
      continue;
    }
    const n = sequence(bytes, i, to);
    if (n > 0) for (let k = 0; k < n; k++) out[o++] = bytes[i + k]!;
    else {
      out[o] = 0xef;
      out[o + 1] = 0xbf;
      out[o + 2] = 0xbd;
      o += 3;
    }
    i += n > 0 ? n : -n;
  }
  return o;
}

/** Length of the character that begins at i with a byte above 0x7f; or minus the length of the ill-formed part there. */
function sequence(bytes: Buffer, i: number, to: number): number {
  const c = bytes[i]!;
  let low = 0x80;
  let high = 0xbf;
  let more: number;
  if (c >= 0xc2 && c <= 0xdf) more = 1;
  else if (c >= 0xe0 && c <= 0xef) {
    more = 2;
    if (c === 0xe0) low = 0xa0;
    if (c === 0xed) high = 0x9f;
  } else if (c >= 0xf0 && c <= 0xf4) {
    more = 3;
    if (c === 0xf0) low = 0x90;
    if (c === 0xf4) high = 0x8f;
  } else return -1;
  for (let k = 1; k <= more; k++) {
    const d = i + k < to ? bytes[i + k]! : 0;
    if (d < low || d > high) return -k;
    low = 0x80;
    high = 0xbf;
  }
  return more + 1;
}

/** The largest end ≤ to at which bytes[from, end) does not end within a character. */
export function characterEnd(bytes: Buffer, from: number, to: number): number {
  const stop = to - 3 > from ? to - 3 : from;
  for (let i = to - 1; i >= stop; i--) {
    const c = bytes[i]!;
    if (c < 0x80) return to;
    if (c >= 0xc0) {
      const length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
      return c <= 0xf4 && i + length > to ? i : to;
    }
  }
  return to;
}
