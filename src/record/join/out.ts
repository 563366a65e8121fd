/**
 * The way out of the record stage: lines and open records into the batch of the call, their content cut at the cap.
 *
 * Answers that are a boolean are false when the batch has no room; nothing has changed then.
 */
import type { Batch } from '../../types.ts';
import { Encoder, type Lost, UNFINISHED, UNPARSED } from '../encode/document.ts';
import { characterEnd } from '../encode/escape.ts';
import { FULL } from '../encode/filter.ts';
import type { ReadyDocument } from '../encode/gap.ts';
import type { RenderedLog } from '../encode/rendered-log.ts';
import { Line, NO_STREAM } from '../format/line.ts';
import type { EncodeContext } from './context.ts';
import type { OpenRecord } from './open-record.ts';
import type { LastRecord } from './stream-state.ts';
import { raised } from './traces/raised.ts';

export class Out {
  readonly #context: EncodeContext;
  readonly #encoder: Encoder;
  readonly #lost: Lost;
  readonly #line = new Line();

  constructor(context: EncodeContext, batchBytes: number, lost: Lost) {
    this.#context = context;
    this.#encoder = new Encoder(batchBytes, context.counts, lost);
    this.#lost = lost;
  }

  /** Encodes a line. Answers what the encoder does; `line.to` is then the end of what was kept of it. */
  put(line: Line, flags: number): number {
    const { batch, state, memory } = this.#context;
    const size = line.to - line.from;
    if (size <= memory.maxBytes) return this.#encoder.put(batch, line, state.rendered, flags, 0);
    line.endAt(characterEnd(line.bytes, line.from, line.from + memory.maxBytes));
    return this.#encoder.put(batch, line, state.rendered, flags, size);
  }

  /** Appends a document that is ready. */
  paste(batch: Batch, document: ReadyDocument, rendered: RenderedLog): boolean {
    return this.#encoder.paste(batch, document, rendered);
  }

  /** Takes the record back that was put last in its stream: it turned out to go on. */
  takeBack(last: LastRecord): void {
    const { batch, state } = this.#context;
    if (last.index < 0) this.#encoder.undrop(last.dropped);
    else {
      this.#encoder.take(batch, last.index, state.rendered);
      for (const stream of state.streams) stream.last.closeUp(last.index);
    }
    last.forget();
  }

  /** Encodes an open record as it is and closes it. */
  ship(open: OpenRecord): boolean {
    if (open.shipped) {
      if (open.missing > 0) this.#lost(open.source, 'over_cap', open.missing, 0);
    } else if (!this.#write(open, open.missing > 0 ? open.length + open.missing : 0)) return false;
    open.close();
    return true;
  }

  /** Ships what there is of a record whose end is still to come: its bytes are needed elsewhere. What follows only counts. */
  cutShort(open: OpenRecord): boolean {
    if (!this.#write(open, Math.max(open.length + open.missing, 1))) return false;
    open.shipEarly();
    return true;
  }

  #write(open: OpenRecord, size: number): boolean {
    const { batch, state } = this.#context;
    const line = this.#line;
    open.as(line);
    if (size > 0) line.endAt(characterEnd(line.bytes, line.from, line.to));
    const flags = (open.unfinished ? UNFINISHED : 0) | (open.stream === NO_STREAM ? UNPARSED : 0);
    const trace = open.lines > 1 ? raised(line.bytes, line.from, line.to) : undefined;
    return this.#encoder.put(batch, line, state.rendered, flags, size, trace) !== FULL;
  }
}
