/**
 * Content that is one JSON object: checked byte by byte, so that it can be pasted into the document as it is.
 *
 * What a server must refuse is found here. A line that is no JSON, is too large or goes too deep stays a plain message. A member that
 * no server takes beside the others is left out of the object: a name with a blank part, a name that is an object for one member
 * and a value for another, an array of several kinds of values, a number without room. An array is left out as a whole, since a
 * part of it would be another list. Of a member that is there twice the last one counts.
 */
import { Buffer } from 'node:buffer';
import { CR, LF, SPACE, TAB } from '../../util/ascii.ts';
import { mendSurrogates, numberEnd, STOP, stringEnd } from '../format/jsontext.ts';
import { same } from '../format/words.ts';
import { JsonCuts } from './json-cuts.ts';
import { objectEnd } from './json-line.ts';
import { IS_TIMESTAMP, JsonName, MAX_DEPTH, TWICE, UNFIT } from './json-names.ts';
import { known } from './ecs-names.ts';
import { BOOLEAN, DECIMAL, INTEGER, JsonPaths, longer, OBJECT, ROOT, TIME } from './json-paths.ts';
import { JsonSaid } from './json-said.ts';
import { numberKind, shortInteger, textKind } from './json-values.ts';

/** Lucene takes keywords of 32,766 bytes. In a flattened field the path counts too. */
const MAX_BYTES = 32_000;
/** Elasticsearch makes an array of so many decimals a vector. Such a field takes no other length, and no zeros. */
const VECTOR = 128;

const NOTHING: Buffer = Buffer.alloc(0);

export class JsonScan {
  readonly said = new JsonSaid();
  /** What is to be left out: the message member; or, if it is `partial`, what no server takes. */
  readonly cuts = new JsonCuts();
  /** Members that the object has at its top. */
  members = 0;
  /** Something is left out that is to be found in the line only. */
  partial = false;

  /** What the object was read from: the line, or a mended copy. Borrowed. */
  bytes = NOTHING;
  #from = 0;
  #to = 0;
  /** There is a line end between its members. */
  #hasBreaks = false;
  #keepsMessage = false;
  #objects = 0;
  /** How many arrays are open. */
  #arrays = 0;
  /** No server takes what is being read. */
  #unfit = false;
  /** Where names begin whose member comes again. */
  readonly #dead = new Set<number>();
  #hasDead = false;
  readonly #paths = new JsonPaths();
  readonly #name = new JsonName(this.#paths);
  /** What is being read is the value of a member named so. */
  #isTimestamp = false;

  /**
   * Whether the line bytes[from, to) is one object that may be pasted; `valid`: it is UTF-8. The fields above then describe it. What
   * is no character goes as U+FFFD: a byte that is none, half a surrogate pair. `keepsMessage`: its message stays among its members.
   */
  object(bytes: Buffer, from: number, to: number, valid: boolean, keepsMessage = false): boolean {
    this.#keepsMessage = keepsMessage;
    const end = objectEnd(bytes, from, to);
    if (end - from > MAX_BYTES || end < 0) return false;
    if (valid) {
      if (this.#object(bytes, from, end)) return true;
      // Half a surrogate pair is the only thing that JSON has and UTF-8 has not.
      if (bytes.indexOf('\\u', from, 'latin1') < 0) return false;
    }
    // Hardly any line comes this far.
    const mended = valid ? Buffer.from(bytes.subarray(from, end)) : Buffer.from(bytes.toString('utf8', from, end));
    if (!mendSurrogates(mended, 0, mended.length) && valid) return false;
    return mended.length <= MAX_BYTES && this.#object(mended, 0, mended.length);
  }

