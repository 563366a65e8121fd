/**
 * A record that is still open: a line cut into partial ones, a stack trace, a line longer than the reader's buffer.
 *
 * Its raw content is gathered here until it is complete and encoded only then, so a character cut between two partial
 * lines comes out whole and the slab holds complete documents only. Raw, because the level, the shape of a stack trace and
 * JSON can only be seen on the whole content.
 */
import { Buffer } from 'node:buffer';
import type { Source } from '../../types.ts';
import { CR, LF } from '../../util/ascii.ts';
import { type Line, type Stream, TIME_ROOM } from '../format/line.ts';
import { MiddleCut, roomByCut } from './middle-cut.ts';
import type { RecordMemory } from './record-memory.ts';

const NOTHING = Buffer.alloc(0);
const LINE_FEED = Buffer.of(LF);

/** Everyone may read its fields; only its methods change them. */
export class OpenRecord {
  /** File and offset of the first line: nothing at or after it may be committed while this is open. */
  readonly source: Source;
  readonly start: number;
  /** Offset in the container log of its first line, and of what follows its last one. */
  readonly logStart: number;
  logEnd = 0;
  /** CRI time of the last well-formed line before the first one, verbatim. */
  readonly before: string;
  readonly timeLength: number;
  readonly high: number;
  readonly low: number;
  readonly stream: Stream;
  /** The time of the first line, then from TIME_ROOM on the content. */
  bytes: Buffer;
  /** Content held: bytes[TIME_ROOM, TIME_ROOM + length). */
  length = 0;
  /** Content there was: more than `length` if it is over the cap. */
  size = 0;
  /** Lines of a stack trace joined; 0 for a partial line. */
  lines = 0;
  /** Its last byte so far is a CR. */
  endsInCr = false;
  /** Milliseconds since 1970 of its last line. */
  lastMs = 0;
  /** What kind of stack trace it is (trace-kinds.ts), 0 for a partial line. */
  trace = 0;
  /** Complete as far as it goes, but its end never came. */
  unfinished = false;
  /** It had to be shipped early to stay within the cap on open records: what follows is counted, not kept. */
  shipped = false;
  readonly #memory: RecordMemory;
  /** Of a stack trace that got too long. */
  #middleCut: MiddleCut | null = null;
  /** In milliseconds since 1970, when waitsSince() was asked first after its last line; 0 = not yet. */
  #waiting = 0;

  /** `before`: see the field. The time of the line is copied, its content is not. */
  constructor(memory: RecordMemory, line: Line, before: string) {
    this.#memory = memory;
    this.source = line.source!;
    this.start = line.start;
    this.logStart = line.logStart;
    this.before = before;
    this.high = line.high;
    this.low = line.low;
    this.stream = line.stream;
    this.bytes = memory.take(TIME_ROOM);
    this.timeLength = Math.min(line.timeTo - line.timeFrom, TIME_ROOM);
    line.timeBytes.copy(this.bytes, 0, line.timeFrom, line.timeFrom + this.timeLength);
  }

