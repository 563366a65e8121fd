/** Python: tracebacks, groups of them, chains of them, what faulthandler prints, a warning with its source line. */
import type { Buffer } from 'node:buffer';
import { SPACE, TAB } from '../../../util/ascii.ts';
import { wordLevel } from '../../format/words.ts';
import {
  ANNOUNCED,
  CHAINED,
  CODE,
  GROUP,
  NONE,
  OPEN,
  RAISED,
  RAISED_BLANK,
  RUBY_FRAMES,
  SYNTAX,
  TRACEBACK,
  OVER,
  WARNED,
} from './kinds.ts';
import { isRubyFrame, isRubyFrom } from './script.ts';
import {
  LETTER,
  digitsEnd,
  holds,
  isFresh,
  nameEnd,
  startsWith,
  textStart,
  endsWith,
  lineNumberStart,
} from './text.ts';

/** The kind of trace that the line begins. */
export function begins(bytes: Buffer, from: number, to: number): number {
  switch (bytes[from]) {
    case SPACE:
      if (isGroup(bytes, from, to)) return GROUP;
      return isFile(bytes, from, to) && LETTER[bytes[to - 1]!] === 4 ? SYNTAX : NONE;
    case 0x54: // T
      if (isTraceback(bytes, from, to)) return TRACEBACK;
      return startsWith(bytes, from, to, 'Task exception was never') ? ANNOUNCED : NONE;
    case 0x53: // S
      return isTraceback(bytes, from, to) ? TRACEBACK : NONE;
    case 0x45: // E
      if (startsWith(bytes, from, to, 'Exception ignored in')) return ANNOUNCED;
      return startsWith(bytes, from, to, 'Exception in thread ') && bytes[from + 20] !== 0x22 && bytes[to - 1] === 0x3a
        ? ANNOUNCED
        : NONE;
    case 0x50: // P
      return startsWith(bytes, from, to, 'Process ') && bytes[to - 1] === 0x3a ? ANNOUNCED : NONE;
    case 0x46: // F
      return startsWith(bytes, from, to, 'Fatal Python error: ') ? ANNOUNCED : NONE;
    case 0x2f: // /
      return isWarning(bytes, from, to) ? WARNED : NONE;
    default:
      if (bytes[to - 1] === 0x3a && holds(bytes, Math.max(from, to - 18), to, 'RemoteTraceback:')) return ANNOUNCED;
      return isRemote(bytes, from, to) ? ANNOUNCED : NONE;
  }
}

/** `/app/main.py:3: DeprecationWarning: old` */
function isWarning(bytes: Buffer, from: number, to: number): boolean {
  let i = from;
  while (i < to && bytes[i] !== SPACE) i++;
  const e = nameEnd(bytes, i + 1, to);
  return lineNumberStart(bytes, from, i - 1) >= 0 && bytes[e] === 0x3a && endsWith(bytes, i, e, 'Warning');
}

/** `multiprocessing.pool.RemoteTraceback: `, its quoted traceback follows. */
function isRemote(bytes: Buffer, from: number, to: number): boolean {
  const e = nameEnd(bytes, from, to);
  return to - e <= 2 && e - from >= 15 && startsWith(bytes, e - 15, to, 'RemoteTraceback');
}

export function next(kind: number, bytes: Buffer, from: number, to: number): number {
  const indented = from < to && (bytes[from] === SPACE || bytes[from] === TAB);
  switch (kind) {
    case ANNOUNCED:
      if (isTraceback(bytes, from, to)) return TRACEBACK;
      if (isGroup(bytes, from, to)) return GROUP;
      if (from === to || startsWith(bytes, from, to, 'future: <') || startsWith(bytes, from, to, '"""'))
        return ANNOUNCED | OPEN;
      if (startsWith(bytes, from, to, 'Python runtime state: ')) return ANNOUNCED | OPEN;
      return isThread(bytes, from, to) ? CODE : NONE;
    case TRACEBACK:
      if (isFile(bytes, from, to)) return CODE;
      // Ruby once printed its traces like this, too.
      if (isRubyFrom(bytes, from, to)) return TRACEBACK;
      return isRubyFrame(bytes, from, to) ? RUBY_FRAMES : NONE;
    case CODE:
      if (indented) return isFresh(bytes, from, to) ? NONE : CODE;
      if (namesRaised(bytes, from, to)) return RAISED;
      if (from === to) return CODE | OPEN;
      return isThread(bytes, from, to) || startsWith(bytes, from, to, 'Extension modules: ') ? CODE : NONE;
    case RAISED:
      if (from === to) return RAISED_BLANK | OPEN;
      if (startsWith(bytes, from, to, '"""') || isBackground(bytes, from, to)) return RAISED;
      return isMoreOfMessage(bytes, from, to) ? RAISED : NONE;
    case RAISED_BLANK:
      if (isBackground(bytes, from, to)) return RAISED;
      return isLink(bytes, from, to) ? CHAINED : NONE;
    case CHAINED:
      if (from === to) return CHAINED;
      return isTraceback(bytes, from, to) ? TRACEBACK : isGroup(bytes, from, to) ? GROUP : NONE;
    case GROUP:
      if (from === to) return RAISED_BLANK | OPEN;
      return isGroupLine(bytes, from, to) ? GROUP : NONE;
    case SYNTAX:
      if (indented) return isFresh(bytes, from, to) ? NONE : SYNTAX | OPEN;
      return namesRaised(bytes, from, to) ? RAISED : NONE;
    case WARNED:
      return startsWith(bytes, from, to, '  ') && bytes[from + 2] !== SPACE && !isFresh(bytes, from, to) ? OVER : NONE;
    default:
      return NONE;
  }
}

