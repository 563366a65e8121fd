/**
 * Content as it reads when its escapes are undone: JSON's `\u0040` and `\/`, at any depth of quoting, `%40` of a URL, and the colours of
 * a terminal. A secret is found in it that no byte of the content spells as it is.
 *
 * Nothing is remembered of where each byte came from: the way is walked once more for what was found, with the same steps.
 */
import { Buffer } from 'node:buffer';
import { hex4 } from '../format/jsontext.ts';

const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const ESC = 0x1b;

/** What a letter behind a backslash stands for; 0: the backslash is one. */
const NAMED = new Uint8Array(256);
for (const [letter, c] of Object.entries({ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '"': '"', '/': '/' }))
  NAMED[letter.charCodeAt(0)] = c.charCodeAt(0);

/** Whether something is folded at i. */
export function isFold(bytes: Buffer, i: number, to: number): boolean {
  const c = bytes[i];
  return c === BACKSLASH || c === ESC || (c === PERCENT && percent(bytes, i, to) >= 0);
}

/** Walks over content, byte by byte of what it reads as. Everyone may read its fields; only its methods change them. */
export class Unfolder {
  /** The byte that the last step came upon, and the character in the content that it is of: [from, to). */
  byte = 0;
  from = 0;
  to = 0;
  #bytes: Buffer = NOTHING;
  #end = 0;
  /** Bytes of the character that are still to come, as UTF-8 has them, and the character. */
  #more = 0;
  #code = 0;
  /** End of the backslashes that the walk is among: so many may follow each other that no step may look at all of them. */
  #backslashesTo = 0;

  begin(bytes: Buffer, from: number, to: number): void {
    this.#bytes = bytes;
    this.#end = to;
    this.from = this.to = from;
    this.#backslashesTo = from;
    this.#more = 0;
  }

  /** False: there is nothing more. */
  step(): boolean {
    if (this.#more > 0) {
      this.byte = 0x80 | ((this.#code >> (6 * --this.#more)) & 0x3f);
      return true;
    }
    const bytes = this.#bytes;
    const end = this.#end;
    let i = this.to;
    for (let behind = this.#behindColour(i); behind > i; behind = this.#behindColour(i)) i = behind;
    if (i >= end) return false;
    this.from = i;
    const c = bytes[i]!;
    this.byte = c;
    this.to = i + 1;
    if (c === PERCENT) {
      const code = percent(bytes, i, end);
      if (code >= 0) {
        this.byte = code;
        this.to = i + 3;
      }
    } else if (c === BACKSLASH) {
      const letter = this.#behindBackslashes(i);
      const code = letter < end && bytes[letter] === 0x75 ? hex4(bytes, letter + 1, end) : -1;
      if (code >= 0) this.#is(code, letter + 5);
      else if (letter < end && NAMED[bytes[letter]!] !== 0) this.#is(NAMED[bytes[letter]!]!, letter + 1);
    }
    return true;
  }

  #is(code: number, to: number): void {
    this.to = to;
    this.#code = code;
    this.#more = code < 0x80 ? 0 : code < 0x800 ? 1 : 2;
    this.byte = code < 0x80 ? code : code < 0x800 ? 0xc0 | (code >> 6) : 0xe0 | (code >> 12);
  }

  #behindBackslashes(i: number): number {
    if (i >= this.#backslashesTo) {
      while (i < this.#end && this.#bytes[i] === BACKSLASH) i++;
      this.#backslashesTo = i;
    }
    return this.#backslashesTo;
  }

  /** What follows the colour that begins at i (`ESC [ … letter`, ESC itself may be escaped); i if there is none. */
  #behindColour(i: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let k = i;
    if (bytes[k] === ESC) k++;
    else if (bytes[k] === BACKSLASH) {
      k = this.#behindBackslashes(k);
      if (k >= end || bytes[k] !== 0x75 || hex4(bytes, k + 1, end) !== ESC) return i;
      k += 5;
    } else return i;
    if (k >= end || bytes[k] !== 0x5b) return i;
    k++;
    while (k < end && bytes[k]! >= 0x20 && bytes[k]! < 0x40) k++;
    return k < end && bytes[k]! >= 0x40 && bytes[k]! < 0x7f ? k + 1 : i;
  }
}

const NOTHING = Buffer.alloc(0);

/** The byte of `%40` and its like at i, -1 if it is none. */
function percent(bytes: Buffer, i: number, to: number): number {
  if (i + 3 > to) return -1;
  const high = nibble(bytes[i + 1]!);
  const low = nibble(bytes[i + 2]!);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function nibble(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const letter = c | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
