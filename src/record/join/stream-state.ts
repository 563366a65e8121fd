/**
 * What is remembered of one stream of a container log between two calls: the records that are open in it, and for the length of
 * a call its last ordinary one.
 */
import type { Buffer } from 'node:buffer';
import type { Source } from '../../types.ts';
import type { Line, Stream } from '../format/line.ts';
import { Ahead } from './ahead.ts';
import type { OpenRecord } from './open-record.ts';

/** Everyone may read its fields; only its methods change them. */
export class StreamState {
  readonly number: 0 | 1;
  readonly last = new LastRecord();
  /** A stack trace, or a head that may become one. */
  held: OpenRecord | null = null;
  /** Lines after it that belong to it only if a later one says so. */
  readonly ahead = new Ahead();
  /** Lines that turned out not to belong to the trace before them: they come again, before any other line. */
  again: OpenRecord[] = [];
  /** A line whose last partial one has not come. */
  partial: OpenRecord | null = null;

  constructor(number: 0 | 1) {
    this.number = number;
  }

  /** The oldest record that is open. */
  first(): OpenRecord | null {
    return this.held ?? this.again[0] ?? this.partial;
  }

  /** The latest line that waits for another one, or the trace it is part of. */
  latest(): OpenRecord | null {
    return this.again.at(-1) ?? this.ahead.lines.at(-1) ?? this.held;
  }

  /** All records that wait for a further line of their trace. */
  waiting(): OpenRecord[] {
    return this.held === null ? this.again : [this.held, ...this.ahead.lines, ...this.again];
  }

  /** These lines come again, before those that do already. */
  repeat(lines: OpenRecord[]): void {
    if (lines.length > 0) this.again = [...lines, ...this.again];
  }

  /** The first of the lines that come again has come. */
  repeated(): void {
    this.again.shift();
  }

  /** This record is held; null: the one that was is on its way. */
  hold(open: OpenRecord | null): void {
    this.held = open;
  }

  /** This record gathers partial lines; null: the one that did is whole. */
  gather(open: OpenRecord | null): void {
    this.partial = open;
  }
}

/** The last ordinary record of a stream in this call, in case the next line continues it. */
export class LastRecord {
  /** Its content: bytes[from, to). Null: there is none, or it cannot be a head. */
  bytes: Buffer | null = null;
  from = 0;
  to = 0;
  /** Its place in the batch, or -1 if it was dropped, and by what. */
  index = -1;
  dropped = 0;
  start = 0;
  logStart = 0;
  logEnd = 0;
  timeFrom = 0;
  timeTo = 0;
  high = 0;
  low = 0;
  /** Where the time of the line before it lies in the bytes of the call; beforeFrom < 0: it is LogState's. */
  beforeFrom = -1;
  beforeTo = 0;

  keep(line: Line, index: number, dropped: number, beforeFrom: number, beforeTo: number): void {
    this.bytes = line.bytes;
    this.from = line.from;
    this.to = line.to;
    this.index = index;
    this.dropped = dropped;
    this.start = line.start;
    this.logStart = line.logStart;
    this.logEnd = line.logEnd;
    this.timeFrom = line.timeFrom;
    this.timeTo = line.timeTo;
    this.high = line.high;
    this.low = line.low;
    this.beforeFrom = beforeFrom;
    this.beforeTo = beforeTo;
  }

  forget(): void {
    this.bytes = null;
  }

  /** The document at this place was taken out of the batch. */
  closeUp(index: number): void {
    if (this.index > index) this.index--;
  }

  /** Fills `line` with what is remembered: of this source and stream, its time in these bytes. */
  as(line: Line, source: Source, stream: Stream, timeBytes: Buffer): void {
    line.setSource(source, false);
    line.setPlace(this.start, this.logStart, this.logEnd);
    line.setTime(timeBytes, this.timeFrom, this.timeTo, 0, this.high, this.low);
    line.setContent(this.bytes ?? timeBytes, this.from, this.to, stream, false);
  }
}
