/**
 * Joins the lines of a stack trace (the files of traces/ say which lines those are).
 *
 * Ordinary lines must not wait: a head is written like any other line, and only a line that has the look of a
 * continuation makes us look back and take the head out of the batch again. When the bytes of a call are given back, the
 * last line of a stream is held if it is a head.
 *
 * Some lines belong to a trace only if a later one says so. They wait beside it (ahead.ts). If that line does not come, the trace
 * leaves without them, and they come again as if they had only been read now.
 *
 * Where the operator's pattern says which lines begin a record, any other line goes on with the one before it, within the same bounds.
 */
import type { Buffer } from 'node:buffer';
import { Line } from '../format/line.ts';
import { MOST_AHEAD } from './ahead.ts';
import type { EncodeContext } from './context.ts';
import type { OpenRecord } from './open-record.ts';
import type { Out } from './out.ts';
import { FURTHER_BYTES } from './state.ts';
import type { StreamState } from './stream-state.ts';
import { head, mayTakeText } from './traces/head.ts';
import { ALL, isOf } from './traces/families.ts';
import { BLOCK, FURTHER, JSON_END, NONE, OPEN } from './traces/kinds.ts';
import { continues, isForeign, looksBack } from './traces/lines.ts';

/** Lines of one stack trace are at most this far apart, by their CRI times. */
export const APART_MS = 1000;
export const MOST_LINES = 100_000;
/** Of JSON over several lines and the like, whose middle cannot be cut. */
const MOST_BLOCK_LINES = 1000;
/** A trace has so many times the bytes of a record at most, the cut ones included: what nothing ends would never be acknowledged. */
const MOST_RECORDS = 16;

/* What became of a line. */
/** The batch has no room for what must leave first; the line that asked then comes again. */
export const NO_ROOM = 0;
/** It is part of a trace, or waits to be. */
export const JOINED = 1;
/** It continues nothing, and nothing waits in its stream any more. */
export const ALONE = 2;

export class Traces {
  readonly #context: EncodeContext;
  readonly #out: Out;
  readonly #head = new Line();
  readonly #again = new Line();

  constructor(context: EncodeContext, out: Out) {
    this.#context = context;
    this.#out = out;
  }

