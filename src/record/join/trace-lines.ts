/**
 * Which lines go on with a stack trace: Java, Kotlin, Scala, Python, Go, Node, .NET, Ruby, PHP.
 *
 * Pure functions on the content of a line. continues() says whether a line can be the next one of a trace of that kind, and what
 * may come after it. A line that only looks like a part of a trace, with no head (trace-head.ts) before it, stays a record of its
 * own.
 */
import type { Buffer } from 'node:buffer';
import { SPACE, TAB } from '../../util/ascii.ts';
import { same } from '../format/words.ts';
import {
  CHAINED,
  CONSOLE,
  FRAMES,
  isTraceback,
  LETTER,
  LOGGED,
  NONE,
  PANIC,
  RAISED,
  RAISED_BLANK,
  startsWith,
  TRACEBACK,
} from './trace-kinds.ts';

/**
 * Whether it is worth looking back: the line has the look of one that continues something. Cheap: asked for every line.
 * The line after a head must pass this as well as continues(), or it would matter whether the head is still at hand.
 */
export function looksBack(bytes: Buffer, from: number, to: number): boolean {
  if (from === to) return true;
  const c = bytes[from]!;
  if (c === SPACE || c === TAB) return true;
  if (bytes[to - 1] === 0x29 && isCall(bytes, from, to)) return true;
  const letter = LETTER[c]!;
  if (letter === 0) return c === 0x23 || c === 0x7d || (c === 0x5b && startsWith(bytes, from, to, '[signal '));
  if (letter === 4) return false;
  switch (c) {
    case 0x43:
    case 0x53:
    case 0x54:
      if (isMark(bytes, from, to) || isTraceback(bytes, from, to)) return true;
      break;
    case 0x67:
      if (startsWith(bytes, from, to, 'goroutine ')) return true;
  }
  return namesException(bytes, from, to);
}

/** What may follow once this line has joined a trace of this kind; NONE if the line does not belong to it. */
export function continues(kind: number, bytes: Buffer, from: number, to: number): number {
  const indented = from < to && (bytes[from] === SPACE || bytes[from] === TAB);
  switch (kind) {
    case FRAMES:
      return indented || isMark(bytes, from, to) ? FRAMES : isTraceback(bytes, from, to) ? TRACEBACK : NONE;
    case LOGGED:
      if (indented || isMark(bytes, from, to) || namesException(bytes, from, to)) return FRAMES;
      return isTraceback(bytes, from, to) ? TRACEBACK : NONE;
    case TRACEBACK:
      return indented ? TRACEBACK : namesRaised(bytes, from, to) ? RAISED : NONE;
    case RAISED:
      return indented ? RAISED : from === to ? RAISED_BLANK : NONE;
    case RAISED_BLANK:
      return startsWith(bytes, from, to, 'During handling of the above exception') ||
        startsWith(bytes, from, to, 'The above exception was the direct cause')
        ? CHAINED
        : NONE;
    case CHAINED:
      return from === to ? CHAINED : isTraceback(bytes, from, to) ? TRACEBACK : NONE;
    case PANIC:
      return from === to || indented || isGoroutine(bytes, from, to) ? PANIC : NONE;
    case CONSOLE:
      return indented ? CONSOLE : NONE;
    default:
      return NONE;
  }
}

/** Lines within a trace that are not indented. */
function isMark(bytes: Buffer, from: number, to: number): boolean {
  switch (bytes[from]) {
    case 0x43:
      return startsWith(bytes, from, to, 'Caused by: ');
    case 0x53:
      return startsWith(bytes, from, to, 'Suppressed: ') || startsWith(bytes, from, to, 'Stack trace:');
    case 0x23: // PHP: #0 /app/index.php(5): run()
      return to - from > 2 && LETTER[bytes[from + 1]!] === 4;
    case 0x2d:
      return startsWith(bytes, from, to, '--- End of ');
    case 0x7d: // Node prints the error's own members in braces
      return to - from === 1;
    case 0x5b:
      return startsWith(bytes, from, to, '[stacktrace]');
    default:
      return false;
  }
}

/** A dotted name that ends in Exception, Error or Throwable, then a colon or the end: `java.io.IOException: gone`. */
function namesException(bytes: Buffer, from: number, to: number): boolean {
  const e = nameEnd(bytes, from, to);
  if (e < to && bytes[e] !== 0x3a) return false;
  return (
    (e - from >= 5 && same(bytes, e - 5, 'Error')) ||
    (e - from >= 9 && (same(bytes, e - 9, 'Exception') || same(bytes, e - 9, 'Throwable')))
  );
}

/** Python's last line: the exception's name, then a colon or the end. */
function namesRaised(bytes: Buffer, from: number, to: number): boolean {
  const e = nameEnd(bytes, from, to);
  return e > from && (e === to || bytes[e] === 0x3a);
}

function nameEnd(bytes: Buffer, from: number, to: number): number {
  let i = from;
  while (i < to && (LETTER[bytes[i]!] !== 0 || bytes[i] === 0x2e)) i++;
  return i;
}

function isGoroutine(bytes: Buffer, from: number, to: number): boolean {
  switch (bytes[from]) {
    case 0x67:
      if (startsWith(bytes, from, to, 'goroutine ')) return true;
      break;
    case 0x63:
      if (startsWith(bytes, from, to, 'created by ')) return true;
      break;
    case 0x5b:
      return startsWith(bytes, from, to, '[signal ');
    case 0x65:
      if (startsWith(bytes, from, to, 'exit status ')) return true;
      break;
    case 0x72:
      if (startsWith(bytes, from, to, 'runtime stack:')) return true;
      break;
    case 0x2e:
      return startsWith(bytes, from, to, '...');
  }
  return isCall(bytes, from, to);
}

/** `main.(*server).handle(0xc000010000, 0x1)`: ends with a bracket and has no space before the first one. */
function isCall(bytes: Buffer, from: number, to: number): boolean {
  if (bytes[to - 1] !== 0x29) return false;
  for (let i = from; i < to; i++) {
    if (bytes[i] === SPACE) return false;
    if (bytes[i] === 0x28 && i > from) return true;
  }
  return false;
}
