/** The parts that lines of text are made of: words, numbers, quoted texts. All answer an index. */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { KeptView } from '../bytes.ts';

/** What follows the spaces at i. */
export function afterSpaces(bytes: Buffer, i: number, to: number): number {
  while (i < to && bytes[i] === SPACE) i++;
  return i;
}

/** Where the word at i ends: at a space, or at `to`. */
export function wordEnd(bytes: Buffer, i: number, to: number): number {
  while (i < to && bytes[i] !== SPACE) i++;
  return i;
}

/** Where the digits at i end. */
export function digitsEnd(bytes: Buffer, i: number, to: number): number {
  while (i < to && bytes[i]! >= 0x30 && bytes[i]! <= 0x39) i++;
  return i;
}

/** Where `c` stands first from i on; `to` if nowhere. */
export function find(bytes: Buffer, i: number, to: number, c: number): number {
  while (i < to && bytes[i] !== c) i++;
  return i;
}

const read = new KeptView();

/** The top bits of those of four bytes that are a quote or a backslash, as in escape.ts. */
function stops(v: number): number {
  return (((v ^ 0x22222222) - 0x01010101) | ((v ^ 0x5c5c5c5c) - 0x01010101)) & ~v & 0x80808080;
}

/** Where the quote stands that closes the text from i on, in which a backslash takes the next byte along; `to` if nowhere. */
export function quoteAt(bytes: Buffer, i: number, to: number): number {
  const input = read.of(bytes);
  const stop = to - 4;
  while (i <= stop) {
    // Eight at once, as long as none is one of the two.
    while (i <= stop - 4 && (stops(input.getInt32(i, true)) | stops(input.getInt32(i + 4, true))) === 0) i += 8;
    if (i > stop) break;
    const special = stops(input.getInt32(i, true));
    if (special === 0) {
      i += 4;
      continue;
    }
    i += (31 - Math.clz32(special & -special)) >> 3;
    if (bytes[i] === 0x22) return i;
    i += 2;
  }
  while (i < to) {
    const c = bytes[i]!;
    if (c === 0x22) return i;
    i += c === 0x5c ? 2 : 1;
  }
  return to;
}
