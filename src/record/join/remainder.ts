/**
 * The remainder of a record whose beginning is gone: kubelet deleted the file it began in. Read alone, each of its lines is a
 * record of its own, or begins one.
 *
 * The first record of a stream may be such a remainder whatever it looks like, since the end of a partial line looks like any line.
 * What follows it is of the same record only as the lines of a stack trace are: any kind of trace, since its head is gone.
 */
import { Buffer } from 'node:buffer';
import type { ContentPattern } from '../../types.ts';
import { LF, SPACE, TAB } from '../../util/ascii.ts';
import { KINDS, NONE, OPEN } from './traces/kinds.ts';
import { continues } from './traces/lines.ts';
import { APART_MS, MOST_LINES } from './traces.ts';

export class RecordRemainder {
  /** The kinds of trace that the last line may be of. */
  #kinds: readonly number[] = KINDS;
  #ms: number | undefined;
  #records = 0;
  readonly #firstLine: ContentPattern | undefined;

  /** `firstLine`: which lines begin a record of the log, if a pattern says so. */
  constructor(firstLine?: ContentPattern) {
    this.#firstLine = firstLine;
  }

  /**
   * Whether the next record of the stream, of one line or several and from this time on, belongs to the remainder. Once one does not,
   * none does.
   */
  takes(message: string, ms: number): boolean {
    const isFirst = this.#ms === undefined;
    const isNear = isFirst || Math.abs(ms - this.#ms!) <= APART_MS;
    if (this.#firstLine !== undefined) {
      const line = Buffer.from(message);
      this.#ms = ms;
      return isFirst || (isNear && !this.#firstLine.isIn(line, 0, lineEnd(line)));
    }
    const lines = message.split('\n').map((line) => Buffer.from(line));
    const kinds = isNear && ++this.#records < MOST_LINES ? after(this.#kinds, lines[0]!, mayWait(lines[0]!)) : [];
    this.#ms = ms;
    this.#kinds = lines.slice(1).reduce((before, line) => after(before, line, true), kinds);
    return isFirst || kinds.length > 0;
  }
}

function lineEnd(text: Buffer): number {
  const end = text.indexOf(LF);
  return end < 0 ? text.length : end;
}

/** `open`: lines count that belong to the trace only if a later one says so. */
function after(kinds: readonly number[], line: Buffer, open: boolean): number[] {
  const found = kinds.map((kind) => continues(kind, line, 0, line.length));
  return found
    .filter((kind) => open || (kind & OPEN) === 0)
    .map((kind) => kind & ~OPEN)
    .filter((kind) => kind !== NONE);
}

/** Text of a message could be any line: only what looks like a part of a trace counts. */
function mayWait(line: Buffer): boolean {
  return line.length === 0 || line[0] === SPACE || line[0] === TAB;
}
