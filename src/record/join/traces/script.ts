/** Ruby, PHP, Dart and Perl. */
import type { Buffer } from 'node:buffer';
import { isDigit, SPACE, TAB } from '../../../util/ascii.ts';
import { DART, NONE, OPEN, OVER, PERL, PHP, PHP_CLOSED, PHP_NEXT, RUBY, RUBY_FRAMES, RUBY_RESCUE } from './kinds.ts';
import { digitsEnd, endsWith, holds, isFresh, startsWith } from './text.ts';

/** The kind of trace that the line begins: of an error of Ruby, or a place of Perl. */
export function begins(bytes: Buffer, from: number, to: number): number {
  const last = bytes[to - 1];
  if (last === 0x29 || last === 0x6d) {
    if (!isRubyFrame(bytes, from, to)) return NONE;
    return holds(bytes, from, to, ':in `rescue in ') || holds(bytes, from, to, ":in 'rescue in ") ? RUBY_RESCUE : RUBY;
  }
  if (last !== 0x2e) return NONE;
  let i = to - 1;
  while (i > from && isDigit(bytes[i - 1])) i--;
  return i < to - 1 && endsWith(bytes, from, i, ' line ') && holds(bytes, from, i, ' at ') ? PERL : NONE;
}

export function next(kind: number, bytes: Buffer, from: number, to: number): number {
  switch (kind) {
    case RUBY:
    case RUBY_RESCUE:
      if (isRubyFrom(bytes, from, to)) return kind;
      // An error raised in a rescue has its cause right behind it.
      if (kind === RUBY_RESCUE && begins(bytes, from, to) === RUBY) return RUBY;
      return NONE;
    case RUBY_FRAMES:
      return isRubyFrame(bytes, from, to) && bytes[to - 1] !== 0x29 ? RUBY_FRAMES : NONE;
    case PHP:
      if (isNumber(bytes, from, to)) return PHP;
      if (from === to) return PHP_NEXT | OPEN;
      return startsWith(bytes, from, to, '  thrown in ') ? OVER : NONE;
    case PHP_NEXT:
      if (startsWith(bytes, from, to, 'Stack trace:')) return PHP;
      return from === to || isFresh(bytes, from, to) ? NONE : PHP_NEXT | OPEN;
    case PHP_CLOSED:
      if (isNumber(bytes, from, to) || startsWith(bytes, from, to, '[stacktrace]')) return PHP_CLOSED;
      if (startsWith(bytes, from, to, '[previous exception]')) return PHP_CLOSED;
      return startsWith(bytes, from, to, '"}') ? OVER : NONE;
    case DART:
      if (isDartFrame(bytes, from, to)) return DART;
      return startsWith(bytes, from, to, '<asynchronous suspension>') ? DART : NONE;
    case PERL:
      return bytes[from] === TAB && holds(bytes, from, to, ' called at ') && holds(bytes, from, to, ' line ')
        ? PERL
        : NONE;
    default:
      return NONE;
  }
}

/** `app.rb:3:in 'total'`: a place of Ruby, its method behind it. */
export function isRubyFrame(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from + 3; i < to - 5; i++) {
    const c = bytes[i]!;
    if (c === SPACE) return false;
    if (c === 0x3a && isDigit(bytes[i + 1])) {
      const e = digitsEnd(bytes, i + 1, to);
      return startsWith(bytes, e, to, ':in ') && (bytes[e + 4] === 0x60 || bytes[e + 4] === 0x27);
    }
  }
  return false;
}

/** `\tfrom app.rb:9:in 'each'`, `\t1: from app.rb:9:in 'each'` */
export function isRubyFrom(bytes: Buffer, from: number, to: number): boolean {
  if (bytes[from] !== TAB && bytes[from] !== SPACE) return false;
  let i = from;
  while (i < to && (bytes[i] === TAB || bytes[i] === SPACE)) i++;
  const e = digitsEnd(bytes, i, to);
  if (e > i) i = startsWith(bytes, e, to, ': ') ? e + 2 : to;
  return startsWith(bytes, i, to, 'from ') && holds(bytes, i, to, ':');
}

/** `#0 /app/index.php(5): run()` */
function isNumber(bytes: Buffer, from: number, to: number): boolean {
  return bytes[from] === 0x23 && isDigit(bytes[from + 1]) && bytes[digitsEnd(bytes, from + 1, to)] === SPACE;
}

/** `#0      main (file:///app/main.dart:3:5)` */
export function isDartFrame(bytes: Buffer, from: number, to: number): boolean {
  if (!isNumber(bytes, from, to) || bytes[to - 1] !== 0x29) return false;
  return holds(bytes, from, to, '.dart') || holds(bytes, from, to, '(dart:') || holds(bytes, from, to, '(package:');
}
