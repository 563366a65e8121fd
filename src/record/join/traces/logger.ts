/**
 * A logger's line, and an exception's first line: what they tell of comes on the next lines. A message may have several lines. They
 * belong to it only if something follows that a runtime prints and nobody else: the first frame, a traceback, a dump.
 */
import type { Buffer } from 'node:buffer';
import { SPACE, TAB } from '../../../util/ascii.ts';
import { isElixirError } from './beam.ts';
import { isCause, isFrame, opensMembers } from './framed.ts';
import { isGoroutine, isGoPlace } from './go.ts';
import {
  CALLS,
  CHAINED,
  CHECK_FRAMES,
  CONSOLE,
  DART,
  ELIXIR,
  FRAMES,
  GOROUTINE,
  GROUP,
  LOGGED,
  LOGGED_BLANK,
  LOGGED_TEXT,
  MEMBERS,
  MESSAGE,
  NAMED,
  NONE,
  NOTED,
  NOTED_BLANK,
  OPEN,
  OVER,
  PHP,
  PHP_CLOSED,
  RUBY_FRAMES,
  RUST_FRAMES,
  SPACED,
  TRACEBACK,
} from './kinds.ts';
import { isTraceback, isGroup } from './python.ts';
import { isRubyFrame, isDartFrame } from './script.ts';
import { special } from './special.ts';
import { isFresh, namesException, startsWith } from './text.ts';

export function next(kind: number, bytes: Buffer, from: number, to: number): number {
  const spaced = kind & SPACED;
  switch (kind & ~SPACED) {
    case LOGGED:
      return from === to ? LOGGED_BLANK | OPEN : afterLogged(bytes, from, to, 0);
    case LOGGED_BLANK:
      return from === to ? LOGGED_BLANK | OPEN : afterLogged(bytes, from, to, SPACED);
    case LOGGED_TEXT:
      if (from === to) return LOGGED_BLANK | OPEN;
      if (namesException(bytes, from, to) || isDump(bytes, from, to) || isElixirError(bytes, from, to)) return NONE;
      return entry(bytes, from, to) || text(LOGGED_TEXT, bytes, from, to);
    case NOTED:
      if (from === to) return NOTED_BLANK | OPEN;
      return noted(bytes, from, to, 0);
    case NOTED_BLANK:
      return noted(bytes, from, to, SPACED);
    case MESSAGE: {
      if (from === to) return MESSAGE | spaced | OPEN;
      const found = entry(bytes, from, to);
      if (found !== NONE) return found === FRAMES ? found | spaced : found;
      return namesException(bytes, from, to) || isDump(bytes, from, to)
        ? NONE
        : text(MESSAGE | spaced, bytes, from, to);
    }
    case NAMED:
      if (from === to) return NOTED_BLANK | OPEN;
      if (isFrame(bytes, from, to)) return opensMembers(bytes, from, to) ? MEMBERS : FRAMES;
      return noted(bytes, from, to, 0);
    case CONSOLE:
      return from < to && (bytes[from] === SPACE || bytes[from] === TAB) && !isFresh(bytes, from, to) ? CONSOLE : NONE;
    default:
      return NONE;
  }
}

function afterLogged(bytes: Buffer, from: number, to: number, spaced: number): number {
  const found = entry(bytes, from, to) || dump(bytes, from, to);
  if (found !== NONE) return found === FRAMES ? found | spaced : found;
  if (namesException(bytes, from, to)) return MESSAGE | spaced | OPEN;
  return text(LOGGED_TEXT, bytes, from, to);
}

function noted(bytes: Buffer, from: number, to: number, spaced: number): number {
  if (namesException(bytes, from, to)) return MESSAGE | spaced | OPEN;
  return dump(bytes, from, to);
}

/** Further text of a message. */
function text(kind: number, bytes: Buffer, from: number, to: number): number {
  return isFresh(bytes, from, to) || special(bytes, from, to) !== NONE ? NONE : kind | OPEN;
}

/** What only stands within a trace: the message ends here. */
function entry(bytes: Buffer, from: number, to: number): number {
  switch (bytes[from]) {
    case SPACE:
    case TAB:
      if (isFrame(bytes, from, to)) return opensMembers(bytes, from, to) ? MEMBERS : FRAMES;
      if (isGoPlace(bytes, from, to)) return CALLS;
      return isCause(bytes, from, to) ? MESSAGE | OPEN : NONE;
    case 0x23: // #
      return isDartFrame(bytes, from, to) ? DART : NONE;
    case 0x28: // (
      return startsWith(bytes, from, to, '(Use `node --trace-uncaught') ? OVER : NONE;
    case 0x43: // C
      return isCause(bytes, from, to) ? MESSAGE | OPEN : NONE;
    case 0x53: // S
      return startsWith(bytes, from, to, 'Stack trace:') ? PHP : NONE;
    case 0x5b: // [
      return startsWith(bytes, from, to, '[stacktrace]') ? PHP_CLOSED : NONE;
    case 0x73: // s
      return startsWith(bytes, from, to, 'stack backtrace:') ? RUST_FRAMES : NONE;
    case 0x2a: // *
      if (startsWith(bytes, from, to, '*** Check failure stack trace')) return CHECK_FRAMES;
      return isElixirError(bytes, from, to) ? ELIXIR : NONE;
    default:
      return isRubyFrame(bytes, from, to) ? RUBY_FRAMES : NONE;
  }
}

/** What may stand alone, but belongs to a logger's line right before it. */
function dump(bytes: Buffer, from: number, to: number): number {
  if (isTraceback(bytes, from, to)) return TRACEBACK | OPEN;
  if (isGroup(bytes, from, to)) return GROUP;
  if (startsWith(bytes, from, to, 'During handling of the above')) return CHAINED;
  return isGoroutine(bytes, from, to) ? GOROUTINE : NONE;
}

function isDump(bytes: Buffer, from: number, to: number): boolean {
  return dump(bytes, from, to) !== NONE;
}
