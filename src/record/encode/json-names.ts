/**
 * The name of a member of a JSON object, and the path it stands for.
 */
import type { Buffer } from 'node:buffer';
import { stringEnd } from '../format/jsontext.ts';
import { same } from '../format/words.ts';
import { ELSEWHERE, type JsonPaths, longer, NEW, OBJECT, ROOT } from './json-paths.ts';

/** Elasticsearch and OpenSearch go 20 deep. Three are left to `json` and to what a template may add. */
export const MAX_DEPTH = 16;
const MAX_NAME = 256;
/** Elasticsearch's own template of logs takes a member of this name for a date, however deep it is. */
const TIMESTAMP = '@timestamp';

/** What a byte is within a name; 0: it shows that its part of the name is not blank. */
const CLASS = new Uint8Array(256);
const END = 1;
const DOT = 2;
const MAY_BE_BLANK = 3;
CLASS.fill(END, 0, 0x20);
CLASS[0x22] = CLASS[0x5c] = END;
CLASS[0x2e] = DOT;
CLASS[0x20] = MAY_BE_BLANK;
// Blanks beyond ASCII begin with E1, E2 and E3. Other characters do too.
CLASS.fill(MAY_BE_BLANK, 0x80, 0xc0);
CLASS.fill(MAY_BE_BLANK, 0xe1, 0xe4);

export class JsonName {
  /** Its path, in the paths given. */
  slot = 0;
  /** How deep its value is: dots count. */
  depth = 0;
  /** A server takes it, if it takes the value. */
  fits = false;
  /** Where the same object has it before, else negative. */
  earlier = NEW;
  isTimestamp = false;
  readonly #paths: JsonPaths;

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
    const paths = this.#paths;
    const inDepth = depth;
    let part = from; // the name from its last dot on
    let blank = true;
    let fits = true;
    for (; i < to; i++) {
      const c = bytes[i]!;
      const what = CLASS[c]!;
      if (what === 0) blank = false;
      else if (what === END) break;
      else if (what === DOT) {
        const slot = paths.slot(hash);
        if (slot < 0) return -1;
        if ((blank && isBlank(bytes, part, i)) || !paths.holds(slot, OBJECT)) fits = false;
        part = i + 1;
        blank = true;
        depth++;
      }
      hash = longer(hash, c);
    }
    if (bytes[i] === 0x5c) {
      // What is escaped may be a dot, a blank, a NUL. Hardly anybody writes such names.
      i = stringEnd(bytes, i, to) - 1;
      hash = longer(ROOT, from);
      fits = false;
    }
    if (i < from || i >= to || bytes[i] !== 0x22 || depth > MAX_DEPTH) return -1;
    if (i - from > MAX_NAME || (blank && isBlank(bytes, part, i))) fits = false;
    const slot = paths.slot(hash);
    if (slot < 0) return -1;
    this.earlier = fits ? paths.member(slot, owner, inDepth, from) : NEW;
    this.fits = fits && this.earlier !== ELSEWHERE;
    this.slot = slot;
    this.depth = depth;
    this.isTimestamp = i - part === TIMESTAMP.length && same(bytes, part, TIMESTAMP);
    return i + 1;
  }
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  return bytes.toString('utf8', from, to).trim() === '';
}
