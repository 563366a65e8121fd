/**
 * logfmt: a line of nothing but `name=value` and `name="value"`, as logrus, go-kit, slog, Traefik and Grafana write it.
 *
 * It is made a JSON object, so that whatever holds for the members of JSON lines holds for these. The text tells no types: values stay
 * texts, but for whole numbers where ECS has a number. One word that is no pair, one comma or semicolon behind a value, and the line is a sentence.
 */
import { Buffer } from 'node:buffer';
import { isDigit, SPACE } from '../../../util/ascii.ts';
import { escape } from '../escape.ts';
import { INTEGER_VALUE, known, TARGETS } from '../ecs-names.ts';
import { longer, ROOT } from '../json-paths.ts';

/** A JSON line that is longer is not taken apart. */
const MOST_JSON = 32_000;
const LEAST_PAIRS = 2;
const MOST_DIGITS = 15;
const HEX = Buffer.from('0123456789abcdef');

/** What a byte is within a name: 1 the first one of it, or a later one; 2 only a later one; 0 neither. */
const NAME = new Uint8Array(256);
NAME.fill(2, 0x21, 0x7f);
NAME.fill(1, 0x80);
NAME.fill(1, 0x41, 0x5b);
NAME.fill(1, 0x61, 0x7b);
NAME[0x5f] = NAME[0x40] = 1;
for (const c of '="\\,;()[]{}<>\'`|&?') NAME[c.charCodeAt(0)] = 0;

/** By the letter of an escape that JSON has too. */
const IN_JSON = new Uint8Array(256);
for (const c of '"\\/bfnrt') IN_JSON[c.charCodeAt(0)] = 1;

/** The members of a line of logfmt as a JSON object. Everyone may read its fields; only its methods change them. */
export class LogfmtMembers {
  /** The object is bytes[0, length); 0: there is none. */
  length = 0;
  readonly bytes = Buffer.allocUnsafeSlow(MOST_JSON + 16);

  forget(): void {
    this.length = 0;
  }

  /** Whether in[from, to) is a line of logfmt. */
  read(from: Buffer, at: number, to: number): boolean {
    let pairs = 0;
    this.length = 0;
    this.bytes[0] = 0x7b;
    let o = 1;
    for (let i = at; i < to; pairs++) {
      const name = i;
      let hash = ROOT;
      if (NAME[from[i]!] !== 1) return false;
      while (i < to && NAME[from[i]!] !== 0) hash = longer(hash, from[i++]!);
      if (i >= to || from[i] !== 0x3d || o + i - name > MOST_JSON) return false;
      if (pairs > 0) this.bytes[o++] = 0x2c;
      this.bytes[o++] = 0x22;
      o += from.copy(this.bytes, o, name, i);
      this.bytes[o++] = 0x22;
      this.bytes[o++] = 0x3a;
      i++;
      if (from[i] === 0x22 && i < to) {
        const end = valueEnd(from, i + 1, to);
        // An escape of two bytes may become six.
        if (end < 0 || o + 6 * (end - i) > MOST_JSON) return false;
        o = this.#quoted(from, i + 1, end, o);
        i = end + 1;
      } else {
        const end = plainEnd(from, i, to);
        if (end < 0 || o + 6 * (end - i) > MOST_JSON) return false;
        o = this.#plain(from, i, end, hash, o);
        i = end;
      }
      if (i < to && from[i] !== SPACE) return false;
      while (i < to && from[i] === SPACE) i++;
    }
    if (pairs < LEAST_PAIRS) return false;
    this.bytes[o++] = 0x7d;
    this.length = o;
    return true;
  }

  #plain(from: Buffer, i: number, end: number, hash: number, o: number): number {
    if (isNumber(from, i, end, hash)) return o + from.copy(this.bytes, o, i, end);
    this.bytes[o++] = 0x22;
    o = escape(from, i, end, this.bytes, o);
    this.bytes[o++] = 0x22;
    return o;
  }

  /** The text between quotes: escapes that only Go has become those of JSON. */
  #quoted(from: Buffer, i: number, end: number, o: number): number {
    const out = this.bytes;
    out[o++] = 0x22;
    while (i < end) {
      let part = i;
      while (part < end && from[part] !== 0x5c) part++;
      o = escape(from, i, part, out, o);
      if (part === end) break;
      const c = from[part + 1]!;
      i = part + 2;
      if (IN_JSON[c] !== 0 || (c === 0x75 && isHex(from, i, i + 4, end))) {
        out[o++] = 0x5c;
        out[o++] = c;
      } else if (c === 0x78 && isHex(from, i, i + 2, end) && from[i]! < 0x38) {
        o = control(out, o, from[i]! - 0x30, from[i + 1]!);
        i += 2;
      } else if (c === 0x61 || c === 0x76) o = control(out, o, 0, c === 0x61 ? 0x37 : 0x62);
      else {
        out[o++] = 0x5c;
        out[o++] = 0x5c;
        i = part + 1;
      }
    }
    out[o++] = 0x22;
    return o;
  }
}

/** Where a value without quotes ends; -1: it is none. */
function plainEnd(bytes: Buffer, i: number, to: number): number {
  const from = i;
  while (i < to && bytes[i]! > SPACE && bytes[i] !== 0x22) i++;
  const last = i > from ? bytes[i - 1] : 0;
  return (i < to && bytes[i] !== SPACE) || last === 0x2c || last === 0x3b ? -1 : i;
}

/** Where the quote stands that closes a value; -1: nowhere. */
function valueEnd(bytes: Buffer, i: number, to: number): number {
  while (i < to && bytes[i] !== 0x22) i += bytes[i] === 0x5c ? 2 : 1;
  return i < to ? i : -1;
}

/** A whole number for a member of ECS that is one. */
function isNumber(bytes: Buffer, from: number, to: number, hash: number): boolean {
  if (to <= from || to - from > MOST_DIGITS || !isDigit(bytes[from])) return false;
  const entry = known(hash);
  const target = (entry >> 8) - 1;
  if (entry === 0 || target >= TARGETS.length || TARGETS[target]!.value !== INTEGER_VALUE) return false;
  if (bytes[from] === 0x30 && to > from + 1) return false;
  for (let i = from; i < to; i++) if (!isDigit(bytes[i])) return false;
  return true;
}

function isHex(bytes: Buffer, from: number, to: number, end: number): boolean {
  if (to > end) return false;
  for (let i = from; i < to; i++)
    if (!isDigit(bytes[i]) && ((bytes[i]! | 0x20) < 0x61 || (bytes[i]! | 0x20) > 0x66)) return false;
  return true;
}

/** Writes `\u00` and two digits, of which the second is a character. */
function control(out: Buffer, o: number, high: number, low: number): number {
  out[o] = 0x5c;
  out[o + 1] = 0x75;
  out[o + 2] = out[o + 3] = 0x30;
  out[o + 4] = HEX[high]!;
  out[o + 5] = low;
  return o + 6;
}