  /** Adds the line to the trace before it, if it belongs to one. `open` is the line if it was gathered: ours once it is joined. */
  join(stream: StreamState, line: Line, open: OpenRecord | null = null): number {
    for (;;) {
      if (stream.again.length > 0 && !this.#repeat(stream)) return NO_ROOM;
      if (this.#add(stream, line, open)) return JOINED;
      if (stream.held === null) return ALONE;
      if (!this.#letGo(stream)) return NO_ROOM;
    }
  }

  /** Holds a whole record that was gathered, if it is a head. */
  begin(stream: StreamState, open: OpenRecord, line: Line): boolean {
    const kind = this.#kindOf(line.bytes, line.from, line.to);
    if (kind === NONE) return false;
    open.beginTrace(kind);
    stream.hold(open);
    return true;
  }

  /** Ships all that waits in the stream. False: the batch has no room for it. */
  release(stream: StreamState): boolean {
    while (stream.held !== null || stream.again.length > 0) {
      if (stream.again.length > 0 && !this.#repeat(stream)) return false;
      if (stream.held !== null && !this.#letGo(stream)) return false;
    }
    return true;
  }

  /** The bytes that hold the stream's last line are about to change. */
  pause(stream: StreamState): void {
    const last = stream.last;
    if (last.bytes === null) return;
    const kind = this.#kindOf(last.bytes, last.from, last.to);
    if (kind !== NONE) this.#hold(stream, last.bytes, kind);
    last.forget();
  }

  /** Ships the trace that is held; what waited beside it comes again. */
  #letGo(stream: StreamState): boolean {
    if (!this.#out.ship(stream.held!)) return false;
    stream.hold(null);
    stream.repeat(stream.ahead.take());
    return true;
  }

  /** Takes the lines that come again as they were taken first, but without the trace that they do not belong to. */
  #repeat(stream: StreamState): boolean {
    const line = this.#again;
    for (let open = stream.again[0]; open !== undefined; open = stream.again[0]) {
      open.as(line);
      if (!this.#add(stream, line, open)) {
        if (stream.held !== null) {
          if (!this.#letGo(stream)) return false;
          continue;
        }
        if (!this.begin(stream, open, line) && !this.#out.ship(open)) return false;
      }
      stream.repeated();
    }
    return true;
  }

  /** Adds the line to the trace that is held or to the last record, if it can be. */
  #add(stream: StreamState, line: Line, open: OpenRecord | null): boolean {
    let held = stream.held;
    const { ahead } = stream;
    const isSecond = held === null || (held.lines === 1 && ahead.lines.length === 0);
    const { firstLine } = this.#context;
    if (firstLine === undefined && isSecond && !looksBack(line.bytes, line.from, line.to)) return false;
    if (held === null) {
      const last = stream.last;
      if (last.bytes === null) return false;
      const isOther = firstLine === undefined && isForeign(line.bytes[line.from]);
      if (isOther && !mayTakeText(last.bytes, last.from, last.to)) return false;
      const kind = this.#kindOf(last.bytes, last.from, last.to);
      if (kind === NONE || this.#continues(kind, line.bytes, line.from, line.to) === NONE) return false;
      held = this.#hold(stream, last.bytes, kind);
    }
    const before = ahead.lines.length > 0 ? ahead.kind : held.trace;
    const kind = this.#continues(before, line.bytes, line.from, line.to);
    if (kind === NONE || !this.#isNear(stream, held, line)) return false;
    if (kind === JSON_END && !this.#isJson(stream, held, line)) return false;
    if ((kind & OPEN) !== 0) {
      if (ahead.lines.length === MOST_AHEAD) return false;
      ahead.add(open ?? this.#keep(line), kind & ~OPEN);
      return true;
    }
    this.#settle(held, ahead.take());
    held.addLine(line, kind);
    if (open !== null) {
      held.endsAs(open);
      open.close();
    }
    return true;
  }

  /** What kind of trace the line may begin: any line begins a record that may go on, where a pattern says which do not. */
  #kindOf(bytes: Buffer, from: number, to: number): number {
    const { firstLine, families } = this.#context;
    if (firstLine !== undefined) return FURTHER;
    const kind = head(bytes, from, to);
    return families === ALL || isOf(families, kind) ? kind : NONE;
  }

  #continues(before: number, bytes: Buffer, from: number, to: number): number {
    const { firstLine, families } = this.#context;
    if (before === FURTHER) return firstLine === undefined || firstLine.isIn(bytes, from, to) ? NONE : FURTHER;
    const kind = continues(before, bytes, from, to);
    return families === ALL || isOf(families, kind) ? kind : NONE;
  }

  /** What waited beside the trace belongs to it. */
  #settle(held: OpenRecord, lines: OpenRecord[]): void {
    for (const open of lines) {
      open.as(this.#head);
      held.addLine(this.#head, held.trace);
      open.close();
    }
  }

  /** Whether what is held is JSON together with this line. Not asked of ordinary lines. */
  #isJson(stream: StreamState, held: OpenRecord, line: Line): boolean {
    const texts = [held, ...stream.ahead.lines].map((open) => open.text());
    texts.push(line.bytes.toString('utf8', line.from, line.to));
    try {
      JSON.parse(texts.join('\n'));
      return true;
    } catch {
      return false;
    }
  }

  #isNear(stream: StreamState, held: OpenRecord, line: Line): boolean {
    const { ahead } = stream;
    const latest = ahead.lines.at(-1) ?? held;
    const isBlock = held.trace >> 3 === BLOCK;
    const more = ahead.length + line.to - line.from;
    return (
      Math.abs(line.ms() - latest.lastMs) <= APART_MS &&
      held.hasRoom(more, !isBlock) &&
      held.size + more < MOST_RECORDS * this.#context.memory.maxBytes &&
      held.lines + ahead.lines.length < (isBlock ? MOST_BLOCK_LINES : MOST_LINES) &&
      line.logStart - latest.logEnd <= FURTHER_BYTES
    );
  }

  /** Keeps a line as a record of its own. */
  #keep(line: Line): OpenRecord {
    const open = this.#context.open(line);
    open.goOn(line.logEnd, line.bytes, line.from, line.to);
    open.hasLineOf(line.ms());
    return open;
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
    this.#out.takeBack(stream);
    stream.hold(held);
    return held;
  }
}
