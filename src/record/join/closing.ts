/**
 * Closes records whose end did not come: because their log is over, because it has gone on for too long without them, or
 * because all that is open holds too much memory.
 */
import type { EncodeContext } from './context.ts';
import type { LineLoop } from './line-loop.ts';
import type { OpenRecord } from './open-record.ts';
import type { Out } from './out.ts';
import { FURTHER_BYTES, type LogState } from './state.ts';
import type { StreamState } from './stream-state.ts';

export class Closing {
  readonly #context: EncodeContext;
  readonly #out: Out;
  readonly #loop: LineLoop;

  constructor(context: EncodeContext, out: Out, loop: LineLoop) {
    this.#context = context;
    this.#out = out;
    this.#loop = loop;
  }

  /**
   * Closes what a line at `logOffset` of the container log or later could not continue any more. What the batch has no room for
   * stays open and comes out the same later: such a line is not added to it either.
   */
  outdated(logOffset: number): void {
    const { traces, partials } = this.#loop;
    const { state } = this.#context;
    for (const key of state.keys) if (key.isOutdated(logOffset)) key.end();
    for (const stream of state.streams) {
      const { partial } = stream;
      if (partial !== null) {
        if (logOffset - partial.logEnd <= FURTHER_BYTES) continue;
        if (!partials.abandon(stream)) return;
      }
      const latest = stream.latest();
      if (latest !== null && logOffset - latest.logEnd > FURTHER_BYTES && !traces.release(stream)) return;
    }
  }

  /** Closes everything. False: the batch has no room for all of it. */
  all(): boolean {
    const { traces, partials, long } = this.#loop;
    const { batch, state } = this.#context;
    let closed = long.end();
    for (const stream of state.streams) {
      closed &&= stream.partial === null || partials.abandon(stream);
      closed &&= traces.release(stream);
    }
    closed &&= this.#out.tell(state.rate.due(Infinity));
    if (closed) for (const key of state.keys) key.end();
    state.notePositions(batch);
    return closed;
  }

  /** Ships the stack trace that the stream holds. False: the batch has no room for it. */
  trace(stream: StreamState): boolean {
    const { batch, state } = this.#context;
    if (!this.#loop.traces.release(stream)) return false;
    state.notePositions(batch);
    return true;
  }

  /** Tells what a rate dropped in a minute that is over by the clock. False: the batch has no room for it. */
  droppedBefore(nowMs: number): boolean {
    return this.#out.tell(this.#context.state.rate.dueAt(nowMs));
  }

  /** Nothing that comes next can be in a block of a private key: the log is read to its end and has been silent. */
  silentKeys(nowMs: number, emptyAt: number): void {
    const { batch, state } = this.#context;
    for (const key of state.keys) {
      if (!key.isSilent(nowMs, emptyAt)) continue;
      key.end();
      state.notePositions(batch);
    }
  }

  /** Ships one of the log's open records as it is, to have its bytes back. False: the batch has no room for it. */
  early(open: OpenRecord): boolean {
    const { batch, state } = this.#context;
    const holder = state.streams.find((stream) => stream.waiting().includes(open));
    if (holder !== undefined) return this.trace(holder);
    // A partial line's end is still to come: its position stays where it is.
    if (!this.#out.cutShort(open)) return false;
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