/** The first line. */
export function isTraceback(bytes: Buffer, from: number, to: number): boolean {
  if (bytes[from] === 0x54) return startsWith(bytes, from, to, 'Traceback (most recent call last)');
  return bytes[from] === 0x53 && startsWith(bytes, from, to, 'Stack (most recent call last)');
}

/** `  + Exception Group Traceback (most recent call last):` */
export function isGroup(bytes: Buffer, from: number, to: number): boolean {
  return bytes[from] === SPACE && startsWith(bytes, from, to, '  + Exception Group Traceback');
}

/** `  | ValueError: x`, `  +-+---------------- 1 ----------------` */
function isGroupLine(bytes: Buffer, from: number, to: number): boolean {
  const i = textStart(bytes, from, to);
  if (i - from < 2) return false;
  return bytes[i] === 0x7c || (bytes[i] === 0x2b && bytes[i + 1] === 0x2d);
}

/** `  File "/app/main.py", line 2, in get`, and `  [Previous line repeated 9 more times]`. */
function isFile(bytes: Buffer, from: number, to: number): boolean {
  return bytes[from] === SPACE && (startsWith(bytes, from, to, '  File "') || startsWith(bytes, from, to, '  [Prev'));
}

function isThread(bytes: Buffer, from: number, to: number): boolean {
  return startsWith(bytes, from, to, 'Current thread 0x') || startsWith(bytes, from, to, 'Thread 0x');
}

function isLink(bytes: Buffer, from: number, to: number): boolean {
  return (
    startsWith(bytes, from, to, 'During handling of the above exception') ||
    startsWith(bytes, from, to, 'The above exception was the direct cause')
  );
}

/** What the drivers of data bases add to their messages. */
function isMoreOfMessage(bytes: Buffer, from: number, to: number): boolean {
  const c = bytes[from];
  if (c === TAB) return !isFresh(bytes, from, to);
  if (c === SPACE)
    return (
      startsWith(bytes, from, to, '    For further information visit ') ||
      (bytes[to - 1] === 0x5d && holds(bytes, from, to, '[type=')) ||
      startsWith(bytes, from, to, '  + Exception Group')
    );
  return c === 0x5b && (startsWith(bytes, from, to, '[SQL: ') || startsWith(bytes, from, to, '[parameters: '));
}

/** SQLAlchemy's last line. */
function isBackground(bytes: Buffer, from: number, to: number): boolean {
  return startsWith(bytes, from, to, '(Background on this error');
}

/** The last line: the exception's dotted name, its class with a capital, then a colon or the end. A level is no class. */
function namesRaised(bytes: Buffer, from: number, to: number): boolean {
  let e = nameEnd(bytes, from, to);
  if (startsWith(bytes, e, to, '<locals>.')) e = nameEnd(bytes, e + 9, to);
  if (e === from || (e < to && bytes[e] !== 0x3a)) return false;
  if (e < to - 1 && bytes[e + 1] !== SPACE) return false;
  let name = e;
  while (name > from && LETTER[bytes[name - 1]!] !== 0) name--;
  if (name > from) return true;
  const c = bytes[from]!;
  return (LETTER[c] === 2 || c === 0x5f) && wordLevel(bytes, from, e) === 0 && digitsEnd(bytes, from, e) === from;
}
