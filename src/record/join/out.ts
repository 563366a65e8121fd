/**
 * The way out of the record stage: lines and open records into the batch of the run, their content cut at the cap.
 *
 * Answers that are a boolean are false when the batch has no room; nothing has changed then.
 */
import type { LossReason, Source } from '../../types.ts';
import { type Encoder, FULL, UNFINISHED, UNPARSED } from '../encode/document.ts';
import { characterEnd } from '../encode/escape.ts';
import { Line, NO_STREAM } from '../format/line.ts';
import type { OpenRecord, OpenRecords } from './open-record.ts';
import type { EncodeContext } from './context.ts';

export type Lost = (source: Source, reason: LossReason, bytes: number, lines: number) => void;

export class Out {
  readonly #context: EncodeContext;
  readonly #encoder: Encoder;
  readonly #openRecords: OpenRecords;
  readonly #maxBytes: number;
  readonly #lost: Lost;
  readonly #line = new Line();

  constructor(context: EncodeContext, encoder: Encoder, openRecords: OpenRecords, maxBytes: number, lost: Lost) {
    this.#context = context;
    this.#encoder = encoder;
    this.#openRecords = openRecords;
    this.#maxBytes = maxBytes;
    this.#lost = lost;
  }

  /** Encodes a line. Answers what the encoder does; `line.to` is then the end of what was kept of it. */
  put(line: Line, flags: number): number {
    const context = this.#context;
    const size = line.to - line.from;
    if (size <= this.#maxBytes) return this.#encoder.put(context.batch, line, context.state.rendered, flags, 0);
    line.to = characterEnd(line.bytes, line.from, line.from + this.#maxBytes);
    return this.#encoder.put(context.batch, line, context.state.rendered, flags, size);
  }

  /** Encodes an open record as it is and closes it. */
  ship(open: OpenRecord): boolean {
    if (open.shipped) {
      if (open.size > open.length) this.#lost(open.source, 'over_cap', open.size - open.length, 0);
    } else if (!this.#write(open, open.size > open.length ? open.size : 0)) return false;
    this.#openRecords.close(open);
    return true;
  }

  /** Ships what there is of a record whose end is still to come: its bytes are needed elsewhere. What follows only counts. */
  cutShort(open: OpenRecord): boolean {
    if (!this.#write(open, Math.max(open.size, 1))) return false;
    this.#openRecords.close(open);
    open.shipped = true;
    open.length = open.size;
    return true;
  }

  #write(open: OpenRecord, size: number): boolean {
    const line = this.#line;
    open.as(line);
    if (size > 0) line.to = characterEnd(line.bytes, line.from, line.to);
    const flags = (open.unfinished ? UNFINISHED : 0) | (open.stream === NO_STREAM ? UNPARSED : 0);
    return this.#encoder.put(this.#context.batch, line, this.#context.state.rendered, flags, size) !== FULL;
  }
}