  /** Writes what remains of the object to out[o…]; answers where it ended. */
  paste(out: Buffer, o: number): number {
    const end = this.cuts.paste(this.bytes, this.#from, this.#to, out, o);
    // A document is one line. Strings have no raw line ends.
    if (this.#hasBreaks) for (let i = o; i < end; i++) if (out[i] === LF || out[i] === CR) out[i] = SPACE;
    return end;
  }

  /** The line has been dealt with: its bytes are given back. */
  forget(): void {
    this.bytes = NOTHING;
  }

  #object(bytes: Buffer, from: number, to: number): boolean {
    this.bytes = bytes;
    this.#from = from;
    this.#to = to;
    this.#hasBreaks = false;
    if (this.#hasDead) this.#dead.clear();
    this.#hasDead = false;
    let found = this.#read(from);
    this.#hasDead = this.#dead.size > 0;
    if (found && this.#hasDead) found = this.#read(from);
    if (!found) return false;
    this.partial = this.cuts.count > 0;
    this.said.settle(!this.partial, this.#keepsMessage);
    this.#cutMoved();
    return true;
  }

  #read(from: number): boolean {
    this.said.begin();
    this.cuts.backTo(0);
    this.#paths.begin();
    this.members = 0;
    this.#objects = 0;
    this.#arrays = 0;
    this.#unfit = false;
    return this.#members(from + 1, 1, ROOT) === this.#to;
  }

  /** A member goes with the comma in front. The first ones of an object that go take the comma behind them along. */
  #cutMoved(): void {
    const { bytes, cuts } = this;
    const { moved, movedCount } = this.said;
    let gone = -1; // a comma that went with the member before it
    for (let k = 0; k < 2 * movedCount; k += 2) {
      const before = moved[k]!;
      let to = moved[k + 1]!;
      const isFirst = bytes[before] === 0x7b || before === gone;
      if (isFirst) {
        to = this.#space(to);
        gone = bytes[to] === 0x2c ? to++ : -1;
      }
      cuts.add(isFirst ? before + 1 : before, to);
    }
  }

  /** Reads the members of an object that is `depth` deep, from behind its brace on. Their paths go on from `hash`. */
  #members(i: number, depth: number, hash: number): number {
    const { bytes } = this;
    const name = this.#name;
    const owner = ++this.#objects;
    let kept = false;
    let before = i - 1; // the comma or brace in front of a member
    i = this.#space(i);
    if (bytes[i] === 0x7d) return i + 1;
    for (;;) {
      const from = i + 1;
      const { count } = this.cuts;
      const first = bytes[before] === 0x7b;
      if (!kept && !first && !this.cuts.add(before, before + 1)) return -1;
      const wasUnfit = this.#unfit;
      const isDead = this.#hasDead && this.#dead.has(from);
      i = name.read(bytes, i, this.#to, depth, isDead ? longer(ROOT, from) : hash, owner);
      if (i < 0) return -1;
      const { special } = name;
      if ((special & UNFIT) !== 0) this.#unfit = true;
      if ((special & TWICE) !== 0) this.#dead.add(name.earlier);
      this.#isTimestamp = (special & IS_TIMESTAMP) !== 0;
      const { slot } = name;
      if (bytes[i] === 0x3a && bytes[i + 1]! > 0x20) i++;
      else if ((i = this.#colon(i)) < 0) return -1;
      const value = i;
      i = this.#value(i, name.depth, slot);
      if (i < 0) return -1;
      if (isDead || (this.#unfit && !wasUnfit && this.#arrays === 0)) {
        this.#unfit = wasUnfit;
        this.cuts.backTo(count);
        if (!this.cuts.add(first ? before + 1 : before, i)) return -1;
      } else {
        kept = true;
        if (depth === 1) this.members++;
        if (this.#arrays === 0) {
          const entry = known(this.#paths.hash(slot));
          if (entry !== 0 && bytes[value] !== 0x7b && bytes[value] !== 0x5b)
            this.said.member(entry, bytes, before, value, i);
        }
      }
      if (bytes[i]! <= 0x20) i = this.#space(i);
      if (bytes[i] === 0x7d) break;
      if (bytes[i] !== 0x2c) return -1;
      before = i++;
      if (bytes[i]! <= 0x20) i = this.#space(i);
    }
    this.#isTimestamp = false;
    return i + 1;
  }

  #space(i: number): number {
    const { bytes } = this;
    const to = this.#to;
    for (; i < to; i++) {
      const c = bytes[i];
      if (c === LF || c === CR) this.#hasBreaks = true;
      else if (c !== SPACE && c !== TAB) break;
    }
    return i;
  }

  #colon(i: number): number {
    i = this.#space(i);
    return i < this.#to && this.bytes[i] === 0x3a ? this.#space(i + 1) : -1;
  }

  /** Reads the value at i of a path. */
  #value(i: number, depth: number, slot: number): number {
    const { bytes } = this;
    if (i >= this.#to) return -1;
    const c = bytes[i]!;
    if (c === 0x22) {
      let end = i + 1;
      while (STOP[bytes[end]!] === 0) end++;
      end = bytes[end] === 0x22 && end < this.#to ? end + 1 : stringEnd(bytes, end, this.#to);
      return end < 0 ? -1 : this.#holds(slot, textKind(bytes, i + 1, end - 1), end);
    }
    if (c === 0x7b) {
      if (depth === MAX_DEPTH) return -1;
      this.#holds(slot, OBJECT, i);
      return this.#members(i + 1, depth + 1, this.#paths.behind(slot));
    }
    if (c === 0x5b) return depth < MAX_DEPTH ? this.#elements(i + 1, depth, slot) : -1;
    if (c === 0x74) return same(bytes, i, 'true') ? this.#holds(slot, BOOLEAN, i + 4) : -1;
    if (c === 0x66) return same(bytes, i, 'false') ? this.#holds(slot, BOOLEAN, i + 5) : -1;
    if (c === 0x6e) return same(bytes, i, 'null') ? i + 4 : -1;
    const short = shortInteger(bytes, i);
    if (short > 0) return this.#holds(slot, INTEGER, short);
    const end = numberEnd(bytes, i);
    return end < 0 ? -1 : this.#holds(slot, numberKind(bytes, i, end), end);
  }

  /** The path holds a value of this kind. Answers `end`. */
  #holds(slot: number, kind: number, end: number): number {
    if (!this.#paths.holds(slot, kind) || (this.#isTimestamp && kind !== TIME && kind !== INTEGER)) this.#unfit = true;
    return end;
  }

  /** Reads the elements of an array from behind its bracket on. */
  #elements(i: number, depth: number, slot: number): number {
    const { bytes } = this;
    i = this.#space(i);
    if (bytes[i] === 0x5d) return i + 1;
    this.#arrays++;
    for (let n = 1; ; n++) {
      i = this.#value(i, depth + 1, slot);
      if (i < 0) return -1;
      i = this.#space(i);
      if (bytes[i] === 0x5d) {
        this.#arrays--;
        if (n >= VECTOR && this.#paths.kind(slot) === DECIMAL) this.#unfit = true;
        return i + 1;
      }
      if (bytes[i] !== 0x2c) return -1;
      i = this.#space(i + 1);
    }
  }
}
