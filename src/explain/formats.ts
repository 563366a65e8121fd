/** The format of the lines that `podferry explain` is asked about: they are offered once more to the parsers of the record stage. */
import type { Buffer } from 'node:buffer';
import { Formats } from '../record/format/formats.ts';
import { Line, NO_STREAM, type Stream } from '../record/format/line.ts';
import { Clock } from '../record/format/time.ts';
import type { Lines } from '../types.ts';
import { LF } from '../util/ascii.ts';
import type { FormatName } from '../util/line-formats.ts';

/** As much of the line at the offset as is looked at. */
const LINE_LOOK = 64 * 1024;
/** Lines of stdin of which the format is kept. */
const MOST_LINES = 10_000;

/** What is told of a line by its format. */
interface LineSaid {
  readonly format: FormatName;
  readonly stream: Stream;
}

/** Looks at the line at an offset, or at the first lines of stdin, in the pieces in which they are read. */
export class LineFormats {
  /** By where the line begins. */
  readonly #said = new Map<number, LineSaid>();
  readonly #offset: number | undefined;
  readonly #line = new Line();
  readonly #formats = new Formats(new Clock());
  /** The piece before ended within a line. */
  #goesOn = false;

  constructor(offset: number | undefined) {
    this.#offset = offset;
  }

  /** Of the line that begins there; in a file that of the line at the offset. */
  at(start: number): LineSaid | undefined {
    return this.#offset === undefined ? this.#said.get(start) : [...this.#said.values()][0];
  }

  look({ bytes, at, end, goesOn }: Lines): void {
    // A line that began in the piece before is not known by its rest.
    let from = this.#goesOn ? bytes.indexOf(LF) + 1 : 0;
    if (this.#goesOn && from === 0) from = end;
    this.#goesOn = goesOn;
    if (this.#offset !== undefined) {
      const offset = this.#offset - at;
      if (offset < from || offset >= end) return;
      from = offset === 0 ? 0 : Math.max(from, bytes.lastIndexOf(LF, offset - 1) + 1);
      this.#note(bytes, from, end, at);
      return;
    }
    while (from < end && this.#said.size < MOST_LINES) from = this.#note(bytes, from, end, at) + 1;
  }

  /** Answers where the line ends. */
  #note(bytes: Buffer, from: number, end: number, at: number): number {
    const lf = bytes.indexOf(LF, from);
    const to = lf < 0 || lf > end ? end : lf;
    if (to > from) {
      const format = this.#formats.nameOf(bytes, from, Math.min(to, from + LINE_LOOK), this.#line);
      this.#said.set(at + from, { format, stream: format === 'raw' ? NO_STREAM : this.#line.stream });
    }
    return to;
  }
}
