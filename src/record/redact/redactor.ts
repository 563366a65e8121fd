/**
 * Redacts the content of a record: what is found is replaced by a mark that tells its kind. Content in which nothing is found stays where
 * it is, and nothing is allocated for it.
 */
import { Buffer } from 'node:buffer';
import { isDigit, OPEN_BRACE } from '../../util/ascii.ts';
import { Finder } from './finder.ts';
import { LONGEST_MARK, mark, NUMBERS, PRIVATE_KEY } from './kinds.ts';
import { Unfolder } from './unfold.ts';

/* How the end of a record is. */
export const WHOLE = 0;
/** Its end did not come. It may be whole all the same: output without a line feed. */
export const UNENDED = 1;
/** More of it came than is kept. */
export const CUT_OFF = 2;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NOTHING = Buffer.alloc(0);
const BEFORE_OBJECT = 256;

/** Everyone may read its fields; only its methods change them. */
export class Redactor {
  /** What the content has become: bytes[0, length). Borrowed until the next call. */
  bytes: Buffer = NOTHING;
  length = 0;
  /** The content ends within a block of a private key. */
  keyGoesOn = false;
  readonly #finder = new Finder();
  readonly #unfolder = new Unfolder();
  /** The content without its escapes. It grows to the longest record that has some. */
  #unfolded: Buffer = NOTHING;
  /** Up to where the quotes of a JSON object are counted, and whether that is within a string. */
  #counted = 0;
  #inString = false;

  /**
   * Redacts bytes[from, to). `mask`: what is asked for (kinds.ts). `inKey`: the record comes within a block of a private key. `ending`:
   * how its end is. False: nothing was found, and the content stays as it is.
   */
  redact(bytes: Buffer, from: number, to: number, mask: number, inKey: boolean, ending: number): boolean {
    const finder = this.#finder;
    const isKey = inKey && (mask & PRIVATE_KEY) !== 0;
    const isPlain = finder.find(bytes, from, to, mask, isKey, false);
    if (isPlain) {
      if (ending !== WHOLE) finder.cut(bytes, from, to, ending === CUT_OFF);
    } else {
      const length = this.#unfold(bytes, from, to);
      finder.find(this.#unfolded, 0, length, mask, isKey, true);
      if (ending !== WHOLE) finder.cut(this.#unfolded, 0, length, ending === CUT_OFF);
    }
    this.keyGoesOn = finder.keyGoesOn;
    if (finder.spans.count === 0) return false;
    this.#replace(bytes, from, to, isPlain);
    return true;
  }

  /** Writes bytes[from, to) without its escapes to #unfolded; answers how long that is. */
  #unfold(bytes: Buffer, from: number, to: number): number {
    if (this.#unfolded.length < to - from) this.#unfolded = roomFor(to - from);
    const text = this.#unfolded;
    const walk = this.#unfolder;
    walk.begin(bytes, from, to);
    let length = 0;
    while (walk.step()) text[length++] = walk.byte;
    return length;
  }

  /** Writes bytes[from, to) with a mark for each span. */
  #replace(bytes: Buffer, from: number, to: number, isPlain: boolean): void {
    const { spans } = this.#finder;
    const need = to - from + spans.count * LONGEST_MARK;
    if (this.bytes.length < need) this.bytes = roomFor(need);
    const out = this.bytes;
    const walk = this.#unfolder;
    // Something may stand in front of an object.
    const brace = bytes.subarray(from, Math.min(to, from + BEFORE_OBJECT)).indexOf(OPEN_BRACE);
    const isObject = brace >= 0;
    this.#counted = from + Math.max(brace, 0);
    this.#inString = false;
    if (!isPlain) walk.begin(bytes, from, to);
    let o = 0;
    let at = from;
    for (let k = 0, walked = 0; k < spans.count; k++) {
      const kind = spans.kind(k);
      let begin = spans.from(k);
      let end = spans.to(k);
      if (!isPlain) {
        for (; walked <= begin; walked++) walk.step();
        begin = walk.from;
        for (; walked < end; walked++) walk.step();
        end = walk.to;
      }
      o += bytes.copy(out, o, at, begin);
      const isNumber = isObject && (kind & NUMBERS) !== 0 && this.#isNumber(bytes, from, begin, end, to);
      if (isNumber) out[o++] = QUOTE;
      const text = mark(kind);
      o += text.copy(out, o);
      if (isNumber) out[o++] = QUOTE;
      at = end;
    }
    this.length = o + bytes.copy(out, o, at, to);
  }

  /** Whether bytes[begin, end) is a number of the JSON object that begins at `from`: a mark needs quotes there. */
  #isNumber(bytes: Buffer, from: number, begin: number, end: number, to: number): boolean {
    for (let i = begin; i < end; i++) if (!isDigit(bytes[i])) return false;
    let before = begin - 1;
    while (before > from && bytes[before]! <= 0x20) before--;
    let behind = end;
    while (behind < to && bytes[behind]! <= 0x20) behind++;
    if (behind >= to || !VALUE_BEGINS.includes(bytes[before]!) || !VALUE_ENDS.includes(bytes[behind]!)) return false;
    for (; this.#counted < begin; this.#counted++) {
      const c = bytes[this.#counted];
      if (c === BACKSLASH) this.#counted++;
      else if (c === QUOTE) this.#inString = !this.#inString;
    }
    return !this.#inString;
  }
}

const VALUE_BEGINS = Buffer.from(':[,');
const VALUE_ENDS = Buffer.from(',]}');

function roomFor(length: number): Buffer {
  let size = 4096;
  while (size < length) size *= 2;
  return Buffer.allocUnsafeSlow(size);
}
