/**
 * Lines longer than the reader's buffer: they come in several Lines.
 *
 * A CRI line is gathered like a partial one, up to the cap. Of a line nobody can parse (Docker's JSON cannot be read in
 * pieces) as much as the cap allows is shipped raw. NULs in front of a line, the hole that copytruncate leaves behind a
 * writer that does not append (conmon after a reopen), may be of any length and are only counted.
 */
import { Buffer } from 'node:buffer';
import type { Lines } from '../../types.ts';
import type { Counts } from '../encode/counts.ts';
import { type Line, NO_STREAM, OTHER } from '../format/line.ts';
import type { OpenRecords } from './open-record.ts';
import type { Out } from './out.ts';
import type { Partials } from './partials.ts';
import type { EncodeContext } from './context.ts';
import { AT_LINE, IN_CRI, IN_HOLE, IN_RAW, IN_ACKNOWLEDGED, isAcknowledged } from './state.ts';

/** A header is never longer, tags included. */
const LONGEST_HEADER = 256;
const LF = 0x0a;
const NOTHING = Buffer.alloc(0);

export class LongLines {
  readonly #context: EncodeContext;
  readonly #openRecords: OpenRecords;
  readonly #out: Out;
  readonly #partials: Partials;
  readonly #counts: Counts;
  /** Reads a line that had to be put together, with all that belongs to it; false if the batch has no room. */
  readonly #readAlone: (lines: Lines) => boolean;

  constructor(
    context: EncodeContext,
    openRecords: OpenRecords,
    out: Out,
    partials: Partials,
    counts: Counts,
    readAlone: (lines: Lines) => boolean,
  ) {
    this.#context = context;
    this.#openRecords = openRecords;
    this.#out = out;
    this.#partials = partials;
    this.#counts = counts;
    this.#readAlone = readAlone;
  }

  /** bytes[p, lines.end) begins a line that goes on in the next Lines. False: the batch has no room. */
  begin(lines: Lines, p: number, line: Line): boolean {
    const context = this.#context;
    const state = context.state;
    const bytes = lines.bytes;
    const end = lines.end;
    let s = p;
    while (s < end && bytes[s] === 0) s++;
    line.start = lines.at + s;
    line.logStart = state.base + line.start;
    line.logEnd = state.base + lines.at + end;
    let within = IN_RAW;
    if (s < end && context.formats.parseBeginning(bytes, s, end, line) !== OTHER) {
      within = isAcknowledged(line) ? IN_ACKNOWLEDGED : IN_CRI;
      if (within === IN_CRI) {
        const stream = state.streams[line.stream as 0 | 1];
        if (!this.#partials.closeOutdated(stream, line)) return false;
        state.stream = line.stream;
        state.partial = line.partial;
        line.partial = true; // as far as this piece goes
        this.#partials.add(stream, line);
      }
      context.noteTime(line);
    } else if (s === end || (s > p && end - s < LONGEST_HEADER)) {
      within = IN_HOLE;
      state.cut = Buffer.from(bytes.subarray(s, end));
    } else {
      line.stream = NO_STREAM;
      if (isAcknowledged(line)) within = IN_ACKNOWLEDGED;
      else {
        const before = context.timeText(context.timeFrom, context.timeTo);
        context.dateLine(line);
        state.raw = this.#openRecords.open(line, before);
        this.#openRecords.append(state.raw, bytes, s, end);
      }
    }
    this.#counts.holeBytes += s - p;
    state.within = within;
    state.lineStart = line.start;
    state.at = lines.at + end;
    return true;
  }

  /** Reads on in a long line. Answers where the next line begins, or -1 if the batch has no room. */
  goOn(lines: Lines, p: number): number {
    const state = this.#context.state;
    if (state.at !== lines.at + p) return this.end() ? p : -1;
    const lf = lines.bytes.indexOf(LF, p);
    const ended = lf >= 0 && lf < lines.end;
    const q = ended ? lf : lines.end;
    const next = ended ? lf + 1 : lines.end;
    const done = ended || !lines.goesOn;
    if (!this.#add(lines, p, q, next, done)) return -1;
    state.at = lines.at + next;
    if (done) state.within = AT_LINE;
    return next;
  }

  /** The rest of a long line will not come: it is complete as it is. False: the batch has no room. */
  end(): boolean {
    const state = this.#context.state;
    if (state.within === AT_LINE) return true;
    if (state.within === IN_CRI) {
      const stream = state.streams[state.stream as 0 | 1];
      if (stream.partial !== null && !state.partial && !this.#partials.complete(stream)) return false;
    } else if (state.within === IN_RAW) {
      if (!this.#shipRaw()) return false;
    } else if (state.within === IN_HOLE) {
      if (!this.#addHole(NOTHING, state.at, true)) return false;
    }
    state.file().read = state.at;
    state.within = AT_LINE;
    return true;
  }

  #add(lines: Lines, p: number, q: number, next: number, done: boolean): boolean {
    const state = this.#context.state;
    switch (state.within) {
      case IN_CRI: {
        const logEnd = state.base + lines.at + next;
        const stream = state.streams[state.stream as 0 | 1];
        return this.#partials.append(stream, lines.bytes, p, q, logEnd, done && !state.partial);
      }
      case IN_RAW: {
        const raw = state.raw!;
        const { length, size } = raw;
        this.#openRecords.append(raw, lines.bytes, p, q);
        if (!done || this.#shipRaw()) return true;
        raw.length = length;
        raw.size = size;
        return false;
      }
      case IN_HOLE:
        return this.#addHole(lines.bytes.subarray(p, q), lines.at + p, done);
      default:
        return true;
    }
  }

  /** A line begins somewhere behind the NULs; what the buffer's end cut off its header is put in front again. */
  #addHole(bytes: Buffer, at: number, done: boolean): boolean {
    const state = this.#context.state;
    const cut = state.cut ?? NOTHING;
    let s = 0;
    if (cut.length === 0) while (s < bytes.length && bytes[s] === 0) s++;
    const joined = Buffer.concat([cut, bytes.subarray(s)]);
    const start = at + s - cut.length;
    if (joined.length > 0 && (done || joined.length >= LONGEST_HEADER)) {
      state.within = AT_LINE;
      if (!this.#readAlone({ bytes: joined, end: joined.length, at: start, goesOn: !done, last: done })) {
        state.within = IN_HOLE;
        return false;
      }
      state.cut = null;
    } else {
      state.lineStart = start;
      state.cut = joined;
    }
    this.#counts.holeBytes += s;
    return true;
  }

  #shipRaw(): boolean {
    const state = this.#context.state;
    if (!this.#out.ship(state.raw!)) return false;
    state.raw = null;
    return true;
  }
}
