/**
 * What the members of a JSON line say of the record: its message, its level, and the members that become ECS members of the document.
 */
import { Buffer } from 'node:buffer';
import { isDigit } from '../../util/ascii.ts';
import { ERROR, letterLevel, numberLevel, otelLevel, wordLevel } from '../format/words.ts';
import {
  FILE,
  LEVEL,
  LEVEL_LETTER,
  LEVEL_NUMBER,
  LINE,
  MESSAGE,
  CREATED,
  DURATION,
  PLACE,
  STACK_TRACE,
  TARGETS,
  TOOK_MICROSECONDS,
  TOOK_MILLISECONDS,
  TOOK_SECONDS,
  TOOK_TEXT,
} from './ecs-names.ts';
import { fits, hasLines } from './json-fits.ts';
import { TEXT } from './json-paths.ts';
import { textKind } from './json-values.ts';
import {
  MICROSECONDS,
  MILLISECONDS,
  NANOSECONDS_BYTES,
  numberBefore,
  putNanoseconds,
  SECONDS,
  unitAt,
} from './nanoseconds.ts';
import { numberTime, OWN_TIME_BYTES, textTime } from './own-time.ts';

const ROOM = MESSAGE + 1;
/** Bytes of what is written otherwise than in the line. */
export const MADE_BYTES = OWN_TIME_BYTES + NANOSECONDS_BYTES;
/** By what a member is known for: its unit. */
const UNITS = new Map([
  [TOOK_SECONDS, SECONDS],
  [TOOK_MILLISECONDS, MILLISECONDS],
  [TOOK_MICROSECONDS, MICROSECONDS],
]);
const KINDS = Uint8Array.from(TARGETS, ({ value }) => value);

/** Everyone may read its fields; only its methods change them. Places are in the bytes of the scan. */
export class JsonSaid {
  /** The string of the message member, between its quotes, still escaped; messageFrom < 0 if there is none. */
  messageFrom = -1;
  messageTo = 0;
  /** 0 if unknown. */
  level = 0;
  /** The targets that have a value, a bit each. The value of target t is [from[t], to[t]), quotes included. */
  found = 0;
  /** Those of them, a bit each, whose place is in here, since they are written otherwise than in the line. */
  made = 0;
  readonly madeBytes = Buffer.alloc(MADE_BYTES);
  readonly from = new Int32Array(ROOM);
  readonly to = new Int32Array(ROOM);
  /** Members that are told in the document and so left out of `json`, by where they begin: the comma or brace in front, and the end. */
  readonly moved = new Int32Array(2 * ROOM);
  movedCount = 0;
  readonly #before = new Int32Array(ROOM);
  readonly #end = new Int32Array(ROOM);
  readonly #ranks = new Uint8Array(ROOM);
  #levelRank = 0;
  #hasMessage = false;
  #hasLine = false;

  /** Forgets all. */
  begin(): void {
    this.messageFrom = -1;
    this.level = 0;
    this.found = 0;
    this.made = 0;
    this.#levelRank = 0xff;
    this.#hasMessage = false;
    this.#hasLine = false;
  }

