/**
 * Finds all matches of a pattern in linear time.
 *
 * To search again behind each match is quadratic: `<a>.*</a>|<a>` reads on to the end for each `<a>`. So the content is walked once,
 * from its end to its beginning. At each place every step of the pattern knows where a match ends that goes on with it there: it
 * follows from what the steps know one character later. A step with a choice takes the first one that leads to a match, as a search
 * does that goes back; where what repeats may be empty, as in `(a*|b)*`, it takes the longer one. Then the leftmost matches are read
 * off, from left to right.
 *
 * Time is the content times the steps of the pattern. It is asked only of content that has a match.
 */

import { decode } from './utf8.ts';

/** A step of a compiled pattern, as the library has it (its class Inst). */
export interface Step {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  matchRune(rune: number): boolean;
}

/* The library's numbers of steps. */
const ALT = 1;
const ALT_MATCH = 2;
const CAPTURE = 3;
const EMPTY_WIDTH = 4;
const MATCH = 6;
const NOP = 7;
const FIRST_RUNE = 8;
const LAST_RUNE = 11;

/* What an EMPTY_WIDTH asks for, as bits. */
const BEGIN_LINE = 1;
const END_LINE = 2;
const BEGIN_TEXT = 4;
const END_TEXT = 8;
const WORD_BOUNDARY = 16;
const NO_WORD_BOUNDARY = 32;
const ANYTHING = 63;

/* The numbers of a CAPTURE. */
const GROUP_BEGINS = 2;
const GROUP_ENDS = 3;

const NONE = -1;
const LF = 0x0a;
/** A character has four bytes at most: the places of so many are kept at a time, as a power of two. */
const KEPT = 8;

export class PatternSpans {
  /** It can match where there is nothing. */
  readonly matchesNothing: boolean;
  readonly #steps: readonly Step[];
  readonly #start: number;
  /** Steps that take no character, each behind those it leads to, as far as they do not lead round. */
  readonly #order: readonly number[];
  /** How many of them others lead back to: so many further passes are enough. */
  readonly rounds: number;
  /** By step: it leads to itself without a character. */
  readonly #isRound: Uint8Array;
  readonly #takes: readonly number[];
  readonly #hasGroup: boolean;
  /** By ASCII character and step: whether it takes the character. */
  readonly #ascii: Uint8Array;
  /** By place, modulo KEPT, and step: where the match ends, where its group begins and ends; NONE. */
  readonly #end: Int32Array;
  readonly #groupFrom: Int32Array;
  readonly #groupTo: Int32Array;
  /** The same of a match that begins at a place, for all places of the content. */
  #places = places(0);

