/** Go: panics, dumps of goroutines, the stacks that zap and pkg/errors print, reports of data races. */
import type { Buffer } from 'node:buffer';
import { isDigit, SPACE, TAB } from '../../../util/ascii.ts';
import { BETWEEN, CALLS, GOROUTINE, NONE, OPEN, OVER, PANIC, RACE, RULE } from './kinds.ts';
import { LETTER, holds, isFresh, lineNumberStart, startsWith, textStart } from './text.ts';

/** The kind of trace that the line begins. */
export function begins(bytes: Buffer, from: number, to: number): number {
  switch (bytes[from]) {
    case 0x70: // p
      return startsWith(bytes, from, to, 'panic: ') ? PANIC : NONE;
    case 0x66: // f
      return startsWith(bytes, from, to, 'fatal error: ') ? PANIC : NONE;
    case 0x72: // r
      return startsWith(bytes, from, to, 'runtime: goroutine stack exceeds ') ? PANIC : NONE;
    case 0x67: // g
      return isGoroutine(bytes, from, to) ? GOROUTINE : NONE;
    case 0x53: // S
      return startsWith(bytes, from, to, 'SIG') && holds(bytes, from, Math.min(to, from + 12), ': ') ? PANIC : NONE;
    case 0x3d: // =
      return to - from === 18 && startsWith(bytes, from, to, '==================') ? RULE : NONE;
    case 0x57: // W
      return startsWith(bytes, from, to, 'WARNING: DATA RACE') ? RACE : NONE;
    default:
      return NONE;
  }
}

export function next(kind: number, bytes: Buffer, from: number, to: number): number {
  const blank = from === to;
  switch (kind) {
    case PANIC:
      if (isGoroutine(bytes, from, to) || startsWith(bytes, from, to, 'runtime stack:')) return GOROUTINE;
      if (startsWith(bytes, from, to, '[signal ') || startsWith(bytes, from, to, '\tpanic: ')) return PANIC;
      if (startsWith(bytes, from, to, 'fatal error: ') || startsWith(bytes, from, to, 'PC=0x')) return PANIC | OPEN;
      return isFresh(bytes, from, to) || begins(bytes, from, to) !== NONE ? NONE : PANIC | OPEN;
    case GOROUTINE:
      if (blank) return BETWEEN | OPEN;
      return isPart(bytes, from, to) ? GOROUTINE : NONE;
    case BETWEEN:
      if (blank) return BETWEEN | OPEN;
      return isGoroutine(bytes, from, to) ||
        isRegister(bytes, from, to) ||
        startsWith(bytes, from, to, 'runtime stack:')
        ? GOROUTINE
        : NONE;
    case CALLS:
      if (isGoPlace(bytes, from, to)) return CALLS;
      return isFunction(bytes, from, to) ? CALLS | OPEN : NONE;
    case RULE:
      return startsWith(bytes, from, to, 'WARNING: DATA RACE') ? RACE : NONE;
    case RACE:
      if (blank) return RACE | OPEN;
      if (bytes[from] === SPACE) return isFresh(bytes, from, to) ? NONE : RACE;
      if (startsWith(bytes, from, to, '==================')) return OVER;
      return isAccess(bytes, from, to) ? RACE : NONE;
    default:
      return NONE;
  }
}

/** `goroutine 1 [running]:`, `goroutine 1 gp=0xc000002380 m=0 mp=0x5d [running]:` */
export function isGoroutine(bytes: Buffer, from: number, to: number): boolean {
  return (
    bytes[from] === 0x67 &&
    startsWith(bytes, from, to, 'goroutine ') &&
    isDigit(bytes[from + 10]) &&
    bytes[to - 1] === 0x3a &&
    holds(bytes, from, to, ' [')
  );
}

/** A line of a goroutine's stack. */
function isPart(bytes: Buffer, from: number, to: number): boolean {
  switch (bytes[from]) {
    case TAB:
      return isGoPlace(bytes, from, to);
    case 0x67:
      if (isGoroutine(bytes, from, to)) return true;
      break;
    case 0x63:
      if (startsWith(bytes, from, to, 'created by ')) return true;
      break;
    case 0x5b:
      return startsWith(bytes, from, to, '[signal ') || startsWith(bytes, from, to, '[originating from goroutine ');
    case 0x2e:
      return startsWith(bytes, from, to, '...') && holds(bytes, from, to, 'frames elided...');
    case 0x72:
      if (startsWith(bytes, from, to, 'runtime stack:')) return true;
  }
  return isCall(bytes, from, to) || isRegister(bytes, from, to);
}

/** `\t/app/main.go:12 +0x1d` */
export function isGoPlace(bytes: Buffer, from: number, to: number): boolean {
  if (bytes[from] !== TAB) return false;
  let e = from + 1;
  while (e < to && bytes[e] !== SPACE) e++;
  return lineNumberStart(bytes, from + 1, e) >= 0;
}

/** `main.(*server).handle(0xc000010000, 0x1)`: ends with a bracket and has no space before the first one. */
function isCall(bytes: Buffer, from: number, to: number): boolean {
  if (bytes[to - 1] !== 0x29) return false;
  let dots = bytes[from] === 0x70;
  for (let i = from; i < to; i++) {
    const c = bytes[i];
    if (c === SPACE) return false;
    if (c === 0x2e) dots = true;
    if (c === 0x28 && dots) return true;
  }
  return false;
}

/** `main.(*server).handle`, without its arguments. */
function isFunction(bytes: Buffer, from: number, to: number): boolean {
  if (from === to || LETTER[bytes[from]!]! === 0) return false;
  let dots = false;
  for (let i = from; i < to; i++) {
    if (bytes[i] === SPACE || bytes[i] === 0x3a) return false;
    if (bytes[i] === 0x2e) dots = true;
  }
  return dots;
}

/** `rax    0x0` */
function isRegister(bytes: Buffer, from: number, to: number): boolean {
  let i = from;
  while (i < to && LETTER[bytes[i]!]! !== 0) i++;
  const value = textStart(bytes, i, to);
  return i > from && i - from <= 6 && value > i && startsWith(bytes, value, to, '0x');
}

function isAccess(bytes: Buffer, from: number, to: number): boolean {
  return (
    startsWith(bytes, from, to, 'Read at 0x') ||
    startsWith(bytes, from, to, 'Write at 0x') ||
    startsWith(bytes, from, to, 'Previous ') ||
    (startsWith(bytes, from, to, 'Goroutine ') && isDigit(bytes[from + 10]))
  );
}
