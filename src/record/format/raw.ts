/**
 * A line that no runtime wrote as it should: all of it is content, of neither stream. Nobody knows its time.
 */
import type { Buffer } from 'node:buffer';
import { type Format, type Line, NO_STREAM, UNREADABLE } from './line.ts';

export class Raw implements Format {
  readonly inPieces = false;

  parse(bytes: Buffer, p: number, end: number, line: Line): number {
    line.stream = NO_STREAM;
    line.partial = false;
    line.bytes = bytes;
    line.from = p;
    line.to = end;
    return UNREADABLE;
  }
}
