/**
 * The line loop: takes bytes of a log apart into lines, and every line to where it belongs: an ordinary one straight into the
 * batch, one that may be part of a longer record to partials.ts and traces.ts. Runs once a line, and allocates nothing.
 */
import { isUtf8 } from 'node:buffer';
import type { Lines, Source } from '../../types.ts';
import { LF, NUL } from '../../util/ascii.ts';
import { UNFINISHED, UNPARSED } from '../encode/document.ts';
import { FULL, WRITTEN } from '../encode/filter.ts';
import { Line, UNKNOWN_TAG, UNREADABLE } from '../format/line.ts';
import type { EncodeContext } from './context.ts';
import { AT_LINE } from './long-line.ts';
import { LongLines } from './long-lines.ts';
import type { Out } from './out.ts';
import { Partials } from './partials.ts';
import { isAcknowledged } from './state.ts';
import { ALONE, JOINED, Traces } from './traces.ts';

export class LineLoop {
  readonly traces: Traces;
  readonly partials: Partials;
  readonly long: LongLines;
  readonly #line = new Line();
  readonly #context: EncodeContext;
  readonly #out: Out;

  constructor(context: EncodeContext, out: Out) {
    this.#context = context;
    this.#out = out;
    this.traces = new Traces(context, out);
    this.partials = new Partials(context, out, this.traces);
    this.long = new LongLines(context, out, this.partials, (lines) => this.#readAlone(lines));
  }

  /**
   * Reads lines.bytes[from, lines.end) of the log into the batch of the call. Answers where it stopped: lines.end, or the start of
   * a line the batch has no room for. The bytes may be given back then.
   */
  read(lines: Lines, source: Source, from: number): number {
    const { batch } = this.#context;
    this.#line.setSource(source, isUtf8(lines.bytes.subarray(from, lines.end)));
    let stop = from;
    do {
      stop = this.#readOn(lines, source, stop);
      this.#pause();
      // Holding a head may have emptied a full batch: then it has room again.
    } while (stop !== lines.end && batch.count === 0);
    return stop;
  }

  #readOn(lines: Lines, source: Source, from: number): number {
    const context = this.#context;
    const { formats, counts, state } = context;
    const { bytes, end, at } = lines;
    const line = this.#line;
    const acknowledgedTo = Math.max(source.resume.out, source.resume.err);
    context.read(bytes);
    let p = from;
    if (state.long.within !== AT_LINE) {
      p = this.long.goOn(lines, from);
      if (p < 0) return from;
      context.read(bytes);
    }
    let isCut = false;
    while (p < end) {
      let q = bytes.indexOf(LF, p);
      let next = q + 1;
      if (q < 0 || q >= end) {
        q = next = end;
        if (lines.goesOn) return this.long.begin(lines, p, line) ? end : p;
        isCut = lines.last;
      }
      let s = p;
      while (s < q && bytes[s] === NUL) s++;
      if (s < q) {
        line.setPlace(at + s, state.base + at + s, state.base + at + next);
        const kind = formats.parse(bytes, s, q, line);
        const isDated = kind !== UNREADABLE;
        if (line.start >= acknowledgedTo || !isAcknowledged(line)) {
          if (!(isDated ? this.#take(line, isCut) : this.#takeUnreadable(line, isCut))) return p;
          if (kind === UNKNOWN_TAG) counts.unknownTag++;
        }
        if (isDated) context.noteTime(line);
      } else if (s === p) counts.emptyLines++;
      if (s > p) context.countHole(s - p);
      p = next;
    }
    return end;
  }

  /** Takes a well-formed line. `isCut`: its line feed will not come. */
  #take(line: Line, isCut: boolean): boolean {
    const context = this.#context;
    const stream = context.state.streams[line.stream as 0 | 1];
    if (line.partial || isCut || stream.partial !== null) {
      if (!this.partials.closeOutdated(stream, line)) return false;
      if (line.partial || isCut || stream.partial !== null) return this.partials.add(stream, line, isCut);
    }
    line.stripCr();
    if (context.multiline || stream.held !== null) {
      const joined = this.traces.join(stream, line);
      if (joined !== ALONE) return joined === JOINED;
    }
    const to = line.to;
    const put = this.#out.put(line, 0);
    if (put === FULL) return false;
    if (!context.multiline) return true;
    const last = stream.last;
    // What was cut is no head: nothing can be added to it.
    if (line.to !== to) last.forget();
    else {
      last.keep(line, put === WRITTEN ? context.batch.count - 1 : -1, put, context.timeFrom, context.timeTo);
      // Docker's text lies in a buffer that the next line overwrites: it must be decided now.
      if (line.bytes !== context.bytes) this.traces.pause(stream);
    }
    return true;
  }

  #takeUnreadable(line: Line, isCut: boolean): boolean {
    this.#context.dateLine(line);
    return this.#out.put(line, isCut ? UNPARSED | UNFINISHED : UNPARSED) !== FULL;
  }

  /** The bytes are about to be given back. */
  #pause(): void {
    for (const stream of this.#context.state.streams) this.traces.pause(stream);
    this.#context.keepTime();
  }

  /** Reads lines from bytes of their own: the rest of a line that came apart. False: the batch has no room. */
  #readAlone(lines: Lines): boolean {
    const line = this.#line;
    const { source, valid } = line;
    const own = this.#context.source();
    line.setSource(own, isUtf8(lines.bytes));
    const stop = this.#readOn(lines, own, 0);
    this.#pause();
    line.setSource(source, valid);
    return stop === lines.end;
  }
}
