/**
 * The bits of text that the files beside this one look for in a line.
 */
import type { Buffer } from 'node:buffer';
import { isDigit, letters, SPACE, TAB } from '../../../util/ascii.ts';
import { level } from '../../encode/level.ts';
import { same } from '../../format/words.ts';

/** By byte: 1 lower case, 2 capital, 4 digit, _ or $. */
export const LETTER = letters('_$');

export function startsWith(bytes: Buffer, from: number, to: number, text: string): boolean {
  return to - from >= text.length && same(bytes, from, text);
}

export function endsWith(bytes: Buffer, from: number, to: number, text: string): boolean {
  return to - from >= text.length && same(bytes, to - text.length, text);
}

/** Whether the text stands in bytes[from, to). */
export function holds(bytes: Buffer, from: number, to: number, text: string): boolean {
  const first = text.charCodeAt(0);
  for (let i = from; i <= to - text.length; i++) if (bytes[i] === first && same(bytes, i, text)) return true;
  return false;
}

/** Where the text begins behind spaces and tabs. */
export function textStart(bytes: Buffer, from: number, to: number): number {
  let i = from;
  while (i < to && (bytes[i] === SPACE || bytes[i] === TAB)) i++;
  return i;
}

/** Where the digits end that begin at i. */
export function digitsEnd(bytes: Buffer, i: number, to: number): number {
  while (i < to && isDigit(bytes[i])) i++;
  return i;
}

/** Where the number begins with which the text ends, behind a colon: `a.js:12`. -1: there is none. */
export function lineNumberStart(bytes: Buffer, from: number, to: number): number {
  let i = to;
  while (i > from && isDigit(bytes[i - 1])) i--;
  return i < to && i > from && bytes[i - 1] === 0x3a ? i : -1;
}

/** Where a dotted name ends that begins at i. */
export function nameEnd(bytes: Buffer, i: number, to: number): number {
  while (i < to && (LETTER[bytes[i]!] !== 0 || bytes[i] === 0x2e)) i++;
  return i;
}

/** A dotted name that ends in Exception, Error or Throwable, then a colon or the end: `java.io.IOException: gone`. */
export function namesException(bytes: Buffer, from: number, to: number): boolean {
  const e = nameEnd(bytes, from, to);
  if (e < to && bytes[e] !== 0x3a) return false;
  return (
    (e - from >= 5 && same(bytes, e - 5, 'Error')) ||
    (e - from >= 9 && (same(bytes, e - 9, 'Exception') || same(bytes, e - 9, 'Throwable')))
  );
}

/** The line begins a record of its own whatever came before it: with a time, a level, an object or an uncaught exception. */
export function isFresh(bytes: Buffer, from: number, to: number): boolean {
  const i = textStart(bytes, from, to);
  const c = bytes[i];
  if (i === to) return false;
  // Java's uncaught exception, but for the one that comes behind the words about a dump of the heap.
  if (c === 0x45 && startsWith(bytes, i, to, 'Exception in thread "')) return !holds(bytes, i, to, 'OutOfMemoryError');
  if (isDigit(c) && isDigit(bytes[i + 1])) return bytes[i + 2] !== 0x29;
  if (c === 0x7b || (c === 0x5b && isDigit(bytes[i + 1])) || (c === 0x3c && isDigit(bytes[i + 1]))) return true;
  return level(bytes, i, to) !== 0;
}
