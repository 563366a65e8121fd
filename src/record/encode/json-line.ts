/**
 * Where the JSON object of a line lies: behind a byte order mark, white space and the colours of a terminal, and before them.
 */
import type { Buffer } from 'node:buffer';
import { CR, isDigit, LF, OPEN_BRACE, SPACE, TAB } from '../../util/ascii.ts';

const ESCAPE = 0x1b;

/** Where the object begins that bytes[from, to) may be; -1: it is none. */
export function objectStart(bytes: Buffer, from: number, to: number): number {
  let i = from;
  while (i < to) {
    const c = bytes[i]!;
    if (c === OPEN_BRACE) return i;
    if (isSpace(c)) i++;
    else if (c === ESCAPE) {
      i = colourEnd(bytes, i, to);
      if (i < 0) return -1;
    } else if (c === 0xef && bytes[i + 1] === 0xbb && bytes[i + 2] === 0xbf) i += 3;
    else return -1;
  }
  return -1;
}

/** Where it ends, brace included; -1: it is none. */
export function objectEnd(bytes: Buffer, from: number, to: number): number {
  let i = to;
  while (i > from) {
    const c = bytes[i - 1]!;
    if (c === 0x7d) return i;
    if (isSpace(c)) i--;
    else if (c === 0x6d) {
      let start = i - 1;
      while (start > from && (isDigit(bytes[start - 1]) || bytes[start - 1] === 0x3b)) start--;
      if (start - 2 < from || bytes[start - 1] !== 0x5b || bytes[start - 2] !== ESCAPE) return -1;
      i = start - 2;
    } else return -1;
  }
  return -1;
}

/** After `ESC [ 1 ; 31 m`, which begins at i; -1: it is no colour. */
function colourEnd(bytes: Buffer, i: number, to: number): number {
  if (bytes[i + 1] !== 0x5b) return -1;
  i += 2;
  while (i < to && (isDigit(bytes[i]) || bytes[i] === 0x3b)) i++;
  return i < to && bytes[i] === 0x6d ? i + 1 : -1;
}

function isSpace(c: number): boolean {
  return c === SPACE || c === TAB || c === LF || c === CR;
}