  /** Appends content; what is over the cap only counts. */
  append(bytes: Buffer, from: number, to: number): void {
    const n = to - from;
    if (n === 0) return;
    this.size += n;
    this.endsInCr = bytes[to - 1] === CR;
    if (this.shipped) return;
    const take = Math.min(n, this.#memory.maxBytes - this.length);
    if (take === 0) return;
    const end = TIME_ROOM + this.length;
    if (end + take > this.bytes.length) this.#grow(end, end + take);
    bytes.copy(this.bytes, end, from, from + take);
    this.length += take;
  }

  /** A piece of the same line, up to this offset in the container log. */
  goOn(logEnd: number, bytes: Buffer, from: number, to: number): void {
    this.append(bytes, from, to);
    this.logEnd = logEnd;
  }

  /** Takes back what was appended since it was like this: it will come again, up to the same end. */
  backTo(length: number, size: number, endsInCr: boolean): void {
    this.length = length;
    this.size = size;
    this.endsInCr = endsInCr;
  }

  /** A line of this time is part of it: milliseconds since 1970. */
  hasLineOf(ms: number): void {
    this.lastMs = ms;
  }

  /** It is the head of a stack trace of this kind. */
  beginTrace(kind: number): void {
    this.trace = kind;
    this.lines = 1;
  }

  /** How many bytes it had that it does not hold. */
  get missing(): number {
    return this.size - this.length + (this.#middleCut?.markBytes ?? 0);
  }

  /** Whether it can take so many bytes more as lines of the stack trace; `mayCut`: its middle may be cut for them. */
  hasRoom(bytes: number, mayCut: boolean): boolean {
    const { maxBytes } = this.#memory;
    return this.length + 1 + bytes <= maxBytes || (mayCut && bytes <= roomByCut(this.#content(), maxBytes));
  }

  /** Adds a line to the stack trace, which is of this kind from now on. There is room for it. */
  addLine(line: Line, kind: number): void {
    if (!this.hasRoom(line.to - line.from, false)) this.#cutMiddle();
    this.append(LINE_FEED, 0, 1);
    this.goOn(line.logEnd, line.bytes, line.from, line.to);
    this.trace = kind;
    this.lines++;
    this.lastMs = line.ms();
    this.#waiting = 0;
  }

  /** The last line added to it was this record. */
  endsAs(other: OpenRecord): void {
    this.unfinished = other.unfinished;
    this.lastMs = other.lastMs;
  }

  /** Its end will not come. */
  abandon(): void {
    this.unfinished = true;
  }

  /**
   * Since when it waits for a further line, in milliseconds since 1970. A time in the future (the node's clock was set back)
   * counts from when it is asked first.
   */
  waitsSince(nowMs: number): number {
    if (this.#waiting === 0) this.#waiting = Math.min(this.lastMs, nowMs);
    return this.#waiting;
  }

  /** Conmon keeps the CR of a terminal's line end; exactly one goes. */
  stripCr(): void {
    if (!this.endsInCr) return;
    this.endsInCr = false;
    if (this.length === this.size) this.length--;
    this.size--;
  }

  /** What it holds was shipped before its end has come. */
  shipEarly(): void {
    this.close();
    this.shipped = true;
    this.#middleCut = null;
    this.length = this.size;
  }

  /** Gives its bytes back. It is not to be used again, except to count what follows. */
  close(): void {
    this.#memory.give(this.bytes);
    this.bytes = NOTHING;
    this.length = 0;
  }

  /** Fills `line` with what there is of the record. Borrowed until the record is appended to or closed. */
  as(line: Line): void {
    line.setSource(this.source, false);
    line.setPlace(this.start, this.logStart, this.logEnd);
    line.setTime(this.bytes, 0, this.timeLength, 0, this.high, this.low);
    line.setContent(this.bytes, TIME_ROOM, TIME_ROOM + this.length, this.stream, false);
  }

  /** What there is of its content. */
  text(): string {
    return this.bytes.toString('utf8', TIME_ROOM, TIME_ROOM + this.length);
  }

  /** Borrowed. */
  #content(): Buffer {
    return this.bytes.subarray(TIME_ROOM, TIME_ROOM + this.length);
  }

  #cutMiddle(): void {
    this.#middleCut ??= new MiddleCut();
    const left = this.#middleCut.cut(this.#content(), this.#memory.maxBytes);
    if (TIME_ROOM + left.length > this.bytes.length) this.#grow(TIME_ROOM, TIME_ROOM + left.length);
    left.copy(this.bytes, TIME_ROOM);
    this.length = left.length;
  }

  #grow(used: number, need: number): void {
    const bytes = this.#memory.take(need);
    this.bytes.copy(bytes, 0, 0, used);
    this.#memory.give(this.bytes);
    this.bytes = bytes;
  }
}
