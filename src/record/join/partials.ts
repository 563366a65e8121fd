/**
 * Joins partial lines: CRI's tag P, Docker's text without its line feed, and the pieces of a CRI line that is longer than
 * the reader's buffer. The record is whole with the first line that does not go on, and may then be a part of a stack
 * trace like any other (conmon cuts wherever its 8192-byte read ended).
 *
 * Answers that are a boolean are false when the batch has no room; the line that asked then comes again.
 */
import type { Buffer } from 'node:buffer';
import { Line } from '../format/line.ts';
import type { Openings } from './open-record.ts';
import type { Out } from './out.ts';
import type { EncodeContext } from './context.ts';
import { FURTHER_BYTES, type StreamState } from './state.ts';
import type { Traces } from './traces.ts';

export class Partials {
  readonly #run: EncodeContext;
  readonly #openings: Openings;
  readonly #out: Out;
  readonly #traces: Traces;
  readonly #line = new Line();

  constructor(run: EncodeContext, openings: Openings, out: Out, traces: Traces) {
    this.#run = run;
    this.#openings = openings;
    this.#out = out;
    this.#traces = traces;
  }

  /** Makes room for `line` if what is open in its stream can no longer go on with it. */
  settle(stream: StreamState, line: Line): boolean {
    const open = stream.partial;
    return open === null || line.position - open.over <= FURTHER_BYTES || this.abandon(stream);
  }

  /** Adds a line to the stream's partial one, which it may begin. */
  add(stream: StreamState, line: Line): boolean {
    const run = this.#run;
    stream.partial ??= this.#openings.open(line, run.timeText(run.timeFrom, run.timeTo));
    stream.partial.lastMs = line.ms();
    return this.append(stream, line.bytes, line.from, line.to, line.over, !line.partial);
  }

  /** Adds content to the stream's partial line; `over` is the position after it. `done`: it is whole with that. */
  append(stream: StreamState, bytes: Buffer, from: number, to: number, over: number, done: boolean): boolean {
    const open = stream.partial!;
    const { length, size, endsInCr, over: overBefore } = open;
    this.#openings.append(open, bytes, from, to);
    open.over = over;
    if (!done || this.complete(stream)) return true;
    // the same content will come again
    open.length = length;
    open.size = size;
    open.endsInCr = endsInCr;
    open.over = overBefore;
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
      if (this.#run.multiline || stream.held !== null) {
        const line = this.#line;
        open.as(line);
        const whole = open.size === open.length;
        if (whole && this.#traces.join(stream, line)) {
          stream.held!.unfinished = open.unfinished;
          stream.held!.lastMs = open.lastMs;
          this.#openings.close(open);
          stream.partial = null;
          return true;
        }
        if (!this.#traces.release(stream)) return false;
        if (whole && !open.unfinished && this.#run.multiline && this.#traces.begin(stream, open, line)) {
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
