/**
 * Joins partial lines: CRI's tag P, Docker's text without its line feed, and the pieces of a CRI line that is longer than
 * the reader's buffer. The record is whole with the first line that does not go on, and may then be a part of a stack
 * trace like any other (conmon cuts wherever its 8192-byte read ended).
 *
 * Answers that are a boolean are false when the batch has no room; the line that asked then comes again.
 */
import type { Buffer } from 'node:buffer';
import { Line } from '../format/line.ts';
import type { OpenRecords } from './open-record.ts';
import type { Out } from './out.ts';
import type { EncodeContext } from './context.ts';
import { FURTHER_BYTES, type StreamState } from './state.ts';
import type { Traces } from './traces.ts';

export class Partials {
  readonly #context: EncodeContext;
  readonly #openRecords: OpenRecords;
  readonly #out: Out;
  readonly #traces: Traces;
  readonly #line = new Line();

  constructor(context: EncodeContext, openRecords: OpenRecords, out: Out, traces: Traces) {
    this.#context = context;
    this.#openRecords = openRecords;
    this.#out = out;
    this.#traces = traces;
  }

  /** Makes room for `line` if what is open in its stream can no longer go on with it. */
  closeOutdated(stream: StreamState, line: Line): boolean {
    const open = stream.partial;
    return open === null || line.logStart - open.logEnd <= FURTHER_BYTES || this.abandon(stream);
  }

  /** Adds a line to the stream's partial one, which it may begin. */
  add(stream: StreamState, line: Line): boolean {
    const context = this.#context;
    stream.partial ??= this.#openRecords.open(line, context.timeText(context.timeFrom, context.timeTo));
    stream.partial.lastMs = line.ms();
    return this.append(stream, line.bytes, line.from, line.to, line.logEnd, !line.partial);
  }

  /** Adds content to the stream's partial line; `over` is the position after it. `done`: it is whole with that. */
  append(stream: StreamState, bytes: Buffer, from: number, to: number, logEnd: number, done: boolean): boolean {
    const open = stream.partial!;
    const { length, size, endsInCr, logEnd: logEndBefore } = open;
    this.#openRecords.append(open, bytes, from, to);
    open.logEnd = logEnd;
    if (!done || this.complete(stream)) return true;
    // the same content will come again
    open.length = length;
    open.size = size;
    open.endsInCr = endsInCr;
    open.logEnd = logEndBefore;
    return false;
  }

  /** What the stream has of its partial line is all there will be of it: its end never came. */
  abandon(stream: StreamState): boolean {
    stream.partial!.unfinished = true;
    return this.complete(stream);
  }

  /** The stream's partial line is whole. */
  complete(stream: StreamState): boolean {
    const open = stream.partial!;
    if (!open.shipped) {
      if (!open.unfinished) open.stripCr();
      if (this.#context.multiline || stream.held !== null) {
        const line = this.#line;
        open.as(line);
        const whole = open.size === open.length;
        if (whole && this.#traces.join(stream, line)) {
          stream.held!.unfinished = open.unfinished;
          stream.held!.lastMs = open.lastMs;
          this.#openRecords.close(open);
          stream.partial = null;
          return true;
        }
        if (!this.#traces.release(stream)) return false;
        if (whole && !open.unfinished && this.#context.multiline && this.#traces.begin(stream, open, line)) {
          stream.partial = null;
          stream.last.bytes = null;
          return true;
        }
      }
    }
    if (!this.#out.ship(open)) return false;
    stream.partial = null;
    stream.last.bytes = null;
    return true;
  }
}
