/**
 * What a line of plain text says of its record, as its format has it: the level, and places in the text that become ECS members.
 *
 * A value is taken only if no server can refuse it beside those of other documents: a whole number, an address, a text that is no date.
 * One that is empty, `-`, or longer than MOST_VALUE is left out; it stands in the message.
 */
import { Buffer } from 'node:buffer';
import { isDigit } from '../../../util/ascii.ts';
import { CREATED, DURATION, FILE, LINE, TARGETS, targetOf } from '../ecs-names.ts';
import { isIp } from '../ip.ts';
import { TEXT, TIME } from '../json-paths.ts';
import { putNanoseconds } from '../nanoseconds.ts';
import { textKind } from '../json-values.ts';
import { LogfmtMembers } from './logfmt.ts';

/** Bytes of a text. More is stored by no index of `podferry setup`. */
const MOST_VALUE = 4096;
const MOST_DIGITS = 15;

const CLIENT_IP = targetOf('client.ip');
const ADDRESS = targetOf('source.address');

const ERRORS = TARGETS.reduce((mask, { path }, t) => (path.startsWith('error.') ? mask | (1 << t) : mask), 0);

const NOTHING: Buffer = Buffer.alloc(0);

/** The level is not known from the format: it is looked for as in any text. */
export const ASK = -1;

/** Everyone may read its fields; only its methods change them. */
export class TextSaid {
  /** The line, which ends where `#end` says. Borrowed. */
  bytes = NOTHING;
  #end = 0;
  /** 0: the line has none, whatever words are in it. */
  level = ASK;
  /** The targets of ecs-names.ts that have a value, a bit each. The value of target t is [from[t], to[t]) of the line, without quotes. */
  found = 0;
  readonly from = new Int32Array(TARGETS.length);
  readonly to = new Int32Array(TARGETS.length);
  /** If it is logfmt: all it says. */
  readonly members = new LogfmtMembers();
  /** Of CREATED and DURATION the places are in here. */
  readonly made = Buffer.alloc(96);

  /** Forgets all: another line, or another format, is read. No value lies behind `end`. */
  begin(bytes: Buffer, end: number): void {
    this.bytes = bytes;
    this.#end = end;
    this.level = ASK;
    this.found = 0;
    this.members.forget();
  }

  setLevel(level: number): void {
    this.level = level;
  }

  /** The exception of the trace behind the line says what `error` has. */
  leaveError(): void {
    this.found &= ~ERRORS;
  }

  /** bytes[from, to) is a text. */
  text(target: number, bytes: Buffer, from: number, to: number): void {
    if (to <= from || to - from > MOST_VALUE || (to - from === 1 && bytes[from] === 0x2d)) return;
    if (textKind(bytes, from, to) === TEXT) this.#keep(target, from, to);
  }

  /** The same for one that can be no date: it begins with a letter or a slash, or is shorter. */
  plain(target: number, from: number, to: number): void {
    if (to > from && to - from <= MOST_VALUE) this.#keep(target, from, to);
  }

  /** bytes[from, to) is a whole number; taken without zeros in front. */
  integer(target: number, bytes: Buffer, from: number, to: number): void {
    while (to - from > 1 && bytes[from] === 0x30) from++;
    if (to <= from || to - from > MOST_DIGITS) return;
    for (let i = from; i < to; i++) if (!isDigit(bytes[i])) return;
    this.#keep(target, from, to);
  }

  /** bytes[from, to) is a file and a line, `x.cc:17`. False: it is something else, and nothing is told. */
  place(bytes: Buffer, from: number, to: number): boolean {
    let colon = to - 1;
    while (isDigit(bytes[colon])) colon--;
    if (bytes[colon] !== 0x3a || colon <= from || colon === to - 1) return false;
    this.text(FILE, bytes, from, colon);
    this.integer(LINE, bytes, colon + 1, to);
    return true;
  }

  /** bytes[from, to) is who asked: an address, or a name. */
  client(bytes: Buffer, from: number, to: number): void {
    this.found &= ~((1 << CLIENT_IP) | (1 << ADDRESS));
    if (isIpv4(bytes, from, to) || isIp(bytes, from, to)) this.#keep(CLIENT_IP, from, to);
    else this.text(ADDRESS, bytes, from, to);
  }

  /** The same with a port behind it, as in `10.1.2.3:80` and `[2001:db8::1]:80`; `always`: also behind an IPv6 address without brackets. */
  clientAndPort(bytes: Buffer, from: number, to: number, always: boolean): void {
    let digits = to;
    while (digits > from && isDigit(bytes[digits - 1])) digits--;
    const colon = digits - 1;
    let first = from;
    while (first < colon && bytes[first] !== 0x3a) first++;
    if (digits === to || colon <= from || bytes[colon] !== 0x3a) this.client(bytes, from, to);
    else if (bytes[from] === 0x5b && bytes[colon - 1] === 0x5d) this.client(bytes, from + 1, colon - 1);
    else this.client(bytes, from, first === colon || always ? colon : to);
  }

  /**
   * bytes[from, to) is a decimal number of this unit (nanoseconds.ts); it is taken if it is exact in nanoseconds.
   */
  duration(bytes: Buffer, from: number, to: number, unit: number): void {
    const end = putNanoseconds(bytes, from, to, unit, this.made, DURATION_AT);
    if (end > 0) this.#keep(DURATION, DURATION_AT, end);
  }

  /** text[0, to) is the application's own time, RFC 3339: at most 35 bytes. It is copied. */
  created(text: Buffer, to: number): void {
    if (textKind(text, 0, to) !== TIME) return;
    for (let i = 0; i < to; i++) this.made[i] = text[i]!;
    this.#keep(CREATED, 0, to);
  }

  #keep(target: number, from: number, to: number): void {
    if (to > this.#end && target !== CREATED && target !== DURATION) return;
    this.found |= 1 << target;
    this.from[target] = from;
    this.to[target] = to;
  }
}

const DURATION_AT = 64;

/** `10.1.2.3`, as most addresses are: without a string. */
function isIpv4(bytes: Buffer, from: number, to: number): boolean {
  if (to - from > 15) return false;
  let dots = 0;
  let part = 0;
  let digits = 0;
  for (let i = from; i < to; i++) {
    const c = bytes[i]!;
    if (c === 0x2e) {
      if (digits === 0) return false;
      dots++;
      part = digits = 0;
    } else {
      if (c < 0x30 || c > 0x39 || (digits > 0 && part === 0)) return false;
      part = part * 10 + c - 0x30;
      digits++;
      if (part > 255) return false;
    }
  }
  return dots === 3 && digits > 0;
}
