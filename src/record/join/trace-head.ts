/**
 * Which lines begin a stack trace: those that name an exception or a panic, or that a logger wrote as a warning or worse.
 */
import type { Buffer } from 'node:buffer';
import { OPEN_BRACE, SPACE, TAB } from '../../util/ascii.ts';
import { same } from '../format/words.ts';
import { CONSOLE, FRAMES, isTraceback, LETTER, LOGGED, NONE, PANIC, startsWith, TRACEBACK } from './trace-kinds.ts';

/** How far into a line we look. */
const HEAD_LOOK = 2048;

/** The kind of trace that may follow this line, NONE if it is no head. */
export function head(bytes: Buffer, from: number, to: number): number {
  if (to - from < 5) return NONE;
  const first = bytes[from]!;
  if (first === SPACE || first === TAB || first === OPEN_BRACE) return NONE;
  if (isTraceback(bytes, from, to)) return TRACEBACK;
  if (startsWith(bytes, from, to, 'goroutine ')) return PANIC;
  if (isConsole(bytes, from, to)) return CONSOLE;
  const stop = Math.min(to, from + HEAD_LOOK);
  let kind = NONE;
  for (let i = from; i < stop; i++) {
    switch (bytes[i]) {
      case 0x45: // E
        if (startsWith(bytes, i, to, 'ERROR') && apart(bytes, from, i, i + 5, to)) return LOGGED;
        if (
          (startsWith(bytes, i, to, 'Exception') && ends(bytes, i + 9, to)) ||
          (startsWith(bytes, i, to, 'Error') && ends(bytes, i + 5, to))
        )
          kind = FRAMES;
        break;
      case 0x54: // T
        if (startsWith(bytes, i, to, 'Throwable') && ends(bytes, i + 9, to)) kind = FRAMES;
        break;
      case 0x46: // F
        if (startsWith(bytes, i, to, 'FATAL') && apart(bytes, from, i, i + 5, to)) return LOGGED;
        break;
      case 0x53: // S
        if (startsWith(bytes, i, to, 'SEVERE') && apart(bytes, from, i, i + 6, to)) return LOGGED;
        break;
      case 0x57: // W
        if (startsWith(bytes, i, to, 'WARN') && apart(bytes, from, i, i + 4, to)) return LOGGED;
        if (startsWith(bytes, i, to, 'WARNING') && apart(bytes, from, i, i + 7, to)) return LOGGED;
        break;
      case 0x43: // C
        if (startsWith(bytes, i, to, 'CRITICAL') && apart(bytes, from, i, i + 8, to)) return LOGGED;
        break;
      case 0x70: // p
        if (startsWith(bytes, i, to, 'panic: ') || startsWith(bytes, i, to, 'panic serving ')) return PANIC;
        break;
      case 0x66: // f
        if (i === from && startsWith(bytes, i, to, 'fatal error: ')) return PANIC;
        break;
      case 0x75: // u
        if (startsWith(bytes, i, to, 'unhandled exception')) kind = FRAMES;
    }
  }
  return kind;
}

/** The word ends here: `Errors` is no Error, `Exception:` is. */
function ends(bytes: Buffer, i: number, to: number): boolean {
  return i >= to || (LETTER[bytes[i]!]! & 3) === 0;
}

/** A logger's word stands alone. */
function apart(bytes: Buffer, from: number, i: number, e: number, to: number): boolean {
  return (i === from || LETTER[bytes[i - 1]!] === 0) && (e >= to || LETTER[bytes[e]!] === 0);
}

/** `info: Microsoft.Hosting.Lifetime[14]` and the other five levels, nothing after it. */
function isConsole(bytes: Buffer, from: number, to: number): boolean {
  if (bytes[from + 4] !== 0x3a || bytes[from + 5] !== SPACE || bytes[to - 1] !== 0x5d) return false;
  const level =
    same(bytes, from, 'info') ||
    same(bytes, from, 'fail') ||
    same(bytes, from, 'warn') ||
    same(bytes, from, 'dbug') ||
    same(bytes, from, 'trce') ||
    same(bytes, from, 'crit');
  if (!level) return false;
  for (let i = from + 6; i < to; i++) if (bytes[i] === SPACE) return false;
  return true;
}
