/** The level of a JSON line that is not taken apart: its first level member, as far as it can be seen from the beginning. */
import type { Buffer } from 'node:buffer';
import { isLevelKey, numberLevel, wordLevel } from '../format/words.ts';

/** The first level member at the top of a JSON object, as far as it can be seen from here. */
export function jsonLevel(bytes: Buffer, from: number, stop: number): number {
  let i = from + 1;
  while (i < stop) {
    while (i < stop && (bytes[i] === 0x20 || bytes[i] === 0x2c)) i++;
    if (bytes[i] !== 0x22) return 0;
    const key = i + 1;
    i = quoteEnd(bytes, key, stop);
    const keyEnd = i++;
    while (i < stop && (bytes[i] === 0x20 || bytes[i] === 0x3a)) i++;
    if (i >= stop) return 0;
    const value = i;
    const c = bytes[i]!;
    const wanted = isLevelKey(bytes, key, keyEnd);
    if (c === 0x22) {
      i = quoteEnd(bytes, value + 1, stop);
      if (wanted) return wordLevel(bytes, value + 1, i);
      i++;
    } else if (c === 0x7b || c === 0x5b) i = nestedEnd(bytes, value, stop);
    else {
      while (i < stop && bytes[i] !== 0x2c && bytes[i] !== 0x7d && bytes[i] !== 0x20) i++;
      if (wanted) return numberLevel(bytes, value, i);
    }
  }
  return 0;
}

/** Where the quote stands that closes a string. */
export function quoteEnd(bytes: Buffer, i: number, stop: number): number {
  while (i < stop && bytes[i] !== 0x22) i += bytes[i] === 0x5c ? 2 : 1;
  return i;
}

function nestedEnd(bytes: Buffer, i: number, stop: number): number {
  let depth = 0;
  for (; i < stop; i++) {
    const c = bytes[i];
    if (c === 0x22) i = quoteEnd(bytes, i + 1, stop);
    else if (c === 0x7b || c === 0x5b) depth++;
    else if ((c === 0x7d || c === 0x5d) && --depth === 0) return i + 1;
  }
  return i;
}
