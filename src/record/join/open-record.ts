/**
 * A record that is still open: a line cut into partial ones, a stack trace, a line longer than the reader's buffer.
 *
 * Its raw content is gathered here until it is complete and encoded only then, so a character cut between two partial
 * lines comes out whole and the slab holds complete documents only. Raw, because the level, the shape of a stack trace and
 * JSON can only be seen on the whole content.
 */
import { Buffer } from 'node:buffer';
import type { Source } from '../../types.ts';
import { type Line, TIME_ROOM } from '../format/line.ts';

const SMALLEST = 1024;
const KEPT = 64;

export class OpenRecord {
  /** File and offset of the first line: nothing at or after it may be committed while this is open. */
  source: Source;
  start: number;
  /** CRI time of the last well-formed line before the first one, verbatim. */
  before: string;
  timeLength: number;
  high: number;
  low: number;
  stream: Line['stream'];
  /** The time of the first line, then from TIME_ROOM on the content. */
  bytes: Buffer;
  /** Content held: bytes[TIME_ROOM, TIME_ROOM + length). */
  length = 0;
  /** Content there was: more than `length` if it is over the cap. */
  size = 0;
  /** Lines joined. */
  lines = 0;
  /** Its last byte so far is a CR. */
  endsInCr = false;
  /** Milliseconds since 1970 of its last line. */
  lastMs = 0;
  /** Position of its first line and after its last one, counted over all files of the container log. */
  logStart: number;
  logEnd = 0;
  /** What kind of stack trace it is (multiline.ts), 0 for a partial line. */
  trace = 0;
  /** Complete as far as it goes, but its end never came. */
  unfinished = false;
  /** It had to be shipped early to stay within the cap on open records: what follows is counted, not kept. */
  shipped = false;
  /** Since when expire() has seen it waiting; 0 = not yet. */
  waiting = 0;

  constructor(line: Line, before: string, bytes: Buffer) {
    this.source = line.source!;
    this.start = line.start;
    this.logStart = line.logStart;
    this.before = before;
    this.high = line.high;
    this.low = line.low;
    this.stream = line.stream;
    this.bytes = bytes;
    this.timeLength = Math.min(line.timeTo - line.timeFrom, TIME_ROOM);
    line.timeBytes.copy(bytes, 0, line.timeFrom, line.timeFrom + this.timeLength);
  }

  /** Conmon keeps the CR of a terminal's line end; exactly one goes. */
  stripCr(): void {
    if (!this.endsInCr) return;
    this.endsInCr = false;
    if (this.length === this.size) this.length--;
    this.size--;
  }

  /** Fills `line` with what there is of the record. Borrowed until the record is appended to or closed. */
  as(line: Line): void {
    line.source = this.source;
    line.start = this.start;
    line.logStart = this.logStart;
    line.logEnd = this.logEnd;
    line.timeBytes = this.bytes;
    line.timeFrom = 0;
    line.timeTo = this.timeLength;
    line.minute = 0;
    line.high = this.high;
    line.low = this.low;
    line.bytes = this.bytes;
    line.from = TIME_ROOM;
    line.to = TIME_ROOM + this.length;
    line.valid = false;
    line.stream = this.stream;
    line.partial = false;
  }
}

/** Where open records get their bytes: sizes are powers of two, a few of each are kept for the next one. */
export class OpenRecords {
  /** Bytes held by records that are open now. */
  bytes = 0;
  readonly #maxBytes: number;
  readonly #spare = new Map<number, Buffer[]>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  open(line: Line, before: string): OpenRecord {
    return new OpenRecord(line, before, this.#take(SMALLEST));
  }

  /** Appends content; what is over the cap only counts. */
  append(open: OpenRecord, bytes: Buffer, from: number, to: number): void {
    const n = to - from;
    if (n === 0) return;
    open.size += n;
    open.endsInCr = bytes[to - 1] === 0x0d;
    if (open.shipped) return;
    const take = Math.min(n, this.#maxBytes - open.length);
    if (take === 0) return;
    const need = TIME_ROOM + open.length + take;
    if (need > open.bytes.length) this.#grow(open, need);
    bytes.copy(open.bytes, TIME_ROOM + open.length, from, from + take);
    open.length += take;
  }

  /** Gives the bytes back. The record is not to be used again, except to count what follows. */
  close(open: OpenRecord): void {
    this.#give(open.bytes);
    open.bytes = EMPTY;
    open.length = 0;
  }

  #grow(open: OpenRecord, need: number): void {
    let size = open.bytes.length * 2;
    while (size < need) size *= 2;
    const bytes = this.#take(size);
    open.bytes.copy(bytes, 0, 0, TIME_ROOM + open.length);
    this.#give(open.bytes);
    open.bytes = bytes;
  }

  #take(size: number): Buffer {
    this.bytes += size;
    return this.#spare.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
  }

  #give(bytes: Buffer): void {
    this.bytes -= bytes.length;
    if (bytes.length === 0 || bytes.length > KEPT * SMALLEST) return;
    let spare = this.#spare.get(bytes.length);
    if (spare === undefined) this.#spare.set(bytes.length, (spare = []));
    if (spare.length < (KEPT * SMALLEST) / bytes.length) spare.push(bytes);
  }
}

const EMPTY = Buffer.alloc(0);
