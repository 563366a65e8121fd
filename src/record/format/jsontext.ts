/**
 * The grammar of JSON strings and numbers, on bytes: where something ends, or -1 if it is none; and the text of a string.
 */
import type { Buffer } from 'node:buffer';
import { isDigit, LF } from '../../util/ascii.ts';

const MAX_NUMBER = 64;

/** 1 within a string: stop and look. */
export const STOP = new Uint8Array(256);
for (let c = 0; c < 0x20; c++) STOP[c] = 1;
STOP[0x22] = STOP[0x5c] = 1;

/** The index after the closing quote of a string that begins at i, or -1. */
export function stringEnd(bytes: Buffer, i: number, to: number): number {
  for (;;) {
    while (i < to && STOP[bytes[i]!] === 0) i++;
    if (i >= to) return -1;
    const c = bytes[i];
    if (c === 0x22) return i + 1;
    if (c !== 0x5c || i + 1 >= to) return -1;
    switch (bytes[i + 1]) {
      case 0x22:
      case 0x5c:
      case 0x2f:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
        i += 2;
        break;
      case 0x75:
        i = unicodeEnd(bytes, i, to);
        if (i < 0) return -1;
        break;
      default:
        return -1;
    }
  }
}

/** After `\uXXXX`, both halves of a surrogate pair together: Elasticsearch refuses a lone one. */
function unicodeEnd(bytes: Buffer, i: number, to: number): number {
  const unit = hex4(bytes, i + 2, to);
  if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return -1;
  if (unit < 0xd800 || unit > 0xdbff) return i + 6;
  if (bytes[i + 6] !== 0x5c || bytes[i + 7] !== 0x75) return -1;
  const second = hex4(bytes, i + 8, to);
  return second >= 0xdc00 && second <= 0xdfff ? i + 12 : -1;
}

/** Four hexadecimal digits, or -1. */
export function hex4(bytes: Buffer, i: number, to: number): number {
  if (i + 4 > to) return -1;
  let n = 0;
  for (let k = i; k < i + 4; k++) {
    const c = bytes[k]! | 0x20;
    const digit = c >= 0x30 && c <= 0x39 && bytes[k]! < 0x3a ? c - 0x30 : c >= 0x61 && c <= 0x66 ? c - 0x57 : -1;
    if (digit < 0) return -1;
    n = n * 16 + digit;
  }
  return n;
}

/** The index after the number that begins at i, or -1. */
export function numberEnd(bytes: Buffer, i: number): number {
  const from = i;
  if (bytes[i] === 0x2d) i++;
  if (!isDigit(bytes[i])) return -1;
  if (bytes[i] === 0x30) i++;
  else while (isDigit(bytes[i])) i++;
  if (bytes[i] === 0x2e) {
    if (!isDigit(bytes[++i])) return -1;
    while (isDigit(bytes[i])) i++;
  }
  if (bytes[i] === 0x65 || bytes[i] === 0x45) {
    i++;
    if (bytes[i] === 0x2b || bytes[i] === 0x2d) i++;
    if (!isDigit(bytes[i])) return -1;
    while (isDigit(bytes[i])) i++;
  }
  return i - from > MAX_NUMBER ? -1 : i;
}

/** The byte that an escape of one letter stands for. */
const PLAIN = new Uint8Array(256);
for (const c of '"\\/') PLAIN[c.charCodeAt(0)] = c.charCodeAt(0);
PLAIN[0x62] = 0x08;
PLAIN[0x66] = 0x0c;
PLAIN[0x6e] = LF;
PLAIN[0x72] = 0x0d;
PLAIN[0x74] = 0x09;

/**
 * Writes the text of the JSON string bytes[from, to), which stringEnd() has accepted, as UTF-8 to out[0…]; answers how long it is:
 * never longer than the string.
 */
export function decodeString(bytes: Buffer, from: number, to: number, out: Buffer): number {
  let o = 0;
  for (let i = from; i < to;) {
    const c = bytes[i]!;
    if (c !== 0x5c) {
      out[o++] = c;
      i++;
      continue;
    }
    const e = bytes[i + 1]!;
    if (e !== 0x75) {
      out[o++] = PLAIN[e]!;
      i += 2;
      continue;
    }
    // stringEnd() has checked the digits and that surrogates come in pairs
    let code = hex4(bytes, i + 2, to);
    i += 6;
    if (code >= 0xd800 && code <= 0xdbff) {
      code = 0x10000 + ((code - 0xd800) << 10) + (hex4(bytes, i + 2, to) - 0xdc00);
      i += 6;
    }
    o = writeUtf8(out, o, code);
  }
  return o;
}

function writeUtf8(out: Buffer, o: number, code: number): number {
  if (code < 0x80) out[o++] = code;
  else if (code < 0x800) {
    out[o++] = 0xc0 | (code >> 6);
    out[o++] = 0x80 | (code & 63);
  } else if (code < 0x10000) {
    out[o++] = 0xe0 | (code >> 12);
    out[o++] = 0x80 | ((code >> 6) & 63);
    out[o++] = 0x80 | (code & 63);
  } else {
    out[o++] = 0xf0 | (code >> 18);
    out[o++] = 0x80 | ((code >> 12) & 63);
    out[o++] = 0x80 | ((code >> 6) & 63);
    out[o++] = 0x80 | (code & 63);
  }
  return o;
}

/** Puts U+FFFD in the place of each half of a surrogate pair in JSON text bytes[from, to). False: there was none. */
export function mendSurrogates(bytes: Buffer, from: number, to: number): boolean {
  let mended = false;
  for (let i = from; i < to; i++) {
    if (bytes[i] !== 0x5c) continue;
    if (bytes[++i] !== 0x75) continue;
    const unit = hex4(bytes, i + 1, to);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (unicodeEnd(bytes, i - 1, to) > 0) i += 10;
    else {
      bytes.write('fffd', i + 1, 'latin1');
      mended = true;
    }
  }
  return mended;
}
