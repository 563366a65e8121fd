/**
 * Lines longer than the reader's buffer: they come in several Lines.
 *
 * A CRI line is gathered like a partial one, up to the cap. Of any other line as much as the cap allows is shipped raw:
 * Docker's JSON cannot be read in pieces. NULs in front of a line, the hole that copytruncate leaves behind a writer that does
 * not append (conmon after a reopen), may be of any length and are only counted.
 */
import { Buffer } from 'node:buffer';
import type { Lines } from '../../types.ts';
import { LF, NUL } from '../../util/ascii.ts';
import { type Line, NO_STREAM, OTHER } from '../format/line.ts';
import type { Out } from './out.ts';
import type { Partials } from './partials.ts';
import type { EncodeContext } from './context.ts';
import { AT_LINE, IN_CRI, IN_HOLE, IN_RAW, IN_ACKNOWLEDGED } from './long-line.ts';
import { isAcknowledged } from './state.ts';
import type { StreamState } from './stream-state.ts';

/** A header is never longer, tags included. */
const LONGEST_HEADER = 256;
const NOTHING = Buffer.alloc(0);

export class LongLines {
  readonly #context: EncodeContext;
  readonly #out: Out;
  readonly #partials: Partials;
  /** Reads a line that had to be put together, with all that belongs to it; false if the batch has no room. */
  readonly #readAlone: (lines: Lines) => boolean;

  constructor(context: EncodeContext, out: Out, partials: Partials, readAlone: (lines: Lines) => boolean) {
    this.#context = context;
    this.#out = out;
    this.#partials = partials;
    this.#readAlone = readAlone;
  }

  /** bytes[p, lines.end) begins a line that goes on in the next Lines. False: the batch has no room. */
  begin(lines: Lines, p: number, line: Line): boolean {
    const context = this.#context;
    const state = context.state;
    const bytes = lines.bytes;
    const end = lines.end;
    let s = p;
    while (s < end && bytes[s] === NUL) s++;
    const start = lines.at + s;
    line.setPlace(start, state.base + start, state.base + lines.at + end);
    let within = IN_RAW;
    if (s < end && context.formats.parseBeginning(bytes, s, end, line) !== OTHER) {
      within = isAcknowledged(line) ? IN_ACKNOWLEDGED : IN_CRI;
      if (within === IN_CRI) {
        const stream = state.streams[line.stream as 0 | 1];
        if (!this.#partials.closeOutdated(stream, line)) return false;
        state.long.isOf(line);
        line.goOn();
        this.#partials.add(stream, line, false);
      }
      context.noteTime(line);
    } else if (s === end || (s > p && end - s < LONGEST_HEADER)) {
      within = IN_HOLE;
      state.long.keep(Buffer.from(bytes.subarray(s, end)));
    } else {
      line.setContent(bytes, s, end, NO_STREAM, false);
      if (isAcknowledged(line)) within = IN_ACKNOWLEDGED;
      else {
        context.dateLine(line);
        const raw = context.open(line);
        raw.append(bytes, s, end);
        state.long.gather(raw);
      }
    }
    context.countHole(s - p);
    state.long.begin(within, line.start, lines.at + end);
    return true;
  }

  /** Reads on in a long line. Answers where the next line begins, or -1 if the batch has no room. */
  goOn(lines: Lines, p: number): number {
    const { long } = this.#context.state;
    if (long.at !== lines.at + p) return this.end() ? p : -1;
    const lf = lines.bytes.indexOf(LF, p);
    const ended = lf >= 0 && lf < lines.end;
    const q = ended ? lf : lines.end;
    const next = ended ? lf + 1 : lines.end;
    const done = ended || !lines.goesOn;
    if (!this.#add(lines, p, q, next, done, lines.last && !ended)) return -1;
    long.goOn(lines.at + next);
    if (done) long.end();
    return next;
  }

  /** The rest of a long line will not come: it is complete as it is. False: the batch has no room. */
  end(): boolean {
    const { state } = this.#context;
    const { long } = state;
    if (long.within === AT_LINE) return true;
    if (long.within === IN_CRI) {
      const stream = this.#stream();
      if (stream.partial !== null && !long.partial && !this.#partials.complete(stream)) return false;
    } else if (long.within === IN_RAW) {
      if (!this.#shipRaw()) return false;
    } else if (long.within === IN_HOLE) {
      if (!this.#addHole(NOTHING, long.at, true, false)) return false;
    }
    state.file().readTo(long.at);
    long.end();
    return true;
  }

  /** `isCut`: the line has no end, and will get none. */
  #add(lines: Lines, p: number, q: number, next: number, done: boolean, isCut: boolean): boolean {
    const { base, long } = this.#context.state;
    switch (long.within) {
      case IN_CRI: {
        const logEnd = base + lines.at + next;
        const stream = this.#stream();
        if (isCut && !long.partial) stream.partial!.abandon();
        return this.#partials.append(stream, lines.bytes, p, q, logEnd, done && !long.partial);
      }
      case IN_RAW: {
        const raw = long.raw!;
        if (isCut) raw.abandon();
        const { length, size, endsInCr } = raw;
        raw.append(lines.bytes, p, q);
        if (!done || this.#shipRaw()) return true;
        raw.backTo(length, size, endsInCr);
        return false;
      }
      case IN_HOLE:
        return this.#addHole(lines.bytes.subarray(p, q), lines.at + p, done, isCut);
      default:
        return true;
    }
  }

  /** A line begins somewhere behind the NULs; what the buffer's end cut off its header is put in front again. */
  #addHole(bytes: Buffer, at: number, done: boolean, isCut: boolean): boolean {
    const { state } = this.#context;
    const { long } = state;
    const cut = long.cut ?? NOTHING;
    let s = 0;
    if (cut.length === 0) while (s < bytes.length && bytes[s] === NUL) s++;
    const joined = Buffer.concat([cut, bytes.subarray(s)]);
    const start = at + s - cut.length;
    if (joined.length > 0 && (done || joined.length >= LONGEST_HEADER)) {
      long.end();
      if (!this.#readAlone({ bytes: joined, end: joined.length, at: start, goesOn: !done, last: isCut })) {
        long.begin(IN_HOLE, long.start, long.at);
        return false;
      }
      long.keep(null);
    } else long.keep(joined, start);
    this.#context.countHole(s);
    return true;
  }

  #shipRaw(): boolean {
    const { long } = this.#context.state;
    if (!this.#out.ship(long.raw!)) return false;
    long.gather(null);
    return true;
  }

  #stream(): StreamState {
    const { streams, long } = this.#context.state;
    return streams[long.stream as 0 | 1];
  }
}