  constructor(steps: readonly Step[], start: number) {
    this.#steps = steps;
    this.#start = start;
    this.#takes = steps.flatMap((step, k) => (takes(step) ? [k] : []));
    const { order, heads } = emptyOrder(steps, [start, ...this.#takes.map((k) => steps[k]!.out)]);
    this.#order = order;
    this.rounds = heads.size;
    this.#isRound = Uint8Array.from(steps, (step, k) => (heads.size > 0 && leadsTo(steps, step, k) ? 1 : 0));
    this.#hasGroup = steps.some(({ op, arg }) => op === CAPTURE && arg === GROUP_BEGINS);
    this.matchesNothing = emptyOrder(steps, [start]).order.some((k) => steps[k]!.op === MATCH);
    this.#ascii = new Uint8Array(128 * steps.length);
    for (const k of this.#takes)
      for (let c = 0; c < 128; c++) if (steps[k]!.matchRune(c)) this.#ascii[c * steps.length + k] = 1;
    this.#end = new Int32Array(KEPT * steps.length);
    this.#groupFrom = new Int32Array(KEPT * steps.length);
    this.#groupTo = new Int32Array(KEPT * steps.length);
  }

  /** See TextPattern.find(). */
  find(bytes: Uint8Array, from: number, to: number, goesOn: boolean, found: (from: number, to: number) => void): void {
    this.#places = places(to - from + 1);
    for (let i = to; i >= from; i--) this.#walk(bytes, i, from, to, goesOn);
    const { ends, groupFroms, groupTos } = this.#places;
    for (let i = from; i < to;) {
      const end = ends[i - from]!;
      if (end <= i) {
        i += decode(bytes, i, to) & 7;
        continue;
      }
      const groupFrom = groupFroms[i - from]!;
      const groupTo = groupTos[i - from]!;
      // A group that only comes behind the end of what is there hides nothing. A match that is longer than a search would make it
      // may have passed over one that has a group: all of it is told.
      if (groupFrom !== NONE && groupFrom < groupTo) found(groupFrom, groupTo);
      else if ((groupFrom === NONE && groupTo === NONE) || this.rounds > 0) found(i, end);
      i = end;
    }
    this.#places = places(0);
  }

  /** Works out what every step knows at i from what they know behind the character there. */
  #walk(bytes: Uint8Array, i: number, from: number, to: number, goesOn: boolean): void {
    const steps = this.#steps;
    const n = steps.length;
    const here = (i % KEPT) * n;
    this.#end.fill(NONE, here, here + n);
    if (i === to) {
      // What is alive at the end could go on. Its group, if it has begun, goes on to the end.
      if (goesOn) for (const k of this.#takes) this.#set(here + k, to, NONE, this.#hasGroup ? to : NONE);
    } else {
      const c = bytes[i]!;
      const decoded = decode(bytes, i, to);
      const behind = ((i + (decoded & 7)) % KEPT) * n;
      const row = c < 128 ? c * n : -1;
      for (const k of this.#takes) {
        const next = behind + steps[k]!.out;
        if (this.#end[next] === NONE) continue;
        if (row >= 0 ? this.#ascii[row + k] === 1 : steps[k]!.matchRune(decoded >> 3)) this.#copy(here + k, next);
      }
    }
    const isAt = goesOn && i === to ? ANYTHING : context(bytes, i, from, to);
    for (let pass = 0, more = true; more && pass <= this.rounds + 1; pass++) {
      more = false;
      for (const k of this.#order) if (this.#empty(steps[k]!, here, k, i, isAt)) more = this.rounds > 0;
    }
    const first = here + this.#start;
    const place = i - from;
    this.#places.ends[place] = this.#end[first]!;
    this.#places.groupFroms[place] = this.#groupFrom[first]!;
    this.#places.groupTos[place] = this.#groupTo[first]!;
  }

  /** A step that takes no character. Whether it knows something new. */
  #empty({ op, out, arg }: Step, here: number, k: number, i: number, isAt: number): boolean {
    const ends = this.#end;
    const before = ends[here + k]!;
    if (op === MATCH) return before === NONE && this.#set(here + k, i, NONE, NONE);
    let next = here + out;
    if (op === ALT || op === ALT_MATCH) {
      const other = here + arg;
      if (ends[next] === NONE || (this.#isRound[k] === 1 && ends[other]! > ends[next]!)) next = other;
    }
    const end = ends[next]!;
    if (end === NONE || (op === EMPTY_WIDTH && (arg & ~isAt) !== 0)) return false;
    if (end === before || (this.#isRound[k] === 1 && end < before)) return false;
    this.#copy(here + k, next);
    // Of a group that is passed several times the last time counts, which is known already.
    if (op === CAPTURE && arg === GROUP_BEGINS && this.#groupFrom[here + k] === NONE) this.#groupFrom[here + k] = i;
    if (op === CAPTURE && arg === GROUP_ENDS && this.#groupTo[here + k] === NONE) this.#groupTo[here + k] = i;
    return true;
  }

  #copy(k: number, next: number): void {
    this.#set(k, this.#end[next]!, this.#groupFrom[next]!, this.#groupTo[next]!);
  }

  #set(k: number, end: number, groupFrom: number, groupTo: number): true {
    this.#end[k] = end;
    this.#groupFrom[k] = groupFrom;
    this.#groupTo[k] = groupTo;
    return true;
  }
}

interface Places {
  readonly ends: Int32Array;
  readonly groupFroms: Int32Array;
  readonly groupTos: Int32Array;
}

/** Most records are shorter: memory for so many places is kept, for all patterns together. */
const ORDINARY = 16 * 1024;

const newPlaces = (room: number): Places => ({
  ends: new Int32Array(room),
  groupFroms: new Int32Array(room),
  groupTos: new Int32Array(room),
});
const ordinary = newPlaces(ORDINARY);

/** Room for so many places, whose content is anything. */
function places(count: number): Places {
  return count <= ORDINARY ? ordinary : newPlaces(count);
}

function takes({ op }: Step): boolean {
  return op >= FIRST_RUNE && op <= LAST_RUNE;
}

/**
 * The steps that can be reached from `roots` without a character, each behind those it leads to, as far as they do not lead round;
 * `heads`: those that others lead back to.
 */
function emptyOrder(steps: readonly Step[], roots: readonly number[]): { order: number[]; heads: Set<number> } {
  const order: number[] = [];
  const heads = new Set<number>();
  const begun = new Set<number>();
  const done = new Set<number>();
  const visit = (k: number): void => {
    if (begun.has(k)) {
      if (!done.has(k)) heads.add(k);
      return;
    }
    if (takes(steps[k]!)) return;
    begun.add(k);
    for (const next of leads(steps[k]!)) visit(next);
    done.add(k);
    order.push(k);
  };
  for (const root of roots) visit(root);
  return { order, heads };
}

/** Where a step leads to without a character. */
function leads(step: Step): readonly number[] {
  const { op, out, arg } = step;
  if (op === ALT || op === ALT_MATCH) return [out, arg];
  return op === CAPTURE || op === EMPTY_WIDTH || op === NOP ? [out] : [];
}

function leadsTo(steps: readonly Step[], step: Step, k: number): boolean {
  return leads(step).some((next) => emptyOrder(steps, [next]).order.includes(k));
}

/** What an EMPTY_WIDTH may ask for that is true at i. */
function context(bytes: Uint8Array, i: number, from: number, to: number): number {
  let is = 0;
  if (i === from) is |= BEGIN_TEXT | BEGIN_LINE;
  else if (bytes[i - 1] === LF) is |= BEGIN_LINE;
  if (i === to) is |= END_TEXT | END_LINE;
  else if (bytes[i] === LF) is |= END_LINE;
  const isBoundary = (i > from && isWord(bytes[i - 1]!)) !== (i < to && isWord(bytes[i]!));
  return is | (isBoundary ? WORD_BOUNDARY : NO_WORD_BOUNDARY);
}

/** RE2's words are ASCII. */
function isWord(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || c === 0x5f || (c >= 0x61 && c <= 0x7a);
}