  /** A member that is known (ecs-names.ts) has the value bytes[value, valueTo), no object or array, behind the comma or brace at `before`. */
  member(entry: number, bytes: Buffer, before: number, value: number, valueTo: number): void {
    const target = (entry >> 8) - 1;
    const rank = entry & 0xff;
    const isText = bytes[value] === 0x22;
    if (target === MESSAGE) {
      if (!isText || (this.#hasMessage && this.#ranks[MESSAGE]! <= rank)) return;
      this.#hasMessage = true;
      this.#keep(MESSAGE, rank, before, value, valueTo);
      this.messageFrom = value + 1;
      this.messageTo = valueTo - 1;
    } else if (target > MESSAGE) {
      if (target === PLACE) this.#place(bytes, before, value, valueTo, isText);
      else if (target >= TOOK_SECONDS) this.#took(target, rank, bytes, before, value, valueTo, isText);
      else this.#level(target, rank, bytes, value, valueTo, isText);
    } else if ((this.found & (1 << target)) === 0 || this.#ranks[target]! > rank) {
      if (!fits(KINDS[target]!, bytes, value, valueTo, isText)) {
        if (target === CREATED) this.#created(rank, bytes, before, value, valueTo, isText);
        return;
      }
      if (target === STACK_TRACE && !hasLines(bytes, value, valueTo)) return;
      this.found |= 1 << target;
      this.made &= ~(1 << target);
      this.#keep(target, rank, before, value, valueTo);
    }
  }

  /**
   * The line is read: settles what is moved, in the order of the line. `whole`: nothing else is left out of `json`; `keepsMessage`: nor
   * the message.
   */
  settle(whole: boolean, keepsMessage: boolean): void {
    this.movedCount = 0;
    // A trace without a level of its own.
    if (this.level === 0 && (this.found & (1 << STACK_TRACE)) !== 0) this.level = ERROR;
    if (!whole) return;
    if (this.messageFrom >= 0 && !keepsMessage) this.#move(MESSAGE);
    for (let rest = this.found; rest !== 0; rest &= rest - 1) {
      const target = 31 - Math.clz32(rest & -rest);
      if (this.#end[target]! > 0) this.#move(target);
    }
  }

  /** Puts a member into its place among the moved ones: there are few. */
  #move(target: number): void {
    const { moved } = this;
    let i = this.movedCount++ * 2;
    const before = this.#before[target]!;
    for (; i > 0 && moved[i - 2]! > before; i -= 2) {
      moved[i] = moved[i - 2]!;
      moved[i + 1] = moved[i - 1]!;
    }
    moved[i] = before;
    moved[i + 1] = this.#end[target]!;
  }

  #keep(target: number, rank: number, before: number, value: number, valueTo: number): void {
    this.#ranks[target] = rank;
    this.#before[target] = before;
    this.#end[target] = valueTo;
    this.from[target] = value;
    this.to[target] = valueTo;
  }

  #level(target: number, rank: number, bytes: Buffer, value: number, valueTo: number, isText: boolean): void {
    if (target !== LEVEL) rank += 0x80;
    if (rank >= this.#levelRank) return;
    let found = 0;
    if (target === LEVEL_LETTER)
      found =
        isText && (this.found & ~this.made & (1 << CREATED)) !== 0 ? letterLevel(bytes, value + 1, valueTo - 1) : 0;
    else if (target === LEVEL_NUMBER) found = otelLevel(bytes, value, valueTo);
    else if (isText) found = wordLevel(bytes, value + 1, valueTo - 1) || numberLevel(bytes, value + 1, valueTo - 1);
    else found = numberLevel(bytes, value, valueTo);
    if (found === 0) return;
    this.level = found;
    this.#levelRank = rank;
  }

  /** A time that RFC 3339 has otherwise. */
  #created(rank: number, bytes: Buffer, before: number, value: number, valueTo: number, isText: boolean): void {
    const { madeBytes } = this;
    const length = isText
      ? textTime(bytes, value + 1, valueTo - 1, madeBytes)
      : numberTime(bytes, value, valueTo, madeBytes);
    if (length > 0) this.#keepMade(CREATED, rank, before, valueTo, 0, length);
  }

  #took(
    target: number,
    rank: number,
    bytes: Buffer,
    before: number,
    value: number,
    valueTo: number,
    isText: boolean,
  ): void {
    rank += (target - TOOK_SECONDS + 1) << 5;
    if ((this.found & (1 << DURATION)) !== 0 && this.#ranks[DURATION]! <= rank) return;
    const from = isText ? value + 1 : value;
    const to = isText ? valueTo - 1 : valueTo;
    const unit = target === TOOK_TEXT ? (isText ? unitAt(bytes, from, to) : -1) : UNITS.get(target)!;
    if (unit < 0) return;
    const end = target === TOOK_TEXT ? numberBefore(bytes, from, to) : to;
    const made = putNanoseconds(bytes, from, end, unit, this.madeBytes, OWN_TIME_BYTES);
    if (made > 0) this.#keepMade(DURATION, rank, before, valueTo, OWN_TIME_BYTES, made);
  }

  #keepMade(target: number, rank: number, before: number, valueTo: number, from: number, to: number): void {
    this.found |= 1 << target;
    this.made |= 1 << target;
    this.#keep(target, rank, before, from, to);
    this.#end[target] = valueTo;
  }

  /** `app/main.go:12`: a file and a line. */
  #place(bytes: Buffer, before: number, value: number, valueTo: number, isText: boolean): void {
    if (!isText || this.#hasLine || (this.found & ((1 << FILE) | (1 << LINE))) !== 0) return;
    let colon = valueTo - 1;
    while (isDigit(bytes[colon - 1])) colon--;
    const digits = valueTo - 1 - colon;
    if (digits === 0 || digits > 9 || bytes[colon] === 0x30 || bytes[colon - 1] !== 0x3a || colon - 2 <= value) return;
    if (textKind(bytes, value + 1, colon - 1) !== TEXT) return;
    this.#hasLine = true;
    this.found |= (1 << FILE) | (1 << LINE);
    this.#keep(FILE, 0, before, value, valueTo);
    this.to[FILE] = colon - 1; // the quote that closes it is written with it
    this.#keep(LINE, 0, before, colon, valueTo - 1);
    this.#end[LINE] = 0;
  }

  /** The file is a part of a text: its closing quote is missing. */
  get cutFile(): boolean {
    return this.#hasLine;
  }
}
