/**
 * Blocks of private keys (RFC 7468 and its like): `-----BEGIN … PRIVATE KEY-----` up to `-----END … -----`. In one record all of it is
 * found, also without its end. Printed line by line, the further lines are records of their own: isMaterial() tells them.
 */
import { BASE64, DIGITS, isAt, LETTER, runEnd, table } from './characters.ts';
import { PRIVATE_KEY } from './kinds.ts';
import type { Spans } from './spans.ts';

const DASH = 0x2d;
const QUOTE = 0x22;
const NAME = table(`${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZ `);
/** A longer name of a key is none. */
const LONGEST_NAME = 64;
/** So many characters of base64 in one piece are key material in a block. */
const LONG = 24;

/**
 * Looks at the dash at i. Answers where to go on: `to` if the block begins here and does not end. It ends at a quote too, which is the
 * end of a JSON string and stands in no key.
 */
export function privateKey(bytes: Uint8Array, i: number, to: number, spans: Spans): number {
  const end = headerEnd(bytes, i, to);
  return end < 0 ? i + 1 : spans.add(i, blockEnd(bytes, end, to), PRIVATE_KEY);
}

/** Where `-----BEGIN … PRIVATE KEY-----` (SSH2 has four dashes and blanks) ends that begins at i, -1 if it is none. */
function headerEnd(bytes: Uint8Array, i: number, to: number): number {
  if (!isAt(bytes, i, to, '----')) return -1;
  let k = i + 4;
  if (bytes[k] === DASH || bytes[k] === 0x20) k++;
  if (!isAt(bytes, k, to, 'BEGIN ')) return -1;
  k += 6;
  const name = k;
  k = runEnd(bytes, k, to - k > LONGEST_NAME ? k + LONGEST_NAME : to, NAME);
  for (let p = name; p + 11 <= k; p++)
    if (isAt(bytes, p, k, 'PRIVATE KEY')) return isAt(bytes, k, to, '----') ? k + 4 : -1;
  return -1;
}

/** Where the block ends of which bytes[i, to) is more: behind its END, at a quote, or at `to`. */
export function blockEnd(bytes: Uint8Array, i: number, to: number): number {
  for (; i < to; i++) {
    if (bytes[i] === QUOTE) return i;
    if (bytes[i] !== DASH || !isAt(bytes, i, to, '----')) continue;
    let k = i + 4;
    if (bytes[k] === DASH || bytes[k] === 0x20) k++;
    if (!isAt(bytes, k, to, 'END ')) continue;
    k = runEnd(bytes, k, to - k > LONGEST_NAME ? k + LONGEST_NAME : to, NAME);
    while (k < to && bytes[k] === DASH) k++;
    return k;
  }
  return to;
}

/** Whether bytes[from, to) has the END of a block. */
export function hasEnd(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++)
    if (bytes[i] === DASH && (isAt(bytes, i, to, '-----END ') || isAt(bytes, i, to, '---- END '))) return true;
  return false;
}

/**
 * Whether the record bytes[from, to), which came within a block, is part of the key: its last word is base64: long, or in pieces of four
 * and alone, or in pieces of four and like no word of a language. Or it is a header of the block (`Proc-Type: 4,ENCRYPTED`).
 */
export function isMaterial(bytes: Uint8Array, from: number, to: number): boolean {
  while (to > from && (bytes[to - 1]! <= 0x20 || bytes[to - 1] === QUOTE)) to--;
  let word = to;
  while (word > from && BASE64[bytes[word - 1]!] === 1) word--;
  const n = to - word;
  if (n >= LONG) return true;
  if (n > 0 && n % 4 === 0) {
    if (word === from) return true;
    if (runEnd(bytes, word, to, LETTER) < to) return true;
    for (let i = word + 1; i < to; i++) if (bytes[i]! < 0x60 && bytes[i - 1]! > 0x60) return true;
  }
  return isAt(bytes, from, to, 'Proc-Type: ') || isAt(bytes, from, to, 'DEK-Info: ');
}
