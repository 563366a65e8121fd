/**
 * Closes records whose end did not come: because their log is over, because it has gone on for too long without them, or
 * because all that is open holds too much memory.
 */
import type { LongLines } from './long-lines.ts';
import type { OpenRecord } from './open-record.ts';
import type { Out } from './out.ts';
import type { Partials } from './partials.ts';
import type { EncodeContext } from './context.ts';
import { FURTHER_BYTES, IN_CRI, type LogState } from './state.ts';
import type { Traces } from './traces.ts';

export class Closing {
  readonly #context: EncodeContext;
  readonly #out: Out;
  readonly #traces: Traces;
  readonly #partials: Partials;
  readonly #long: LongLines;

  constructor(context: EncodeContext, out: Out, traces: Traces, partials: Partials, long: LongLines) {
    this.#context = context;
    this.#out = out;
    this.#traces = traces;
    this.#partials = partials;
    this.#long = long;
  }

  /**
   * Closes what a line at `logOffset` or later could not continue any more. What the batch has no room for stays open and
   * comes out the same later: such a line is not added to it either.
   */
  stale(logOffset: number): void {
    const state = this.#context.state;
    for (const stream of state.streams) {
      const { held, partial } = stream;
      if (partial !== null) {
        if (state.within === IN_CRI || logOffset - partial.logEnd <= FURTHER_BYTES) continue;
        if (!this.#partials.abandon(stream)) return;
      }
      if (held !== null && logOffset - held.logEnd > FURTHER_BYTES && !this.#traces.release(stream)) return;
    }
  }

  /** Closes everything. False: the batch has no room for all of it. */
  all(): boolean {
    const { batch, state } = this.#context;
    let closed = this.#long.end();
    for (const stream of state.streams) {
      closed &&= stream.partial === null || this.#partials.abandon(stream);
      closed &&= this.#traces.release(stream);
    }
    state.notePositions(batch);
    return closed;
  }

  /** Ships one of the log's open records as it is, to have its bytes back. False: the batch has no room for it. */
  early(open: OpenRecord): boolean {
    const { batch, state } = this.#context;
    const holder = state.streams.find((stream) => stream.held === open);
    // A partial line's end is still to come: its mark stays where it is.
    if (!(holder === undefined ? this.#out.cutShort(open) : this.#traces.release(holder))) return false;
    state.notePositions(batch);
    return true;
  }
}

/** The open record that holds the most bytes, and the log it belongs to. */
export function largestOpen(states: Iterable<LogState>): { state: LogState; open: OpenRecord } | undefined {
  let found: { state: LogState; open: OpenRecord } | undefined;
  for (const state of states) {
    for (const open of state.opens()) {
      if (!open.shipped && (found === undefined || open.bytes.length > found.open.bytes.length))
        found = { state, open };
    }
  }
  return found;
}
