/**
 * What the parts of the record stage share: the call being served (which batch, which log, whose bytes), and what outlives it:
 * formats, memory and counts. One object, so that the parts need not hand each other seven arguments a line.
 */
import { Buffer } from 'node:buffer';
import type { Batch, ContentPattern, Source } from '../../types.ts';
import { type Counts, noCounts } from '../encode/counts.ts';
import { Formats } from '../format/formats.ts';
import type { Line } from '../format/line.ts';
import { Clock } from '../format/time.ts';
import { OpenRecord } from './open-record.ts';
import { RecordMemory } from './record-memory.ts';
import type { LogState } from './state.ts';
import { ALL, familiesOf } from './traces/families.ts';

const NOTHING = Buffer.alloc(0);

/** Everyone may read its fields; only its methods change them. */
export class EncodeContext {
  readonly formats: Formats;
  readonly memory: RecordMemory;
  readonly counts: Counts = noCounts();
  readonly #clock = new Clock();
  readonly #now: () => number;

  batch!: Batch;
  state!: LogState;
  /** Lines of one record are joined. */
  multiline = false;
  /** The families of stack traces that are, as a mask (traces/families.ts). */
  families = ALL;
  /** Which lines begin a record; undefined: stack traces are joined. */
  firstLine: ContentPattern | undefined;
  /** Borrowed: the reader's buffer. */
  bytes: Buffer = NOTHING;
  /** Time of the last well-formed line so far in `bytes`; from < 0: there was none yet, `state` has it. */
  timeFrom = -1;
  timeTo = 0;

  /** `maxBytes`: longest content of a record. `now`: milliseconds since 1970. */
  constructor(maxBytes: number, now: () => number) {
    this.formats = new Formats(this.#clock);
    this.memory = new RecordMemory(maxBytes);
    this.#now = now;
  }

  /** Turns to a log and the batch its documents go to. */
  serve(batch: Batch, state: LogState): void {
    this.batch = batch;
    this.state = state;
    const { multiline, traces, firstLine } = state.rendered.meta.overrides;
    this.multiline = multiline;
    this.families = familiesOf(traces);
    this.firstLine = multiline ? firstLine : undefined;
  }

  /** Turns to other bytes of the log; what was to be kept of those before is kept. */
  read(bytes: Buffer): void {
    this.bytes = bytes;
    this.timeFrom = -1;
  }

  source(): Source {
    return this.state.file().source;
  }

  /** Opens a record whose first line is this one, still without content. The time of the line before: see #timeText(). */
  open(line: Line, beforeFrom = this.timeFrom, beforeTo = this.timeTo): OpenRecord {
    return new OpenRecord(this.memory, line, this.#timeText(beforeFrom, beforeTo));
  }

  /** A well-formed line has been dealt with: it dates the lines after it that have no time. */
  noteTime(line: Line): void {
    this.timeFrom = line.timeFrom;
    this.timeTo = line.timeTo;
    this.state.setInstant(line.high, line.low);
  }

  /** So many NULs were passed over. */
  countHole(bytes: number): void {
    this.counts.holeBytes += bytes;
  }

  /** The bytes are about to be given back. */
  keepTime(): void {
    if (this.timeFrom >= 0) this.state.setTime(this.bytes, this.timeFrom, this.timeTo);
    this.timeFrom = -1;
  }

  /**
   * Dates a line that has no time by the last well-formed line before it, or by now if the log has none. In a file whose first
   * line has no time, the id of the line is made without a time: it would come from outside of the file, and might be another one
   * when the file is read again, after a crash or to verify it.
   */
  dateLine(line: Line): void {
    const { state, timeFrom } = this;
    if (timeFrom < 0 && state.timeLength === 0) this.setTime(new Date(this.#now()).toISOString());
    const isDated = line.source!.head !== '';
    const high = isDated ? state.high : 0;
    const low = isDated ? state.low : 0;
    if (timeFrom >= 0) line.setTime(this.bytes, timeFrom, this.timeTo, 0, high, low);
    else line.setTime(state.time, 0, state.timeLength, 0, high, low);
  }

  /** Sets the time of the last well-formed line of the log. A text that is no time leaves the log without one. */
  setTime(time: string): void {
    const text = Buffer.from(`${time} `, 'latin1');
    const isTime = this.#clock.read(text, 0, text.length) === text.length - 1;
    this.state.setTime(text, 0, isTime ? text.length - 1 : 0);
    if (isTime) this.state.setInstant(this.#clock.high, this.#clock.low);
  }

  /** CRI time of the last well-formed line before the one that is read, verbatim; '' if there is none. */
  timeBefore(): string {
    return this.#timeText(this.timeFrom, this.timeTo);
  }

  /** Verbatim: the time that lies at bytes[from, to), or with from < 0 the one the call began with; '' if there is none. */
  #timeText(from: number, to: number): string {
    return from >= 0 ? this.bytes.toString('latin1', from, to) : this.state.timeText();
  }
}
