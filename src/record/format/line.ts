/**
 * One line as its container runtime wrote it: where its parts lie in bytes that are borrowed.
 *
 * There are only a few of these objects. They are filled again for every line, so that the line loop allocates nothing.
 * Never keep one; copy what is to live longer into an OpenRecord.
 */
import { Buffer } from 'node:buffer';
import type { Source } from '../../types.ts';
import { CR } from '../../util/ascii.ts';
import { HALF } from './time.ts';

/** More bytes than any time has: kubelet's parser accepts 35. */
export const TIME_ROOM = 64;

const NOTHING = Buffer.alloc(0);

/** Everyone may read its fields; only its methods change them. */
export class Line {
  /** Of the file the line begins in. */
  source: Source | null = null;
  /** Offset in that file at which the line begins: its `log.offset`. */
  start = 0;
  /** Where it begins and where the next one does in the container log, counted over all its files. */
  logStart = 0;
  logEnd = 0;
  /** The CRI time, verbatim: timeBytes[timeFrom, timeTo). Borrowed. */
  timeBytes: Buffer = NOTHING;
  timeFrom = 0;
  timeTo = 0;
  /** Clock's number of the minute the time lies in; 0 if it has none. */
  minute = 0;
  /** The same time in milliseconds since 1970, as high * 2^24 + low: both halves stay small integers. */
  high = 0;
  low = 0;
  /** The content: bytes[from, to). Borrowed. */
  bytes: Buffer = NOTHING;
  from = 0;
  to = 0;
  /** The content is known to be valid UTF-8. */
  valid = false;
  stream: Stream = 0;
  /** Tag P: the record goes on in a later line. */
  partial = false;

  /** It begins in this file; `valid`: its content, as the file has it, is UTF-8. */
  setSource(source: Source | null, valid: boolean): void {
    this.source = source;
    this.valid = valid;
  }

  setPlace(start: number, logStart: number, logEnd: number): void {
    this.start = start;
    this.logStart = logStart;
    this.logEnd = logEnd;
  }

  setTime(bytes: Buffer, from: number, to: number, minute: number, high: number, low: number): void {
    this.timeBytes = bytes;
    this.timeFrom = from;
    this.timeTo = to;
    this.minute = minute;
    this.high = high;
    this.low = low;
  }

  setContent(bytes: Buffer, from: number, to: number, stream: Stream, partial: boolean): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.stream = stream;
    this.partial = partial;
  }

  /** Its bytes go on elsewhere. */
  goOn(): void {
    this.partial = true;
  }

  /** Conmon keeps the CR of a terminal's line end; exactly one goes. */
  stripCr(): void {
    if (this.to > this.from && this.bytes[this.to - 1] === CR) this.to--;
  }

  /** Only this much of its content counts. */
  endAt(to: number): void {
    this.to = to;
  }

  /** Milliseconds since 1970. */
  ms(): number {
    return this.high * HALF + this.low;
  }
}

/* What a parser takes a line for. Anything but OTHER has filled the line. */
/** A line of another format. */
export const OTHER = 0;
export const KNOWN = 1;
/** Its first tag is neither P nor F. */
export const UNKNOWN_TAG = 2;
/** No time, no stream: content only. */
export const UNREADABLE = 3;

/** A format of lines. */
export interface Format {
  /** The beginning of a line is enough for all but its content. */
  readonly inPieces: boolean;
  /**
   * Parses bytes[p, end), a line without its LF and not empty, into `line`: its time, stream, tag and where its content lies.
   * Content may be borrowed until the next call. Answers what it is.
   */
  parse(bytes: Buffer, p: number, end: number, line: Line): number;
}

/** 0 stdout, 1 stderr, 2 neither: a line of no known format. */
export type Stream = 0 | 1 | 2;
export const STDOUT = 0;
export const STDERR = 1;
export const NO_STREAM = 2;
