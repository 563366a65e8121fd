/**
 * Joins partial lines: CRI's tag P, Docker's text without its line feed, and the pieces of a CRI line that is longer than
 * the reader's buffer. The record is whole with the first line that does not go on, and may then be a part of a stack
 * trace like any other (conmon cuts wherever its 8192-byte read ended).
 *
 * Answers that are a boolean are false when the batch has no room; the line that asked then comes again.
 */
import type { Buffer } from 'node:buffer';
import { Line } from '../format/line.ts';
import type { EncodeContext } from './context.ts';
import type { Out } from './out.ts';
import { FURTHER_BYTES } from './state.ts';
import type { StreamState } from './stream-state.ts';
import { ALONE, JOINED, NO_ROOM, type Traces } from './traces.ts';

export class Partials {
  readonly #context: EncodeContext;
  readonly #out: Out;
  readonly #traces: Traces;
  readonly #line = new Line();

  constructor(context: EncodeContext, out: Out, traces: Traces) {
    this.#context = context;
    this.#out = out;
    this.#traces = traces;
  }

  /** Closes what is open in the stream if it has gone on for too long for `line` to belong to it. */
  closeOutdated(stream: StreamState, line: Line): boolean {
    const open = stream.partial;
    return open === null || line.logStart - open.logEnd <= FURTHER_BYTES || this.abandon(stream);
  }

  /** Adds a line to the stream's partial one, which it may begin. `isCut`: the line has no end, and will get none. */
  add(stream: StreamState, line: Line, isCut: boolean): boolean {
    const isFirst = stream.partial === null;
    if (isFirst) stream.gather(this.#context.open(line));
    const open = stream.partial!;
    open.hasLineOf(line.ms());
    if (isCut && !line.partial) open.abandon();
    if (this.append(stream, line.bytes, line.from, line.to, line.logEnd, !line.partial)) return true;
    if (isFirst) {
      open.close();
      stream.gather(null);
    }
    return false;
  }

  /** Adds content to the stream's partial line; it ends at `logEnd` in the container log. `done`: it is whole with that. */
  append(stream: StreamState, bytes: Buffer, from: number, to: number, logEnd: number, done: boolean): boolean {
    const open = stream.partial!;
    const { length, size, endsInCr } = open;
    open.goOn(logEnd, bytes, from, to);
    if (!done || this.complete(stream)) return true;
    open.backTo(length, size, endsInCr);
    return false;
  }

  /** What the stream has of its partial line is all there will be of it: its end never came. */
  abandon(stream: StreamState): boolean {
    stream.partial!.abandon();
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
        const joined = whole ? this.#traces.join(stream, line, open) : this.#traces.release(stream) ? ALONE : NO_ROOM;
        if (joined === NO_ROOM) return false;
        if (joined === JOINED) {
          stream.gather(null);
          return true;
        }
        if (whole && !open.unfinished && this.#context.multiline && this.#traces.begin(stream, open, line))
          return this.#isOver(stream);
      }
    }
    return this.#out.ship(open) && this.#isOver(stream);
  }

  /** The record has left; what comes next begins anew. */
  #isOver(stream: StreamState): true {
    stream.gather(null);
    stream.last.forget();
    return true;
  }
}
