/**
 * Joins the lines of a stack trace (multiline.ts says which lines those are).
 *
 * Ordinary lines must not wait: a head is written like any other line, and only a line that has the look of a
 * continuation makes us look back and take the head out of the batch again. When the bytes of a run are given back, the
 * last line of a stream is held if it is a head.
 *
 * Answers that are a boolean are false when the batch has no room; the line that asked then comes again.
 */
import { Buffer } from 'node:buffer';
import type { Encoder } from '../encode/document.ts';
import { Line } from '../format/line.ts';
import { continues, head, looksBack, NONE } from './trace-lines.ts';
import type { OpenRecord, OpenRecords } from './open-record.ts';
import type { Out } from './out.ts';
import type { EncodeContext } from './context.ts';
import { FURTHER_BYTES, type StreamState } from './state.ts';

/** Lines of one stack trace are at most this far apart, by their CRI times. */
export const APART_MS = 1000;
export const MOST_LINES = 1000;
const LINE_FEED = Buffer.from('\n');

export class Traces {
  readonly #context: EncodeContext;
  readonly #encoder: Encoder;
  readonly #openRecords: OpenRecords;
  readonly #maxBytes: number;
  readonly #out: Out;
  readonly #head = new Line();

  constructor(context: EncodeContext, encoder: Encoder, openRecords: OpenRecords, maxBytes: number, out: Out) {
    this.#context = context;
    this.#encoder = encoder;
    this.#openRecords = openRecords;
    this.#maxBytes = maxBytes;
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
    if (kind === NONE || !this.#near(held, line)) return false;
    this.#openRecords.append(held, LINE_FEED, 0, 1);
    this.#openRecords.append(held, line.bytes, line.from, line.to);
    held.trace = kind;
    held.lines++;
    held.logEnd = line.logEnd;
    held.lastMs = line.ms();
    held.waiting = 0;
    return true;
  }

  /** Holds a whole record that was gathered from partial lines, if it is a head. */
  begin(stream: StreamState, open: OpenRecord, line: Line): boolean {
    const kind = head(line.bytes, line.from, line.to);
    if (kind === NONE) return false;
    open.trace = kind;
    open.lines = 1;
    stream.held = open;
    return true;
  }

  /** Ships what the stream holds. */
  release(stream: StreamState): boolean {
    if (stream.held !== null && !this.#out.ship(stream.held)) return false;
    stream.held = null;
    return true;
  }

  /** The bytes that hold the stream's last line are about to change. */
  pause(stream: StreamState): void {
    const last = stream.last;
    if (last.bytes === null) return;
    const kind = head(last.bytes, last.from, last.to);
    if (kind !== NONE) this.#hold(stream, last.bytes, kind);
    last.bytes = null;
  }

  #near(held: OpenRecord, line: Line): boolean {
    return (
      Math.abs(line.ms() - held.lastMs) <= APART_MS &&
      held.length + 1 + line.to - line.from <= this.#maxBytes &&
      held.lines < MOST_LINES &&
      line.logStart - held.logEnd <= FURTHER_BYTES
    );
  }

  /** Takes the stream's last record out of the batch and holds it. */
  #hold(stream: StreamState, bytes: Buffer, kind: number): OpenRecord {
    const context = this.#context;
    const last = stream.last;
    const line = this.#head;
    line.source = context.source();
    line.stream = stream.number;
    line.timeBytes = context.bytes;
    last.as(line);
    const held = this.#openRecords.open(line, context.timeText(last.beforeFrom, last.beforeTo));
    this.#openRecords.append(held, bytes, last.from, last.to);
    held.lines = 1;
    held.trace = kind;
    held.logEnd = last.logEnd;
    held.lastMs = line.ms();
    if (last.index < 0) this.#encoder.undrop(last.dropped);
    else {
      this.#encoder.take(context.batch, last.index, context.state.rendered);
      for (const other of context.state.streams) if (other.last.index > last.index) other.last.index--;
    }
    last.bytes = null;
    stream.held = held;
    return held;
  }
}
