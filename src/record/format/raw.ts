/**
 * A line of no known format: all of it is content, it belongs to neither stream, and it has no time.
 */
import type { Buffer } from 'node:buffer';
import { type Format, type Line, NO_STREAM, UNREADABLE } from './line.ts';

export class Raw implements Format {
  readonly inPieces = false;

  parse(bytes: Buffer, p: number, end: number, line: Line): number {
    line.setContent(bytes, p, end, NO_STREAM, false);
    return UNREADABLE;
  }
}
