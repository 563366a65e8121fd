/**
 * The kinds of stack traces, and what the lines of all of them have in common.
 */
import type { Buffer } from 'node:buffer';
import { letters } from '../../util/ascii.ts';
import { same } from '../format/words.ts';

/** No trace. */
export const NONE = 0;
/** Frames are indented or marked: Java, Node, .NET, Ruby, PHP. */
export const FRAMES = 1;
/** A logger's line of level warn or above: the exception itself may come on the next line. */
export const LOGGED = 2;
/** Python, between `Traceback` and the exception. */
export const TRACEBACK = 3;
/** Python, after the exception; then after an empty line; then after the sentence that links two tracebacks. */
export const RAISED = 4;
export const RAISED_BLANK = 5;
export const CHAINED = 6;
/** Go: everything a panicking program prints. */
export const PANIC = 7;
/** .NET's console logger: a level and category, the message indented on the next lines. */
export const CONSOLE = 8;
/** All of them: what a trace may be whose head is gone. */
export const KINDS = [FRAMES, LOGGED, TRACEBACK, RAISED, RAISED_BLANK, CHAINED, PANIC, CONSOLE] as const;

/** By byte: 1 lower case, 2 capital, 4 digit, _ or $. */
export const LETTER = letters('_$');

export function startsWith(bytes: Buffer, from: number, to: number, text: string): boolean {
  return to - from >= text.length && same(bytes, from, text);
}

/** Python's first line. */
export function isTraceback(bytes: Buffer, from: number, to: number): boolean {
  return bytes[from] === 0x54 && startsWith(bytes, from, to, 'Traceback (most recent call last)');
}
