/**
 * The way out of the record stage: lines and open records into the batch of the call, their content cut at the cap and redacted.
 *
 * Answers that are a boolean are false when the batch has no room; nothing has changed then.
 */
import { Buffer } from 'node:buffer';
import type { Batch } from '../../types.ts';
import { Encoder, type Lost, UNFINISHED, UNPARSED } from '../encode/document.ts';
import { characterEnd } from '../encode/escape.ts';
import { DROPPED_BY_RATE, FULL, WRITTEN } from '../encode/filter.ts';
import type { ReadyDocument } from '../encode/gap.ts';
import { hasStack, type Raised } from '../encode/raised.ts';
import type { RenderedLog } from '../encode/rendered-log.ts';
import { type Dropped, rateDocument } from '../encode/rate-document.ts';
import { Line, NO_STREAM } from '../format/line.ts';
import { CUT_OFF, Redactor, UNENDED, WHOLE } from '../redact/redactor.ts';
import type { EncodeContext } from './context.ts';
import type { OpenRecord } from './open-record.ts';
import type { StreamState } from './stream-state.ts';
import { FURTHER } from './traces/kinds.ts';
import { raised } from './traces/raised.ts';
import { idOf, type Seen, type Watcher } from './watch.ts';

export class Out {
  readonly #context: EncodeContext;
  readonly #encoder: Encoder;
  readonly #lost: Lost;
  readonly #line = new Line();
  readonly #tells: boolean;
  readonly #redactor: Redactor;
  readonly #shown = new Line();
  readonly #watcher: Watcher | undefined;
  /** Something was redacted in the last record of a log that rules redact. */
  #isRedacted = false;

  /** `tells`: of records that a rate dropped a document tells. */
  constructor(context: EncodeContext, batchBytes: number, lost: Lost, tells: boolean, watcher?: Watcher) {
    this.#watcher = watcher;
    this.#tells = tells;
    this.#context = context;
    this.#encoder = new Encoder(batchBytes, context.counts, lost);
    this.#lost = lost;
    this.#redactor = new Redactor(context.memory.maxBytes);
  }

  /** Encodes a line. Answers what the encoder does; `line.to` is then the end of what was kept of it. */
  put(line: Line, flags: number): number {
    const { state, memory } = this.#context;
    const size = line.to - line.from;
    const isOver = size > memory.maxBytes;
    if (isOver) line.endAt(characterEnd(line.bytes, line.from, line.from + memory.maxBytes));
    return state.rendered.isFree && this.#watcher === undefined
      ? this.#encoder.put(this.#context.batch, line, line, state.rendered, flags, isOver ? size : 0, false)
      : this.#putRuled(line, flags, isOver ? size : 0, undefined);
  }

  /** Appends a document that is ready. */
  paste(batch: Batch, document: ReadyDocument, rendered: RenderedLog): boolean {
    return this.#encoder.paste(batch, document, rendered);
  }

