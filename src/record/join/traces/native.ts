/** Rust's panics and backtraces, what C++ prints when it aborts, the reports of sanitizers. */
import type { Buffer } from 'node:buffer';
import { isDigit, SPACE } from '../../../util/ascii.ts';
import {
  ASAN,
  ASAN_RULE,
  CHECK_FRAMES,
  NONE,
  OPEN,
  OVER,
  RUST,
  RUST_CAUSE,
  RUST_FRAMES,
  RUST_TEXT,
  TERMINATE,
} from './kinds.ts';
import { digitsEnd, holds, isFresh, startsWith, textStart } from './text.ts';

/** The kind of trace that the line begins. */
export function begins(bytes: Buffer, from: number, to: number): number {
  if (bytes[from] === 0x3d) {
    if (to - from >= 60 && startsWith(bytes, from, to, '====================')) return ASAN_RULE;
    return isReport(bytes, from, to) ? ASAN : NONE;
  }
  if (startsWith(bytes, from, to, "thread '") && holds(bytes, from, to, ' panicked at '))
    return bytes[to - 1] === 0x3a ? RUST_TEXT : RUST;
  return startsWith(bytes, from, to, 'terminate called ') ? TERMINATE : NONE;
}

export function next(kind: number, bytes: Buffer, from: number, to: number): number {
  const blank = from === to;
  const indented = bytes[from] === SPACE && !blank;
  switch (kind) {
    case RUST_TEXT:
      if (isFresh(bytes, from, to) || begins(bytes, from, to) !== NONE) return NONE;
      return rust(bytes, from, to) || (blank ? RUST | OPEN : RUST);
    case RUST: {
      const found = rust(bytes, from, to);
      if (found !== NONE) return found;
      return isFresh(bytes, from, to) || begins(bytes, from, to) !== NONE ? NONE : RUST | OPEN;
    }
    case RUST_FRAMES:
      if (!indented) return startsWith(bytes, from, to, 'note: ') ? OVER : NONE;
      return isRustFrame(bytes, from, to) ? RUST_FRAMES : NONE;
    case RUST_CAUSE:
      if (indented) return isFresh(bytes, from, to) ? NONE : RUST_CAUSE;
      if (blank) return RUST_CAUSE | OPEN;
      return startsWith(bytes, from, to, 'Stack backtrace:') ? RUST_FRAMES : NONE;
    case TERMINATE:
      return startsWith(bytes, from, to, '  what():') ? OVER : NONE;
    case CHECK_FRAMES:
      return startsWith(bytes, from, to, '    @ ') ? CHECK_FRAMES : NONE;
    case ASAN_RULE:
      return isReport(bytes, from, to) ? ASAN : NONE;
    case ASAN:
      return blank ? ASAN | OPEN : report(bytes, from, to);
    default:
      return NONE;
  }
}

/** What ends the message of a panic. */
function rust(bytes: Buffer, from: number, to: number): number {
  if (startsWith(bytes, from, to, 'stack backtrace:')) return RUST_FRAMES;
  return startsWith(bytes, from, to, 'note: run with `RUST_BACKTRACE') ? OVER : NONE;
}

/** `   4: a::main`, `             at ./rs/a.rs:6:59` */
function isRustFrame(bytes: Buffer, from: number, to: number): boolean {
  const i = textStart(bytes, from, to);
  return startsWith(bytes, i, to, 'at ') || (isDigit(bytes[i]) && startsWith(bytes, digitsEnd(bytes, i, to), to, ': '));
}

/** `==32388==ERROR: AddressSanitizer: ` */
function isReport(bytes: Buffer, from: number, to: number): boolean {
  const e = digitsEnd(bytes, from + 2, to);
  if (e === from + 2 || !startsWith(bytes, from, to, '==')) return false;
  return startsWith(bytes, e, to, '==ERROR: ') || startsWith(bytes, e, to, '==WARNING: ');
}

function report(bytes: Buffer, from: number, to: number): number {
  switch (bytes[from]) {
    case SPACE: {
      const i = textStart(bytes, from, to);
      return startsWith(bytes, i, to, '0x') || !isFresh(bytes, from, to) ? ASAN : NONE;
    }
    case 0x3d: // =
      if (startsWith(bytes, from, to, '=>0x')) return ASAN;
      return startsWith(bytes, from, to, '==') && isDigit(bytes[from + 2]) ? OVER : NONE;
    default:
      return startsWith(bytes, from, to, '0x') ||
        startsWith(bytes, from, to, 'SUMMARY: ') ||
        startsWith(bytes, from, to, 'Shadow byte') ||
        startsWith(bytes, from, to, 'READ of ') ||
        startsWith(bytes, from, to, 'WRITE of ') ||
        startsWith(bytes, from, to, 'HINT: ') ||
        startsWith(bytes, from, to, 'Direct leak ') ||
        startsWith(bytes, from, to, 'Indirect leak ') ||
        (holds(bytes, from, to, 'llocated by thread T') && !isFresh(bytes, from, to)) ||
        startsWith(bytes, from, to, 'freed by thread T')
        ? ASAN
        : NONE;
  }
}
