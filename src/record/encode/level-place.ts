/**
 * Whether a word stands where a logger writes a level, or in a sentence. Asked only of words that name one.
 */
import type { Buffer } from 'node:buffer';
import { letters } from '../../util/ascii.ts';
import { same } from '../format/words.ts';

/** By byte: 1 lower case, 2 capital, 4 digit or _. */
export const LETTER = letters('_');

/** What may stand before or after a level's word: white space, and the signs with which loggers set it off. */
export const AROUND = new Uint8Array(256);
for (const c of ' \t[](){}<>|:,;-*\x1b\n') AROUND[c.charCodeAt(0)] = 1;

/** The same before a word of capitals; Monolog writes `app.ERROR:`. */
export const BEFORE = AROUND.slice();
BEFORE[0x2e] = 1;

/** Signs that set a level off from what is beside it. */
const SETS_OFF = new Uint8Array(256);
for (const c of '-|[](){}:\t ') SETS_OFF[c.charCodeAt(0)] = 1;

/** What closes what a byte opens. */
const CLOSE = new Uint8Array(256);
CLOSE[0x5b] = 0x5d;
CLOSE[0x28] = 0x29;
CLOSE[0x7b] = 0x7d;
CLOSE[0x3c] = 0x3e;

const TIMES = new Set('Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' '));

/**
 * Whether a level's word bytes[i, e) stands where a logger writes it, and is no word of a sentence: at the start, behind times, names
 * of classes, brackets and members, or set off on both sides.
 */
export function stands(bytes: Buffer, from: number, i: number, e: number, stop: number, dotted: boolean): boolean {
  const after = e >= stop ? 0x20 : bytes[e]!;
  const strong = after !== 0x20 || (e + 1 < stop && SETS_OFF[bytes[e + 1]!] !== 0);
  if (dotted) return after === 0x3a && plainWords(bytes, from, i) <= 1;
  const plain = plainWords(bytes, from, i);
  // `<b>ERROR</b>` is no line of a logger.
  if (plain === 0) return after !== 0x3c || bytes[i - 1] !== 0x3e;
  let before = i - 1;
  while (before > from && bytes[before] === 0x20) before--;
  if (SETS_OFF[bytes[before]!] !== 0 && before < i - 1) return strong;
  if (plain > 1) return false;
  return bytes[before] === 0x3a ? strong : same(bytes, from, 'npm ');
}

/** How many words of bytes[from, to) could be words of a sentence. What stands in brackets, has a digit, a dot within or a `=` is none. */
export function plainWords(bytes: Buffer, from: number, to: number): number {
  let plain = 0;
  for (let i = from; i < to;) {
    const c = bytes[i]!;
    const close = CLOSE[c]!;
    if (close !== 0) {
      let e = i + 1;
      while (e < to && bytes[e] !== close) e++;
      i = e + 1;
      continue;
    }
    if (AROUND[c] !== 0) {
      i++;
      continue;
    }
    const word = i;
    let isPlain = c > 0x7f || (LETTER[c] !== 4 && LETTER[c] !== 0);
    do {
      const d = bytes[i]!;
      if (LETTER[d] === 4 || d === 0x3d || d === 0x40 || (d === 0x2e && i + 1 < to && bytes[i + 1]! > 0x20))
        isPlain = false;
      i++;
    } while (i < to && bytes[i]! > 0x20 && CLOSE[bytes[i]!] === 0 && bytes[i] !== 0x7c);
    // `unbound[7]`: a program
    if (isPlain && bytes[i] !== 0x5b && !isPartOfTime(bytes, word, i)) plain++;
  }
  return plain;
}

/** `Fri`, `Nov`, `AM`, `UTC`, `KST`: three letters or two, of which the first is a capital; nobody writes words of a sentence so. */
function isPartOfTime(bytes: Buffer, from: number, to: number): boolean {
  if (bytes[to - 1] === 0x2c || bytes[to - 1] === 0x3a) to--;
  if (to - from < 2 || to - from > 4 || LETTER[bytes[from]!] !== 2) return false;
  if (to - from === 3 && LETTER[bytes[from + 1]!] === 1) return TIMES.has(bytes.toString('latin1', from, to));
  for (let i = from; i < to; i++) if (LETTER[bytes[i]!] !== 2) return false;
  return true;
}
