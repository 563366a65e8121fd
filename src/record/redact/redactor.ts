/**
 * Redacts the content of a record: what is found is replaced by a mark that tells its kind. Content in which nothing is found stays where
 * it is, and nothing is allocated for it.
 */
import { Buffer } from 'node:buffer';
import type { OwnSecret } from '../../types.ts';
import { isDigit, OPEN_BRACE } from '../../util/ascii.ts';
import { Finder } from './finder.ts';
import { mark, NUMBERS, ownIndex, ownKind, ownMark, PRIVATE_KEY } from './kinds.ts';
import { Unfolder } from './unfold.ts';

/* How the end of a record is. */
export const WHOLE = 0;
/** Its end did not come. It may be whole all the same: output without a line feed. */
export const UNENDED = 1;
/** More of it came than is kept. */
export const CUT_OFF = 2;

/** What a log asks for. */
export interface Wanted {
  /** A mask of kinds; 0: no presets. */
  readonly redact: number;
  readonly secrets: readonly OwnSecret[];
}

/** A byte of content becomes so many in JSON at most. */
const ESCAPED = 6;
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
  readonly #maxBytes: number;
  /** Up to where the quotes of a JSON object are counted, and whether that is within a string. */
  #counted = 0;
  #inString = false;

  /** `maxBytes`: longest content of a record. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Redacts bytes[from, to). `wanted`: what is asked for, as a mask (kinds.ts) and as patterns. `inKey`: the record comes within a block
   * of a private key. `ending`: how its end is. False: nothing was found, and the content stays as it is.
   */
  redact(bytes: Buffer, from: number, to: number, wanted: Wanted, inKey: boolean, ending: number): boolean {
    const { redact: mask, secrets } = wanted;
    const finder = this.#finder;
    const { spans } = finder;
    const isKey = inKey && (mask & PRIVATE_KEY) !== 0;
    const isPlain = finder.find(bytes, from, to, mask, isKey, false);
    if (isPlain) {
      if (ending !== WHOLE && mask !== 0) finder.cut(bytes, from, to, ending === CUT_OFF);
    } else {
      const length = this.#unfold(bytes, from, to);
      finder.find(this.#unfolded, 0, length, mask, isKey, true);
      if (ending !== WHOLE && mask !== 0) finder.cut(this.#unfolded, 0, length, ending === CUT_OFF);
      if (secrets.length > 0) this.#findOwn(secrets, this.#unfolded, 0, length, ending);
      this.#fold(bytes, from, to);
    }
    // Also where it has escapes: a pattern may have been written for them.
    if (secrets.length > 0) this.#findOwn(secrets, bytes, from, to, ending);
    this.keyGoesOn = finder.keyGoesOn;
    if (spans.count === 0) return false;
    this.#replace(bytes, from, to, secrets);
    return true;
  }

  /** How much the last call found of each kind, by its name. */
  found(secrets: readonly OwnSecret[]): Map<string, number> {
    const { spans } = this.#finder;
    const counts = new Map<string, number>();
    for (let k = 0; k < spans.count; k++) {
      const name = markOf(spans.kind(k), secrets).toString('latin1');
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  /** Adds what the patterns find. */
  #findOwn(secrets: readonly OwnSecret[], bytes: Buffer, from: number, to: number, ending: number): void {
    const { spans } = this.#finder;
    const before = spans.count;
    secrets.forEach(({ pattern }, k) => {
      pattern.find(bytes, from, to, ending !== WHOLE, (begin, end) => spans.put(begin, end, ownKind(k)));
    });
    if (spans.count > before) spans.settle();
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

  /** What was found in the content without its escapes is put where it is in bytes[from, to). */
  #fold(bytes: Buffer, from: number, to: number): void {
    const { spans } = this.#finder;
    if (spans.count === 0) return;
    const walk = this.#unfolder;
    walk.begin(bytes, from, to);
    for (let k = 0, walked = 0; k < spans.count; k++) {
      for (; walked <= spans.from(k); walked++) walk.step();
      const begin = walk.from;
      for (; walked < spans.to(k); walked++) walk.step();
      spans.move(k, begin, walk.to);
    }
  }

  /** Writes bytes[from, to) with a mark for each span. */
  #replace(bytes: Buffer, from: number, to: number, secrets: readonly OwnSecret[]): void {
    const { spans } = this.#finder;
    let hidden = 0;
    let marks = 0;
    for (let k = 0; k < spans.count; k++) {
      hidden += spans.to(k) - spans.from(k);
      marks += markOf(spans.kind(k), secrets).length + 2;
    }
    // Many marks of short matches would be longer than any document.
    if (ESCAPED * (to - from - hidden) + marks > ESCAPED * this.#maxBytes) {
      const all = markOf(spans.kind(0), secrets);
      this.bytes = this.bytes.length < all.length ? roomFor(all.length) : this.bytes;
      this.length = all.copy(this.bytes);
      return;
    }
    const need = to - from - hidden + marks;
    if (this.bytes.length < need) this.bytes = roomFor(need);
    const out = this.bytes;
    // Something may stand in front of an object.
    const brace = bytes.subarray(from, Math.min(to, from + BEFORE_OBJECT)).indexOf(OPEN_BRACE);
    const isObject = brace >= 0;
    this.#counted = from + Math.max(brace, 0);
    this.#inString = false;
    let o = 0;
    let at = from;
    for (let k = 0; k < spans.count; k++) {
      const kind = spans.kind(k);
      const begin = spans.from(k);
      o += bytes.copy(out, o, at, begin);
      at = spans.to(k);
      const mayBeNumber = isObject && (kind < 0 || (kind & NUMBERS) !== 0);
      const isNumber = mayBeNumber && this.#isNumber(bytes, from, begin, at, to);
      if (isNumber) out[o++] = QUOTE;
      o += markOf(kind, secrets).copy(out, o);
      if (isNumber) out[o++] = QUOTE;
    }
    this.length = o + bytes.copy(out, o, at, to);
  }

  /** Whether bytes[begin, end) is a number of the JSON object that begins at `from`: a mark needs quotes there. */
  #isNumber(bytes: Buffer, from: number, begin: number, end: number, to: number): boolean {
    for (let i = begin; i < end; i++) if (!isDigit(bytes[i]) && !IN_NUMBER.includes(bytes[i]!)) return false;
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

/** What stands in the document in place of one of this kind. */
function markOf(kind: number, secrets: readonly OwnSecret[]): Buffer {
  const own = ownIndex(kind);
  return own < 0 ? mark(kind) : ownMark(secrets[own]!.name);
}

const VALUE_BEGINS = Buffer.from(':[,');
const VALUE_ENDS = Buffer.from(',]}');
const IN_NUMBER = Buffer.from('-+.eE');

function roomFor(length: number): Buffer {
  let size = 4096;
  while (size < length) size *= 2;
  return Buffer.allocUnsafeSlow(size);
}
