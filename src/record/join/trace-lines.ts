/**
 * Which lines make one stack trace: Java, Kotlin, Scala, Python, Go, Node, .NET, Ruby, PHP.
 *
 * Pure functions on the content of a line. A trace begins at a true head only, a line that names an exception or a panic
 * or that a logger wrote as a warning or worse; head() says which kind of trace may follow. continues() says whether a line can be the
 * next one of that kind, and what may come after it. A line that only looks like a part of a trace, with no head before
 * it, stays a record of its own.
 */
import type { Buffer } from 'node:buffer';
import { same } from '../format/words.ts';

/** No trace. */
export const NONE = 0;
/** Frames are indented or marked: Java, Node, .NET, Ruby, PHP. */
const FRAMES = 1;
/** A logger's line of level warn or above: the exception itself may come on the next line. */
const LOGGED = 2;
/** Python, between `Traceback` and the exception. */
const TRACEBACK = 3;
/** Python, after the exception; then after an empty line; then after the sentence that links two tracebacks. */
const RAISED = 4;
const RAISED_BLANK = 5;
const CHAINED = 6;
/** Go: everything a panicking program prints. */
const PANIC = 7;
/** .NET's console logger: a level and category, the message indented on the next lines. */
const CONSOLE = 8;
/** All of them: what a trace may be whose head nobody has. */
export const KINDS = [FRAMES, LOGGED, TRACEBACK, RAISED, RAISED_BLANK, CHAINED, PANIC, CONSOLE] as const;

const HEAD_LOOK = 2048;
const SPACE = 0x20;
const TAB = 0x09;

const LETTER = new Uint8Array(256); // 1 lower case, 2 capital, 4 digit, _ or $
for (let c = 0x61; c <= 0x7a; c++) LETTER[c] = 1;
for (let c = 0x41; c <= 0x5a; c++) LETTER[c] = 2;
for (let c = 0x30; c <= 0x39; c++) LETTER[c] = 4;
LETTER[0x5f] = LETTER[0x24] = 4;

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

/** The kind of trace that may follow this line, NONE if it is no head. */
export function head(bytes: Buffer, from: number, to: number): number {
  if (to - from < 5) return NONE;
  const first = bytes[from]!;
  if (first === SPACE || first === TAB || first === 0x7b) return NONE;
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

function startsWith(bytes: Buffer, from: number, to: number, text: string): boolean {
  return to - from >= text.length && same(bytes, from, text);
}

/** The word ends here: `Errors` is no Error, `Exception:` is. */
function ends(bytes: Buffer, i: number, to: number): boolean {
  return i >= to || (LETTER[bytes[i]!]! & 3) === 0;
}

/** A logger's word stands alone. */
function apart(bytes: Buffer, from: number, i: number, e: number, to: number): boolean {
  return (i === from || LETTER[bytes[i - 1]!] === 0) && (e >= to || LETTER[bytes[e]!] === 0);
}

function isTraceback(bytes: Buffer, from: number, to: number): boolean {
  return bytes[from] === 0x54 && startsWith(bytes, from, to, 'Traceback (most recent call last)');
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
