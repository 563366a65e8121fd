/**
 * Joins the lines of a stack trace (trace-head.ts and trace-lines.ts say which lines those are).
 *
 * Ordinary lines must not wait: a head is written like any other line, and only a line that has the look of a
 * continuation makes us look back and take the head out of the batch again. When the bytes of a call are given back, the
 * last line of a stream is held if it is a head.
 *
 * Answers that are a boolean are false when the batch has no room; the line that asked then comes again.
 */
import type { Buffer } from 'node:buffer';
import { Line } from '../format/line.ts';
import type { EncodeContext } from './context.ts';
import type { OpenRecord } from './open-record.ts';
import type { Out } from './out.ts';
import { FURTHER_BYTES } from './state.ts';
import type { StreamState } from './stream-state.ts';
import { head } from './trace-head.ts';
import { NONE } from './trace-kinds.ts';
import { continues, looksBack } from './trace-lines.ts';

/** Lines of one stack trace are at most this far apart, by their CRI times. */
export const APART_MS = 1000;
export const MOST_LINES = 1000;

export class Traces {
  readonly #context: EncodeContext;
  readonly #out: Out;
  readonly #head = new Line();

  constructor(context: EncodeContext, out: Out) {
    this.#context = context;
    this.#out = out;
  }

  /** Adds the line to the trace before it; false if there is none or the line does not belong to it. */
  join(stream: StreamState, line: Line): boolean {
    let held = stream.held;
    if ((held === null || held.lines === 1) && !looksBack(line.bytes, line.from, line.to)) return false;
    if (held === null) {
      const last = stream.last;
      if (last.bytes === null) return false;
      const kind = head(last.bytes, last.from, last.to);
      if (kind === NONE || continues(kind, line.bytes, line.from, line.to) === NONE) return false;
      held = this.#hold(stream, last.bytes, kind);
    }
    const kind = continues(held.trace, line.bytes, line.from, line.to);
    if (kind === NONE || !this.#isNear(held, line)) return false;
    held.addLine(line, kind);
    return true;
  }

  /** Holds a whole record that was gathered from partial lines, if it is a head. */
  begin(stream: StreamState, open: OpenRecord, line: Line): boolean {
    const kind = head(line.bytes, line.from, line.to);
    if (kind === NONE) return false;
    open.beginTrace(kind);
    stream.hold(open);
    return true;
  }

  /** Ships what the stream holds. */
  release(stream: StreamState): boolean {
    if (stream.held !== null && !this.#out.ship(stream.held)) return false;
    stream.hold(null);
    return true;
  }

  /** The bytes that hold the stream's last line are about to change. */
  pause(stream: StreamState): void {
    const last = stream.last;
    if (last.bytes === null) return;
    const kind = head(last.bytes, last.from, last.to);
    if (kind !== NONE) this.#hold(stream, last.bytes, kind);
    last.forget();
  }

  #isNear(held: OpenRecord, line: Line): boolean {
    return (
      Math.abs(line.ms() - held.lastMs) <= APART_MS &&
      held.length + 1 + line.to - line.from <= this.#context.memory.maxBytes &&
      held.lines < MOST_LINES &&
      line.logStart - held.logEnd <= FURTHER_BYTES
    );
  }

  /** Takes the stream's last record out of the batch and holds it. */
  #hold(stream: StreamState, bytes: Buffer, kind: number): OpenRecord {
    const context = this.#context;
    const last = stream.last;
    const line = this.#head;
    last.as(line, context.source(), stream.number, context.bytes);
    const held = context.open(line, last.beforeFrom, last.beforeTo);
    held.goOn(last.logEnd, bytes, last.from, last.to);
    held.hasLineOf(line.ms());
    held.beginTrace(kind);
    this.#out.takeBack(last);
    stream.hold(held);
    return held;
  }
}
