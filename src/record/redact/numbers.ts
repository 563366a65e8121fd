/**
 * Numbers of cards, Korean resident numbers and phone numbers. Each has neither a letter nor a digit beside it.
 */
import { isDigit } from '../../util/ascii.ts';
import { isDigitAt, isWordAt } from './characters.ts';
import { CARD, PHONE, RESIDENT_NUMBER } from './kinds.ts';
import type { Spans } from './spans.ts';

const SPACE = 0x20;
const DASH = 0x2d;
const DOT = 0x2e;
const OPEN = 0x28;
const CLOSE = 0x29;
const ZERO = 0x30;

/** ISO/IEC 7812. */
const SHORTEST_CARD = 13;
const LONGEST_CARD = 19;

/**
 * A card: 13 to 19 digits that begin as those of a card network do, with a right check digit, in one piece or in groups of which
 * the first has four digits. Answers where it ends, -1 if it is none.
 */
export function card(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  if (!isCardNetwork(bytes, i, to)) return -1;
  let end = -1;
  let digits = 0;
  let separator = 0;
  // The sum for an even number of digits so far, and the one for an odd number: which digits count twice depends on the length.
  let even = 0;
  let odd = 0;
  for (let k = i; ;) {
    const group = k;
    while (k < to && digits <= LONGEST_CARD && isDigit(bytes[k])) {
      const digit = bytes[k++]! - ZERO;
      const twice = digit > 4 ? 2 * digit - 9 : 2 * digit;
      if (digits++ % 2 === 0) {
        even += twice;
        odd += digit;
      } else {
        even += digit;
        odd += twice;
      }
    }
    if (k === group || digits > LONGEST_CARD) break;
    if (separator !== 0 && k - group < 3) break;
    const sum = digits % 2 === 0 ? even : odd;
    if (digits >= SHORTEST_CARD && sum % 10 === 0 && !isWordAt(bytes, k, from, to)) end = k;
    const c = k < to ? bytes[k] : 0;
    if ((c !== SPACE && c !== DASH) || (separator === 0 ? k - i !== 4 : c !== separator)) break;
    separator = c;
    k++;
  }
  return end < 0 ? -1 : spans.add(i, end, CARD);
}

/** Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay, Maestro, Mir, and those of Korea that begin with 9. */
function isCardNetwork(bytes: Uint8Array, i: number, to: number): boolean {
  if (to - i < SHORTEST_CARD || !isDigit(bytes[i + 1]) || !isDigit(bytes[i + 2]) || !isDigit(bytes[i + 3]))
    return false;
  const two = (bytes[i]! - ZERO) * 10 + bytes[i + 1]! - ZERO;
  const four = two * 100 + (bytes[i + 2]! - ZERO) * 10 + bytes[i + 3]! - ZERO;
  switch (bytes[i]) {
    case 0x32:
      return (four >= 2221 && four <= 2720) || (four >= 2200 && four <= 2204);
    case 0x33:
      return two === 34 || two === 37 || two === 35 || two === 36 || two === 38 || two === 39 || four < 3060;
    case 0x34:
      return true;
    case 0x35:
      return two === 50 || (two >= 51 && two <= 58);
    case 0x36:
      return true;
    case 0x39:
      return two >= 92 && two <= 96;
    default:
      return false;
  }
}

/**
 * A Korean resident number, YYMMDD-SXXXXXX. With its dash the date is enough, since numbers that were given out after October 2020
 * have no check digit. Without it the check digit must be right too: 13 digits may be anything.
 */
export function residentNumber(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  if (to - i < 13 || isBehindNumber(bytes, i, from, to)) return -1;
  for (let k = i; k < i + 6; k++) if (!isDigit(bytes[k])) return -1;
  const month = (bytes[i + 2]! - ZERO) * 10 + bytes[i + 3]! - ZERO;
  const day = (bytes[i + 4]! - ZERO) * 10 + bytes[i + 5]! - ZERO;
  if (month < 1 || month > 12 || day < 1 || day > 31) return -1;
  const dash = bytes[i + 6] === DASH ? 1 : 0;
  const second = i + 6 + dash;
  const end = second + 7;
  if (end > to) return -1;
  for (let k = second; k < end; k++) if (!isDigit(bytes[k])) return -1;
  if (isWordAt(bytes, end, from, to) || (bytes[end] === DASH && isDigitAt(bytes, end + 1, from, to))) return -1;
  if (dash === 0 && !isChecked(bytes, i)) return -1;
  return spans.add(i, end, RESIDENT_NUMBER);
}

const WEIGHTS = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];

/** Whether the last of the 13 digits at i is right, for a citizen or a foreigner: they have another constant. */
function isChecked(bytes: Uint8Array, i: number): boolean {
  let sum = 0;
  for (let k = 0; k < 12; k++) sum += WEIGHTS[k]! * (bytes[i + k]! - ZERO);
  const century = bytes[i + 6]! - ZERO;
  const constant = century >= 5 && century <= 8 ? 13 : 11;
  return (constant - (sum % 11)) % 10 === bytes[i + 12]! - ZERO;
}

