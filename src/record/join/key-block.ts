/**
 * Where a stream is within a block of a private key that is printed line by line: its lines are records of their own, and they are
 * redacted up to the END. The position stays at the BEGIN meanwhile, so that a second reading knows of the block too.
 *
 * A BEGIN whose END never comes must not go on for ever. The block is over after so many records, after 1 MiB of further log, and when
 * nothing came for ten seconds by the times of the lines. All of it depends on content only.
 */
import type { Source } from '../../types.ts';
import type { Line } from '../format/line.ts';

/** A key of 16,384 bits has 200 lines. */
const MOST_RECORDS = 400;
const MOST_BYTES = 1024 * 1024;
const APART_MS = 10_000;
/** In a stream that is silent the block is over this long after its last line: a later one would be too late. */
const WAIT_MS = APART_MS + 2000;

/** Everyone may read its fields; only its methods change them. */
export class KeyBlock {
  /** Where the record with the BEGIN is; null: the stream is in no block. */
  source: Source | null = null;
  start = 0;
  /** CRI time of the last well-formed line before it, verbatim. */
  before = '';
  #logStart = 0;
  #records = 0;
  /** Milliseconds since 1970, of the last record of the stream. */
  #ms = 0;
  /** When waitsSince() was asked first after it; 0 = not yet. */
  #waiting = 0;
  /** As it was before the last record: that one may come again. */
  #undo: Pick<KeyBlock, 'source' | 'start' | 'before'> & { logStart: number; records: number; ms: number } = NOTHING;

  /** The stream is in a block, or was before its last record. */
  get isKnown(): boolean {
    return this.source !== null || this.#undo.source !== null;
  }

  /** Whether the next record of the stream comes within the block. */
  holds(line: Line): boolean {
    return (
      this.source !== null &&
      this.#records < MOST_RECORDS &&
      line.logStart - this.#logStart <= MOST_BYTES &&
      Math.abs(line.ms() - this.#ms) <= APART_MS
    );
  }

  /** The record has been dealt with, and `goesOn`: its end is within the block. `isNew`: the block began in it. */
  goOn(line: Line, goesOn: boolean, isNew: boolean, before: string): void {
    this.#keep();
    if (!goesOn) this.source = null;
    else if (isNew) {
      this.source = line.source;
      this.start = line.start;
      this.before = before;
      this.#logStart = line.logStart;
    }
    this.#records = isNew ? 0 : this.#records + 1;
    this.#ms = line.ms();
    this.#waiting = 0;
  }

  /** The last record of the stream was taken back. */
  undo(): void {
    const { source, start, before, logStart, records, ms } = this.#undo;
    this.source = source;
    this.start = start;
    this.before = before;
    this.#logStart = logStart;
    this.#records = records;
    this.#ms = ms;
  }

  /** What comes next is no part of it. */
  end(): void {
    this.source = null;
  }

  /** Whether no line of the log that comes after `logOffset` can be in the block any more. */
  isOutdated(logOffset: number): boolean {
    return this.source !== null && logOffset - this.#logStart > MOST_BYTES;
  }

  /** The same for a line that comes after this moment, at which the log was read to its end. In milliseconds since 1970. */
  isSilent(nowMs: number, emptyAt: number): boolean {
    if (this.source === null) return false;
    if (this.#waiting === 0) this.#waiting = Math.min(this.#ms, nowMs);
    return emptyAt - this.#waiting > WAIT_MS;
  }

  #keep(): void {
    const { source, start, before } = this;
    this.#undo = { source, start, before, logStart: this.#logStart, records: this.#records, ms: this.#ms };
  }
}

const NOTHING = { source: null, start: 0, before: '', logStart: 0, records: 0, ms: 0 };
