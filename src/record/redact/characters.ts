/** What a byte may be part of, by tables. */
import { isDigit } from '../../util/ascii.ts';

export const DIGITS = '0123456789';
const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LETTERS = `${CAPITALS}${CAPITALS.toLowerCase()}`;

/** A table by byte: 1 for each of `characters`. */
export function table(characters: string): Uint8Array {
  const made = new Uint8Array(256);
  for (const c of characters) made[c.charCodeAt(0)] = 1;
  return made;
}

export const LETTER = table(LETTERS);
/** Letters and digits: what a number or a word of its own is not beside. */
export const WORD = table(DIGITS + LETTERS);
export const BASE64URL = table(`${DIGITS}${LETTERS}-_`);
export const BASE64 = table(`${DIGITS}${LETTERS}+/=`);
/** RFC 6750: b64token. */
export const TOKEN = table(`${DIGITS}${LETTERS}-._~+/=`);

/** The end of the run of bytes of the table that begins at i. */
export function runEnd(bytes: Uint8Array, i: number, to: number, of: Uint8Array): number {
  while (i < to && of[bytes[i]!] === 1) i++;
  return i;
}

/** Whether bytes[i] is a letter, digit or none of this text: outside of [from, to) is nothing. */
export function isWordAt(bytes: Uint8Array, i: number, from: number, to: number): boolean {
  return i >= from && i < to && WORD[bytes[i]!] === 1;
}

export function isDigitAt(bytes: Uint8Array, i: number, from: number, to: number): boolean {
  return i >= from && i < to && isDigit(bytes[i]);
}

/** Whether `text` stands at bytes[i] and ends before `to`. */
export function isAt(bytes: Uint8Array, i: number, to: number, text: string): boolean {
  if (i + text.length > to) return false;
  for (let k = 0; k < text.length; k++) if (bytes[i + k] !== text.charCodeAt(k)) return false;
  return true;
}

/** The same in any case; `text` is in small letters. */
export function isAtAnyCase(bytes: Uint8Array, i: number, to: number, text: string): boolean {
  if (i + text.length > to) return false;
  for (let k = 0; k < text.length; k++) if ((bytes[i + k]! | 0x20) !== text.charCodeAt(k)) return false;
  return true;
}
