/**
 * The grammar of JSON strings and numbers, on bytes. Where something ends, or -1 if it is none.
 */
import type { Buffer } from 'node:buffer';
import { isDigit } from '../../util/ascii.ts';

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