  /** Takes the record back that was put last in the stream: it turned out to go on. */
  takeBack({ last, number }: StreamState): void {
    const { batch, state } = this.#context;
    this.#watcher?.takenBack(number);
    if (state.rendered.redact !== 0) state.keys[number].undo();
    const bytes = last.to - last.from;
    if (last.index < 0) {
      this.#encoder.undrop(last.dropped);
      if (last.dropped === DROPPED_BY_RATE) state.rate.undropped(bytes);
    } else {
      state.rate.written(bytes, -1);
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
    const { rendered } = this.#context.state;
    const line = this.#line;
    open.as(line);
    if (size > 0) line.endAt(characterEnd(line.bytes, line.from, line.to));
    const flags = (open.unfinished ? UNFINISHED : 0) | (open.stream === NO_STREAM ? UNPARSED : 0);
    const isFree = rendered.isFree && this.#watcher === undefined;
    const put = isFree
      ? this.#encoder.put(this.#context.batch, line, line, rendered, flags, size, false, told(line, open))
      : this.#putRuled(line, flags, size, open);
    return put !== FULL;
  }

  /** Ships what there is to tell of records that a rate dropped. False: the batch has no room for it. */
  tell(dropped: Dropped | undefined): boolean {
    const { batch, state } = this.#context;
    if (dropped === undefined) return true;
    if (this.#tells && !this.paste(batch, rateDocument(dropped, state.rendered), state.rendered)) return false;
    state.rate.told();
    return true;
  }

  /** The same as the encoder's put(), for a log that rules redact or limit, or is watched. `open`: the record, if it was gathered. */
  #putRuled(line: Line, flags: number, size: number, open: OpenRecord | undefined): number {
    const put = this.#putLimited(line, flags, size, open);
    if (this.#watcher !== undefined && put !== FULL) this.#watcher.seen(this.#seen(line, size, open, put));
    return put;
  }

  #putLimited(line: Line, flags: number, size: number, open: OpenRecord | undefined): number {
    const { state } = this.#context;
    const limit = state.rendered.meta.overrides.rate;
    if (limit === undefined) return this.#putRedacted(line, flags, size, open, false);
    const { rate } = state;
    if (!this.tell(rate.due(line.ms()))) return FULL;
    // A stack trace is never dropped for its rate: it is what one looks for.
    const isTrace = open !== undefined && open.lines > 1 && (open.trace !== FURTHER || hasStack(told(line, open)));
    const put = this.#putRedacted(line, flags, size, open, rate.isOver(line, limit) && !isTrace);
    if (put === WRITTEN) rate.written(line.to - line.from, 1);
    else if (put === DROPPED_BY_RATE) rate.dropped(line);
    return put;
  }

  #putRedacted(line: Line, flags: number, size: number, open: OpenRecord | undefined, isOver: boolean): number {
    const context = this.#context;
    const { batch, state } = context;
    const { redact, secrets } = state.rendered;
    this.#isRedacted = false;
    if (redact === 0 && secrets.length === 0)
      return this.#encoder.put(batch, line, line, state.rendered, flags, size, isOver, told(line, open));
    const redactor = this.#redactor;
    const key = state.keys[line.stream];
    const inKey = key.holds(line);
    const ending = size > 0 ? CUT_OFF : (flags & UNFINISHED) !== 0 ? UNENDED : WHOLE;
    let shown = line;
    if (redactor.redact(line.bytes, line.from, line.to, state.rendered, inKey, ending)) {
      this.#isRedacted = true;
      shown = this.#shown;
      shown.setSource(line.source, line.valid);
      shown.setContent(redactor.bytes, 0, redactor.length, line.stream, false);
    }
    const put = this.#encoder.put(batch, line, shown, state.rendered, flags, size, isOver, told(shown, open));
    if (put === FULL) return FULL;
    const { keyGoesOn } = redactor;
    if (keyGoesOn || key.isKnown) {
      const isNew = keyGoesOn && !inKey;
      key.goOn(line, keyGoesOn, isNew, isNew ? (open?.before ?? context.timeBefore()) : '');
    }
    return put;
  }

  #seen(line: Line, size: number, open: OpenRecord | undefined, put: number): Seen {
    const { batch, state } = this.#context;
    const { rendered } = state;
    const { bytes, from, to, timeBytes, timeFrom, timeTo } = line;
    const redactor = this.#redactor;
    const begin = batch.count > 1 ? batch.ends[batch.count - 2]! : 0;
    const frame = rendered.frame ?? batch.frame;
    return {
      source: line.source!,
      meta: rendered.meta,
      start: line.start,
      logStart: line.logStart,
      logEnd: line.logEnd,
      time: timeBytes.toString('latin1', timeFrom, timeTo),
      stream: line.stream,
      id: idOf(line),
      content: Buffer.from(bytes.subarray(from, to)),
      size,
      shown: this.#isRedacted ? Buffer.from(redactor.bytes.subarray(0, redactor.length)) : undefined,
      redacted: this.#isRedacted ? redactor.found(rendered.secrets) : new Map(),
      isGathered: open !== undefined,
      lines: open?.lines ?? 0,
      kind: open?.trace ?? 0,
      verdict: put,
      document:
        put === WRITTEN ? Buffer.from(batch.bytes.subarray(begin + frame.bytes.length, batch.length)) : undefined,
    };
  }
}

/** What the record tells if it is a stack trace. */
function told({ bytes, from, to }: Line, open: OpenRecord | undefined): Raised | undefined {
  return open !== undefined && open.lines > 1 ? raised(bytes, from, to) : undefined;
}
