/**
 * Traces whose frames begin with `at`: Java, Kotlin, Scala, Clojure, Groovy, .NET, Node. And the dump of all threads of a JVM.
 */
import type { Buffer } from 'node:buffer';
import { isDigit, SPACE, TAB } from '../../../util/ascii.ts';
import { wordLevel } from '../../format/words.ts';
import {
  CAUSE,
  DUMP_TIME,
  FRAMES,
  GAP,
  MEMBERS,
  NONE,
  OPEN,
  OVER,
  SPACED,
  THREADS,
  JUL,
  LOGGED,
  NOTED,
} from './kinds.ts';
import { LETTER, digitsEnd, endsWith, holds, isFresh, startsWith, textStart, nameEnd } from './text.ts';

export function next(kind: number, bytes: Buffer, from: number, to: number): number {
  const spaced = kind & SPACED;
  switch (kind & ~SPACED) {
    case FRAMES:
      if (from === to) return spaced !== 0 ? OVER : GAP | OPEN;
      return afterFrame(bytes, from, to, spaced);
    case GAP:
      if (from === to) return NONE;
      if (isCause(bytes, from, to)) return CAUSE;
      return isListItem(bytes, from, to) ? CAUSE | OPEN : NONE;
    case CAUSE:
      if (from !== to) {
        const found = afterFrame(bytes, from, to, spaced);
        if (found !== NONE) return found;
        if (isFresh(bytes, from, to)) return NONE;
      }
      return CAUSE | spaced | OPEN;
    case MEMBERS:
      if (from === to) return MEMBERS | OPEN;
      if (bytes[from] === 0x7d && to - from <= 2) return FRAMES;
      return isFresh(bytes, from, to) || (bytes[from] !== SPACE && bytes[from] !== TAB) ? NONE : MEMBERS;
    case DUMP_TIME:
      return startsWith(bytes, from, to, 'Full thread dump ') ? THREADS : NONE;
    case JUL:
      return javaLog(bytes, from, to);
    case THREADS:
      return thread(bytes, from, to);
    default:
      return NONE;
  }
}

function afterFrame(bytes: Buffer, from: number, to: number, spaced: number): number {
  if (isFrame(bytes, from, to) || isMore(bytes, from, to))
    return (opensMembers(bytes, from, to) ? MEMBERS : FRAMES) | spaced;
  if (isCause(bytes, from, to)) return CAUSE | spaced;
  if (bytes[from] !== SPACE && bytes[from] !== TAB) return NONE;
  return isFresh(bytes, from, to) ? NONE : CAUSE | spaced | OPEN;
}

/**
 * A frame: `at`, then a name with its place. Sentences go on with `at`, too: a place has a bracket with a dot or a colon in it, or
 * is one word with such a sign.
 */
export function isFrame(bytes: Buffer, from: number, to: number): boolean {
  const i = textStart(bytes, from, to);
  if (i === from || bytes[i] !== 0x61 || bytes[i + 1] !== 0x74 || bytes[i + 2] !== SPACE || to - i < 4) return false;
  let signs = false;
  let words = 1;
  let bracket = -1;
  for (let k = i + 3; k < to; k++) {
    const c = bytes[k]!;
    if (c === SPACE) words++;
    else if (c === 0x28) {
      if (bracket < 0 && LETTER[bytes[k - 1]!] !== 0 && k > i + 4) return true;
      bracket = k;
      signs = false;
    } else if (c === 0x2e || c === 0x3a || c === 0x2f || c === 0x3c) signs = true;
  }
  if (bracket >= 0) return signs || holds(bytes, bracket, to, 'native') || holds(bytes, bracket, to, 'index ');
  if (words === 1 && bytes[from] === TAB) return true;
  const last = bytes[to - 1]!;
  return signs && (words === 1 || ((last === 0x7b || last === 0x2c || isDigit(last)) && words <= 3));
}

/** `... 12 more`, `- locked <0x…>`, `--- End of inner exception stack trace ---`. */
function isMore(bytes: Buffer, from: number, to: number): boolean {
  const i = textStart(bytes, from, to);
  switch (bytes[i]) {
    case 0x2e:
      return i > from && startsWith(bytes, i, to, '... ') && isDigit(bytes[i + 4]);
    case 0x2d:
      if (startsWith(bytes, i, to, '--- End of ')) return true;
      return (
        i > from &&
        (startsWith(bytes, i, to, '- locked ') ||
          startsWith(bytes, i, to, '- waiting ') ||
          startsWith(bytes, i, to, '- parking '))
      );
    case 0x4f:
      return startsWith(bytes, i, to, 'Original Stack Trace:');
    case 0x2a:
      return i > from && startsWith(bytes, i, to, '*__checkpoint');
    case 0x7c:
      return i > from && startsWith(bytes, i, to, '|_ ');
    default:
      return false;
  }
}

/** `Caused by: `, `Suppressed: `, `---> `: an exception within the exception. */
export function isCause(bytes: Buffer, from: number, to: number): boolean {
  const i = textStart(bytes, from, to);
  switch (bytes[i]) {
    case 0x43:
      return startsWith(bytes, i, to, 'Caused by: ');
    case 0x53:
      return startsWith(bytes, i, to, 'Suppressed: ');
    case 0x57:
      return startsWith(bytes, i, to, 'Wrapped by: ');
    case 0x2d:
      return i > from && startsWith(bytes, i, to, '---> ');
    default:
      return false;
  }
}

/** Node prints the error's own members behind the last frame. */
export function opensMembers(bytes: Buffer, from: number, to: number): boolean {
  return endsWith(bytes, from, to, ' {');
}

/** Guice: `2) No implementation was bound.`, `1 error`. */
function isListItem(bytes: Buffer, from: number, to: number): boolean {
  const e = digitsEnd(bytes, from, to);
  return e > from && (startsWith(bytes, e, to, ') ') || startsWith(bytes, e, to, ' error'));
}

function thread(bytes: Buffer, from: number, to: number): number {
  if (from === to) return THREADS | OPEN;
  const c = bytes[from]!;
  if (c === 0x22) return THREADS;
  if (c === SPACE || c === TAB) return isFresh(bytes, from, to) ? NONE : THREADS;
  const isPart =
    c === 0x7d ||
    startsWith(bytes, from, to, '0x0') ||
    startsWith(bytes, from, to, 'Threads class SMR info:') ||
    startsWith(bytes, from, to, '_java_thread_list=') ||
    startsWith(bytes, from, to, 'JNI global ref') ||
    (to - from === 4 && startsWith(bytes, from, to, 'Heap')) ||
    startsWith(bytes, from, to, 'Found ') ||
    startsWith(bytes, from, to, 'Java stack information') ||
    startsWith(bytes, from, to, '====') ||
    startsWith(bytes, from, to, '----') ||
    startsWith(bytes, from, to, 'which is held by "');
  return isPart ? THREADS : NONE;
}

/** The second line of java.util.logging: a level, a colon, the message. */
function javaLog(bytes: Buffer, from: number, to: number): number {
  if (startsWith(bytes, from, to, 'SEVERE: ') || startsWith(bytes, from, to, 'WARNING: ')) return LOGGED;
  const e = nameEnd(bytes, from, to);
  return e < to && bytes[e] === 0x3a && bytes[e + 1] === SPACE && wordLevel(bytes, from, e) !== 0 ? NOTED : NONE;
}
