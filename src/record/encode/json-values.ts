/**
 * What a server without a template makes of a value: of an integer one of 64 bits, of any other number a float of 32 bits, of a text
 * that reads like a date a date. Seen on Elasticsearch 9.5 and OpenSearch 3.8.
 */
import type { Buffer } from 'node:buffer';
import { Clock } from '../format/time.ts';
import { DECIMAL, INTEGER, PERHAPS_TIME, TEXT, TIME } from './json-paths.ts';

/** So many digits have room without a closer look. */
const SAFE_DIGITS = 18;

const clock = new Clock();

/** TEXT, TIME or PERHAPS_TIME; negative if OpenSearch takes it for a date and then finds that it is none. bytes[from, to) is in quotes. */
export function textKind(bytes: Buffer, from: number, to: number): number {
  const c = bytes[from]!;
  return c < 0x2b || c > 0x39 ? TEXT : numericKind(bytes, from, to);
}

/** The same for one that begins with a digit or a sign. */
function numericKind(bytes: Buffer, from: number, to: number): number {
  if (clock.read(bytes, from, to + 1) === to) return TIME;
  let i = bytes[from]! < 0x30 ? from + 1 : from;
  const digits = i;
  while (bytes[i]! >= 0x30 && bytes[i]! <= 0x39) i++;
  if (i - digits < 4 || (bytes[i] !== 0x2d && bytes[i] !== 0x2f && bytes[i] !== 0x54)) return TEXT;
  const [, year, month, day] = SLASHED.exec(bytes.toString('latin1', from, to)) ?? [];
  if (year === undefined) return PERHAPS_TIME;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return date.getUTCDate() === Number(day) ? PERHAPS_TIME : -PERHAPS_TIME;
}

const SLASHED = /^(\d{4})\/(\d\d)\/(\d\d)( \d\d:\d\d:\d\d)?$/;

/** Where the integer ends that begins at i, if it is so short that it has room; -1: it takes a closer look. */
export function shortInteger(bytes: Buffer, i: number): number {
  if (bytes[i] === 0x2d) i++;
  const from = i;
  while (bytes[i]! >= 0x30 && bytes[i]! <= 0x39) i++;
  const isShort = i > from && i - from <= SAFE_DIGITS && (bytes[from] !== 0x30 || i === from + 1);
  return isShort && bytes[i] !== 0x2e && (bytes[i]! | 0x20) !== 0x65 ? i : -1;
}

/** INTEGER or DECIMAL; negative if it has no room there. bytes[from, to) is a JSON number. */
export function numberKind(bytes: Buffer, from: number, to: number): number {
  let digits = to; // where the digits in front of a point end
  let exponent = false;
  for (let i = from; i < to; i++) {
    const c = bytes[i]!;
    if (c === 0x2e) digits = i;
    else if (c > 0x40) {
      exponent = true;
      if (digits === to) digits = i;
    }
  }
  const kind = digits === to ? INTEGER : DECIMAL;
  if (digits - from <= SAFE_DIGITS && !exponent) return kind;
  return hasRoom(kind, bytes.toString('latin1', from, to)) ? kind : -kind;
}

function hasRoom(kind: number, text: string): boolean {
  if (kind === DECIMAL) return Number.isFinite(Math.fround(Number(text)));
  const n = BigInt(text);
  return BigInt.asIntN(64, n) === n;
}
