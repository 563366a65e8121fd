/** Words of loggers: levels, and the names of classes and modules. */
import type { Buffer } from 'node:buffer';
import { letters } from '../../../util/ascii.ts';
import { wordLevel } from '../../format/words.ts';

const MOST_NAME = 256;
const PART = letters('_$.-:/@+');

/** Where the name at i ends. A colon is a part of it only before another part, as in `shop::orders`. */
export function nameEnd(bytes: Buffer, i: number, to: number): number {
  const stop = Math.min(to, i + MOST_NAME);
  while (i < stop && PART[bytes[i]!] !== 0) i++;
  while (bytes[i - 1] === 0x3a) i--;
  return i;
}

/** Whether bytes[from, to) can be the name of a logger: it begins with a letter, `_` or `$`. */
export function isName(bytes: Buffer, from: number, to: number): boolean {
  if (to <= from || to - from > MOST_NAME) return false;
  const c = bytes[from]!;
  if (PART[c] === 0 || (PART[c] === 4 && c !== 0x5f && c !== 0x24)) return false;
  for (let i = from; i < to; i++) if (PART[bytes[i]!] === 0) return false;
  return true;
}

/** Whether it is the name of a class in a package, or of a part of a part: `c.e.A`, `state.change.logger`, and not `report.pdf`. */
export function isQualified(bytes: Buffer, from: number, to: number): boolean {
  if (!isName(bytes, from, to)) return false;
  let dots = 0;
  let last = from;
  for (let i = from; i < to; i++) {
    if (bytes[i] !== 0x2e) continue;
    dots++;
    last = i + 1;
  }
  return dots > 1 || (dots === 1 && PART[bytes[last]!] === 2);
}

/** The level that the word of letters at i names, 0 if none. */
export function levelAt(bytes: Buffer, i: number, to: number): number {
  let e = i;
  while (e < to && (PART[bytes[e]!] === 1 || PART[bytes[e]!] === 2)) e++;
  return wordLevel(bytes, i, e);
}
