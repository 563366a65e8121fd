/**
 * The line loop: takes a run of bytes apart into lines, and every line to where it belongs: an ordinary one straight into the
 * batch, one that may be part of a longer record to partials.ts and traces.ts. Runs once a line, and allocates nothing.
 */
import { isUtf8 } from 'node:buffer';
import type { Lines } from '../../types.ts';
import type { Counts } from '../encode/counts.ts';
import { FULL, UNPARSED, WRITTEN } from '../encode/document.ts';
import { Line, UNKNOWN_TAG, UNREADABLE } from '../format/line.ts';
import { LongLines } from './long-lines.ts';
import type { OpenRecords } from './open-record.ts';
import type { Out } from './out.ts';
import type { Partials } from './partials.ts';
import type { EncodeContext } from './context.ts';
import { AT_LINE, isAcknowledged } from './state.ts';
import type { Traces } from './traces.ts';

const LF = 0x0a;
const CR = 0x0d;

export class LineLoop {
  readonly line = new Line();
  readonly long: LongLines;
  readonly #context: EncodeContext;
  readonly #out: Out;
  readonly #traces: Traces;
  readonly #partials: Partials;
  readonly #counts: Counts;

  constructor(
    context: EncodeContext,
    openRecords: OpenRecords,
    out: Out,
    traces: Traces,
    partials: Partials,
    counts: Counts,
  ) {
    this.#context = context;
    this.#out = out;
    this.#traces = traces;
    this.#partials = partials;
    this.#counts = counts;
    this.long = new LongLines(context, openRecords, out, partials, counts, (lines) => this.#readAlone(lines));
  }

  /**
   * Reads lines.bytes[from, lines.end) of the run's log into its batch. Answers where it stopped: lines.end, or the start of a
   * line the batch has no room for. `line.source` and `line.valid` are set.
   */
  read(lines: Lines, from: number): number {
    const context = this.#context;
    const { formats, state } = context;
    const { bytes, end, at } = lines;
    const { line } = this;
    const source = line.source!;
    const acknowledgedTo = Math.max(source.resume.out, source.resume.err);
    context.read(bytes);
    let p = from;
    if (state.within !== AT_LINE) {
      p = this.long.goOn(lines, from);
      if (p < 0) return from;
      context.bytes = bytes;
    }
    while (p < end) {
      let q = bytes.indexOf(LF, p);
      let next = q + 1;
      if (q < 0 || q >= end) {
        q = next = end;
        if (lines.goesOn) return this.long.begin(lines, p, line) ? end : p;
      }
      let s = p;
      while (s < q && bytes[s] === 0) s++;
      line.start = at + s;
      line.logStart = state.base + at + s;
      line.logEnd = state.base + at + next;
      if (s < q) {
        const kind = formats.parse(bytes, s, q, line);
        const isDated = kind !== UNREADABLE;
        if (line.start >= acknowledgedTo || !isAcknowledged(line)) {
          if (!(isDated ? this.#take(line) : this.#takeUnreadable(line))) return p;
          if (kind === UNKNOWN_TAG) this.#counts.unknownTag++;
        }
        if (isDated) context.noteTime(line);
      } else if (s === p) this.#counts.emptyLines++;
      this.#counts.holeBytes += s - p;
      p = next;
    }
    return end;
  }

  /** Takes a well-formed line. */
  #take(line: Line): boolean {
    const context = this.#context;
    const stream = context.state.streams[line.stream as 0 | 1];
    if (line.partial || stream.partial !== null) {
      if (!this.#partials.closeOutdated(stream, line)) return false;
      if (line.partial || stream.partial !== null) return this.#partials.add(stream, line);
    }
    if (line.to > line.from && line.bytes[line.to - 1] === CR) line.to--;
    if (context.multiline || stream.held !== null) {
      if (this.#traces.join(stream, line)) return true;
      if (!this.#traces.release(stream)) return false;
    }
    const to = line.to;
    const put = this.#out.put(line, 0);
    if (put === FULL) return false;
    if (!context.multiline) return true;
    const last = stream.last;
    if (line.to !== to)
      last.bytes = null; // cut: nothing can be added to it
    else {
      last.keep(line, put === WRITTEN ? context.batch.count - 1 : -1, put, context.timeFrom, context.timeTo);
      // Docker's text lies in a buffer that the next line overwrites: decide now.
      if (line.bytes !== context.bytes) this.#traces.pause(stream);
    }
    return true;
  }

  #takeUnreadable(line: Line): boolean {
    this.#context.dateLine(line);
    return this.#out.put(line, UNPARSED) !== FULL;
  }

  /** The bytes of the run are about to be given back. */
  pause(): void {
    for (const stream of this.#context.state.streams) this.#traces.pause(stream);
    this.#context.keepTime();
  }

  /** Reads lines from bytes of their own: the rest of a line that came apart. */
  #readAlone(lines: Lines): boolean {
    const { line } = this;
    const { valid } = line;
    line.source = this.#context.source();
    line.valid = isUtf8(lines.bytes);
    const stop = this.read(lines, 0);
    this.pause();
    line.valid = valid;
    return stop === lines.end;
  }
}
