/**
 * Which lines begin a stack trace: those a runtime prints, those that name an exception, and a logger's lines.
 */
import type { Buffer } from 'node:buffer';
import { OPEN_BRACE, SPACE, TAB } from '../../../util/ascii.ts';
import { level } from '../../encode/level.ts';
import { same, WARN } from '../../format/words.ts';
import { opensObject, opensValue } from './block.ts';
import { CONSOLE, LOGGED, MESSAGE, NAMED, KLOG, NONE, NOTED, OBJECT, PANIC } from './kinds.ts';
import { special } from './special.ts';
import { digitsEnd, holds, LETTER, nameEnd, startsWith } from './text.ts';

/** How far into a line we look. */
const HEAD_LOOK = 2048;
const INFO = 3;

/** The kind of trace that may follow this line, NONE if it is no head. */
export function head(bytes: Buffer, from: number, to: number): number {
  if (from === to) return NONE;
  const first = bytes[from];
  const at = level(bytes, from, to);
  if (at > 0 && at < WARN) {
    if (isConsole(bytes, from, to)) return CONSOLE;
    if (opensValue(bytes, from, to)) return KLOG;
    if (first === OPEN_BRACE) return NONE;
    if (exception(bytes, from, to) !== NONE) return NAMED;
    // Java's and Python's loggers print traces at this level, too, and write it like this.
    return at === INFO && holds(bytes, from, Math.min(to, from + 100), 'INFO') ? NOTED : NONE;
  }
  const found = special(bytes, from, to);
  if (found !== NONE) return found;
  if (first === SPACE || first === TAB) return NONE;
  if (at >= WARN) return isConsole(bytes, from, to) ? CONSOLE : first === OPEN_BRACE ? NAMED : LOGGED;
  if (first === OPEN_BRACE || isAddress(bytes, from, to)) return NONE;
  if (opensObject(bytes, from, to)) return OBJECT;
  return exception(bytes, from, to) || (isClass(bytes, from, to) ? NAMED : NONE);
}

/** Whether text that could be any line may follow this one, as far as can be seen at once. */
export function mayTakeText(bytes: Buffer, from: number, to: number): boolean {
  if (from === to || bytes[from] === OPEN_BRACE || bytes[from] === TAB) return false;
  const at = level(bytes, from, to);
  return at === 0 || at >= WARN;
}

/** `10.1.2.3 - - [`: access logs begin like this. */
function isAddress(bytes: Buffer, from: number, to: number): boolean {
  const e = digitsEnd(bytes, from, to);
  return e > from && e - from <= 3 && bytes[e] === 0x2e;
}

/** What may begin a word that tells of an exception. */
const WORD = new Uint8Array(256);
for (const c of 'ETpu') WORD[c.charCodeAt(0)] = 1;

/** The line tells of an exception, anywhere. */
function exception(bytes: Buffer, from: number, to: number): number {
  const stop = Math.min(to, from + HEAD_LOOK);
  for (let i = from; i < stop; i++) {
    if (WORD[bytes[i]!] === 0) continue;
    switch (bytes[i]) {
      case 0x45: // E
        if (
          (startsWith(bytes, i, to, 'Exception') && ends(bytes, i + 9, to)) ||
          (startsWith(bytes, i, to, 'Error') && ends(bytes, i + 5, to))
        )
          return startsWith(bytes, from, to, 'Caught: ') ? LOGGED : MESSAGE;
        break;
      case 0x54: // T
        if (startsWith(bytes, i, to, 'Throwable') && ends(bytes, i + 9, to)) return MESSAGE;
        break;
      case 0x70: // p
        if (startsWith(bytes, i, to, 'panic serving ')) return PANIC;
        if (startsWith(bytes, i, to, 'panic recovered:')) return LOGGED;
        break;
      case 0x75: // u
        if (startsWith(bytes, i, to, 'unhandled exception')) return LOGGED;
    }
  }
  return NONE;
}

/** The word ends here: `Errors` is no Error, `Exception:` is. */
function ends(bytes: Buffer, i: number, to: number): boolean {
  return i >= to || (LETTER[bytes[i]!]! & 3) === 0;
}

/** `com.example.OrderRejected: no`, `NotFound: no such order`: a class, though nothing says of what. */
function isClass(bytes: Buffer, from: number, to: number): boolean {
  if (startsWith(bytes, from, to, '(node:')) return true;
  const e = nameEnd(bytes, from, to);
  if (e - from < 3 || (e < to && (bytes[e] !== 0x3a || bytes[e + 1] !== SPACE))) return false;
  let name = e;
  while (name > from && LETTER[bytes[name - 1]!] !== 0) name--;
  return LETTER[bytes[name]!] === 2 && (name > from || e < to);
}

/** `info: Microsoft.Hosting.Lifetime[14]` and the other five levels, nothing after it. */
function isConsole(bytes: Buffer, from: number, to: number): boolean {
  if (bytes[from + 4] !== 0x3a || bytes[from + 5] !== SPACE || bytes[to - 1] !== 0x5d) return false;
  const isLevel =
    same(bytes, from, 'info') ||
    same(bytes, from, 'fail') ||
    same(bytes, from, 'warn') ||
    same(bytes, from, 'dbug') ||
    same(bytes, from, 'trce') ||
    same(bytes, from, 'crit');
  if (!isLevel) return false;
  for (let i = from + 6; i < to; i++) if (bytes[i] === SPACE) return false;
  return true;
}
