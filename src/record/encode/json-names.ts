/**
 * The name of a member of a JSON object, and the path it stands for.
 */
import { Buffer } from 'node:buffer';
import { decodeString, stringEnd } from '../format/jsontext.ts';
import { same } from '../format/words.ts';
import { ELSEWHERE, type JsonPaths, longer, NEW, OBJECT } from './json-paths.ts';

/** Elasticsearch and OpenSearch go 20 deep. Three are left to `json` and to what a template may add. */
export const MAX_DEPTH = 16;
const MAX_NAME = 256;
/** So many bytes a name may have that is written in escapes only. */
const LONGEST_ESCAPED = 6 * MAX_NAME;
const TIMESTAMP = '@timestamp';

/** What a byte is within a name; 0: nothing special. */
const CLASS = new Uint8Array(256);
const END = 1;
const DOT = 2;
/** It may be a blank, or begin TIMESTAMP. */
const LOOK = 3;
CLASS.fill(END, 0, 0x20);
CLASS[0x22] = CLASS[0x5c] = END;
CLASS[0x2e] = DOT;
CLASS[0x20] = CLASS[0x40] = LOOK;
// Blanks beyond ASCII begin with E1, E2 and E3. Other characters do too.
CLASS.fill(LOOK, 0x80, 0xc0);
CLASS.fill(LOOK, 0xe1, 0xe4);

/** No server takes it. */
export const UNFIT = 1;
/** The same object has it before. */
export const TWICE = 2;
/** Elasticsearch's own template of logs takes it for a date, however deep it is. */
export const IS_TIMESTAMP = 4;

export class JsonName {
  /** Its path, in the paths given. */
  slot = 0;
  /** How deep its value is: dots count. */
  depth = 0;
  /** What is special about it: 0, or some of UNFIT, TWICE and IS_TIMESTAMP. */
  special = 0;
  /** If TWICE: where the same object has it before. */
  earlier = 0;
  readonly #paths: JsonPaths;
  /** The decoded name, if it has escapes. */
  readonly #text = Buffer.allocUnsafeSlow(LONGEST_ESCAPED);

  constructor(paths: JsonPaths) {
    this.#paths = paths;
  }

  /**
   * Reads the name at i of a member of the object `owner`, which is `depth` deep and whose members' paths go on from `hash`. Answers
   * what follows its quote, and -1 if it is none, or too much. bytes[i, to) is valid UTF-8. The fields above then describe it.
   */
  read(bytes: Buffer, i: number, to: number, depth: number, hash: number, owner: number): number {
    if (bytes[i] !== 0x22) return -1;
    const from = ++i;
    const before = hash;
    let c = bytes[i]!;
    while (CLASS[c] === 0) {
      hash = longer(hash, c);
      c = bytes[++i]!;
    }
    if (c !== 0x22 || i === from || i - from > MAX_NAME || i >= to)
      return this.#odd(bytes, from, i, to, depth, before, owner);
    const slot = this.#paths.slot(hash);
    if (slot < 0) return -1;
    this.slot = slot;
    this.depth = depth;
    this.special = this.#again(this.#paths.member(slot, owner, depth, from));
    return i + 1;
  }

  /** The same for a name with dots, blanks or escapes, and for one that is too short or too long. It begins at `from`. */
  #odd(bytes: Buffer, from: number, i: number, to: number, depth: number, hash: number, owner: number): number {
    while (i < to && bytes[i] !== 0x22 && bytes[i] !== 0x5c && bytes[i]! >= 0x20) i++;
    if (bytes[i] === 0x22 && i < to) return this.#path(bytes, from, i, depth, hash, owner, from) ? i + 1 : -1;
    const end = stringEnd(bytes, i, to);
    if (end < 0) return -1;
    const text = this.#text;
    // What is too long is left out, whatever it is.
    if (end - 1 - from > text.length) return this.#path(bytes, from, end - 1, depth, hash, owner, from) ? end : -1;
    return this.#path(text, 0, decodeString(bytes, from, end - 1, text), depth, hash, owner, from) ? end : -1;
  }

  /** Takes in the name bytes[from, to), decoded, which stands at `at` in the line. False: it is too much. */
  #path(bytes: Buffer, from: number, to: number, inDepth: number, hash: number, owner: number, at: number): boolean {
    const paths = this.#paths;
    let depth = inDepth;
    let part = from; // the name from its last dot on
    let blank = true;
    let fits = to - from <= MAX_NAME;
    for (let i = from; i < to; i++) {
      const c = bytes[i]!;
      const what = CLASS[c]!;
      if (what === 0) blank = false;
      else if (what === DOT) {
        const slot = paths.slot(hash);
        if (slot < 0) return false;
        if ((blank && isBlank(bytes, part, i)) || !paths.holds(slot, OBJECT)) fits = false;
        part = i + 1;
        blank = true;
        depth++;
      } else if (c === 0) fits = false;
      hash = longer(hash, c);
    }
    if (depth > MAX_DEPTH) return false;
    const slot = paths.slot(hash);
    if (slot < 0) return false;
    this.slot = slot;
    this.depth = depth;
    if (!fits || (blank && isBlank(bytes, part, to))) this.special = UNFIT;
    else this.special = this.#again(paths.member(slot, owner, inDepth, at));
    if (to - part === TIMESTAMP.length && same(bytes, part, TIMESTAMP)) this.special |= IS_TIMESTAMP;
    return true;
  }

  /** What is special about a member of which JsonPaths.member() answers this. */
  #again(earlier: number): number {
    if (earlier === NEW) return 0;
    this.earlier = earlier;
    return earlier === ELSEWHERE ? UNFIT : TWICE;
  }
}

/** What Java or JavaScript takes for white space. */
function isBlank(bytes: Buffer, from: number, to: number): boolean {
  return (
    bytes
      .toString('utf8', from, to)
      .replace(/[\x1c-\x1f]/g, '')
      .trim() === ''
  );
}