/**
 * A phone number that begins with a digit: Korean ones (`010-1234-5678`, `01012345678`, `02-123-4567`) and North American ones with
 * their dashes or dots (`212-555-0147`).
 */
export function phone(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  if (isBehindNumber(bytes, i, from, to)) return -1;
  const end = bytes[i] === ZERO ? korean(bytes, i, to) : northAmerican(bytes, i, to);
  if (end < 0 || isWordAt(bytes, end, from, to) || isBefore(bytes, end, from, to)) return -1;
  return spans.add(i, end, PHONE);
}

/** A mobile number may stand without signs; any other needs a dash or a parenthesis. */
function korean(bytes: Uint8Array, i: number, to: number): number {
  const isMobile = bytes[i + 1] === 0x31;
  let k = i + (bytes[i + 1] === 0x32 ? 2 : 3);
  for (let d = i + 1; d < k; d++) if (d >= to || !isDigit(bytes[d])) return -1;
  if (bytes[i + 1] === ZERO && bytes[i + 2] === ZERO) return -1;
  let separator = 0;
  const c = k < to ? bytes[k]! : 0;
  if (c === DASH || (c === CLOSE && k - i > 1) || (isMobile && (c === SPACE || c === DOT))) separator = bytes[k++]!;
  else if (!isMobile) return -1;
  const group = k;
  while (k < to && k - group < 8 && isDigit(bytes[k])) k++;
  const n = k - group;
  if (separator === 0) return n === 7 || n === 8 ? k : -1;
  if (n === 7 || n === 8) return k;
  if (n !== 3 && n !== 4) return -1;
  const second = k < to ? bytes[k] : 0;
  if (second !== DASH && second !== separator) return -1;
  return fourDigits(bytes, k + 1, to);
}

function northAmerican(bytes: Uint8Array, i: number, to: number): number {
  if (to - i < 12 || bytes[i]! < 0x32 || bytes[i + 4]! < 0x32) return -1;
  const separator = bytes[i + 3];
  if ((separator !== DASH && separator !== DOT) || bytes[i + 7] !== separator) return -1;
  for (const d of NORTH_AMERICAN) if (!isDigit(bytes[i + d])) return -1;
  return fourDigits(bytes, i + 8, to);
}

const NORTH_AMERICAN = [1, 2, 4, 5, 6];

function fourDigits(bytes: Uint8Array, i: number, to: number): number {
  for (let k = i; k < i + 4; k++) if (k >= to || !isDigit(bytes[k])) return -1;
  return i + 4;
}

/** A phone number that begins with the parenthesis at i: `(212) 555-0147`, `(02) 123-4567`. */
export function phoneInParentheses(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  let k = i + 1;
  while (k < to && k - i < 5 && isDigit(bytes[k])) k++;
  const area = k - i - 1;
  if (area < 2 || area > 4 || bytes[k] !== CLOSE || (area < 3 && bytes[i + 1] !== ZERO)) return i + 1;
  k++;
  if (bytes[k] === SPACE || bytes[k] === DASH) k++;
  const group = k;
  while (k < to && k - group < 5 && isDigit(bytes[k])) k++;
  if (k - group < 3 || k - group > 4 || (bytes[k] !== DASH && bytes[k] !== SPACE && bytes[k] !== DOT)) return i + 1;
  const end = fourDigits(bytes, k + 1, to);
  if (end < 0 || isWordAt(bytes, end, from, to) || isBefore(bytes, end, from, to)) return i + 1;
  return spans.add(i, end, PHONE);
}

/** A phone number that begins with the plus at i (E.164): 8 to 15 digits, in groups or not. */
export function internationalPhone(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  if (isWordAt(bytes, i - 1, from, to) || i + 1 >= to || bytes[i + 1]! < 0x31 || bytes[i + 1]! > 0x39) return i + 1;
  let digits = 0;
  let end = i + 1;
  let k = i + 1;
  for (let between = 0; k < to && digits < 16; k++) {
    const c = bytes[k]!;
    if (isDigit(c)) {
      digits++;
      between = 0;
      end = k + 1;
    } else if ((c !== SPACE && c !== DASH && c !== DOT && c !== OPEN && c !== CLOSE) || ++between > 2) break;
  }
  if (digits < 8 || digits > 15 || isWordAt(bytes, end, from, to)) return i + 1;
  return spans.add(i, end, PHONE);
}

/** A dash or dot and a digit before it: the end of a longer number. */
function isBehindNumber(bytes: Uint8Array, i: number, from: number, to: number): boolean {
  const c = i > from ? bytes[i - 1] : 0;
  return (c === DASH || c === DOT) && isDigitAt(bytes, i - 2, from, to);
}

function isBefore(bytes: Uint8Array, end: number, from: number, to: number): boolean {
  const c = end < to ? bytes[end] : 0;
  return (c === DASH || c === DOT) && isDigitAt(bytes, end + 1, from, to);
}
