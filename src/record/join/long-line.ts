/**
 * Where the reader is within a line longer than its buffer. One per container log, since the rest may come much later.
 */
import type { Buffer } from 'node:buffer';
import type { Line, Stream } from '../format/line.ts';
import type { OpenRecord } from './open-record.ts';

/** In none: at the beginning of a line. */
export const AT_LINE = 0;
/** Within a CRI line. */
export const IN_CRI = 1;
/** Within a line of no known format. */
export const IN_RAW = 2;
/** Within a line that was acknowledged before. */
export const IN_ACKNOWLEDGED = 3;
/** Within the NULs in front of a line. */
export const IN_HOLE = 4;

/** Everyone may read its fields; only its methods change them. */
export class LongLine {
  within = AT_LINE;
  /** Offset at which the line begins, and at which its bytes go on. */
  start = 0;
  at = 0;
  /** Of a CRI line: its stream, and whether its tag is P. */
  stream: Stream = 0;
  partial = false;
  /** What there is of a line of no known format. */
  raw: OpenRecord | null = null;
  /** Bytes of a header that NULs in front of it pushed over the end of the buffer. */
  cut: Buffer | null = null;

  begin(within: number, start: number, at: number): void {
    this.within = within;
    this.start = start;
    this.at = at;
  }

  isOf({ stream, partial }: Line): void {
    this.stream = stream;
    this.partial = partial;
  }

  gather(raw: OpenRecord | null): void {
    this.raw = raw;
  }

  /** After NULs comes this of a line that begins there. */
  keep(cut: Buffer | null, start = this.start): void {
    this.cut = cut;
    this.start = start;
  }

  goOn(at: number): void {
    this.at = at;
  }

  end(): void {
    this.within = AT_LINE;
  }
}
