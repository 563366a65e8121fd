/**
 * What is remembered of one container log between two runs of lines: per log and stream, never per file, since a partial
 * line or a stack trace may begin in one file and end in the next.
 */
import { Buffer } from 'node:buffer';
import type { Batch, ContainerLog, Position, Source } from '../../types.ts';
import type { RenderedLog } from '../encode/rendered-log.ts';
import { type Line, NO_STREAM, STDOUT, type Stream, TIME_ROOM } from '../format/line.ts';
import type { OpenRecord } from './open-record.ts';

/** Where the reader is within a line longer than its buffer. */
export const AT_LINE = 0;
/** Within a CRI line. */
export const IN_CRI = 1;
/** Within a line nobody can parse. */
export const IN_RAW = 2;
/** Within a line that was settled before. */
export const IN_ACKNOWLEDGED = 3;
/** Within the NULs in front of a line. */
export const IN_HOLE = 4;

/** After this many further bytes of its container log without a continuation an open record is shipped as it is. */
export const FURTHER_BYTES = 1024 * 1024;

export class StreamState {
  readonly number: 0 | 1;
  /** A stack trace, or a head that may become one. */
  held: OpenRecord | null = null;
  /** A line whose last partial one has not come. */
  partial: OpenRecord | null = null;

  /** In case the next line continues it. */
  readonly last: LastRecord = new LastRecord();

  constructor(number: 0 | 1) {
    this.number = number;
  }

  /** The oldest record that is open. */
  first(): OpenRecord | null {
    return this.held ?? this.partial;
  }
}

/** The last ordinary record of a stream in this run. */
export class LastRecord {
  /** Its content: bytes[from, to). Null: there is none, or it cannot be a head. */
  bytes: Buffer | null = null;
  from = 0;
  to = 0;
  /** Its place in the batch, or -1 if it was dropped, and by what. */
  index = -1;
  dropped = 0;
  start = 0;
  logEnd = 0;
  timeFrom = 0;
  timeTo = 0;
  high = 0;
  low = 0;
  /** Where the time of the line before it lies in the run's bytes; beforeFrom < 0: it is LogState's. */
  beforeFrom = -1;
  beforeTo = 0;

  keep(line: Line, index: number, dropped: number, beforeFrom: number, beforeTo: number): void {
    this.bytes = line.bytes;
    this.from = line.from;
    this.to = line.to;
    this.index = index;
    this.dropped = dropped;
    this.start = line.start;
    this.logEnd = line.logEnd;
    this.timeFrom = line.timeFrom;
    this.timeTo = line.timeTo;
    this.high = line.high;
    this.low = line.low;
    this.beforeFrom = beforeFrom;
    this.beforeTo = beforeTo;
  }

  /** Fills in what is remembered here; source, stream and timeBytes are the run's. */
  as(line: Line): void {
    line.start = this.start;
    line.timeFrom = this.timeFrom;
    line.timeTo = this.timeTo;
    line.minute = 0;
    line.high = this.high;
    line.low = this.low;
  }
}

/** The line was settled before this process opened its file. One nobody can parse goes with both streams. */
export function isAcknowledged(line: Line): boolean {
  const { out, err } = line.source!.resume;
  if (line.stream === NO_STREAM) return line.start < out || line.start < err;
  return line.start < (line.stream === STDOUT ? out : err);
}

/** A file of the log that is not wholly settled: the one being read, and those before it that an open record began in. */
export class FileState {
  readonly source: Source;
  /** End of the last line read as a whole. */
  read: number;
  out: number;
  err: number;
  /** Time of the last well-formed line before the file, and before `read`. */
  readonly before: string;
  time: string;

  constructor(source: Source, before: string) {
    this.source = source;
    this.read = Math.min(source.resume.out, source.resume.err);
    this.out = source.resume.out;
    this.err = source.resume.err;
    this.before = before;
    this.time = before;
  }
}

export class LogState {
  readonly log: ContainerLog;
  rendered: RenderedLog;
  readonly streams: readonly [StreamState, StreamState] = [new StreamState(0), new StreamState(1)];
  /** A line nobody can parse, longer than the reader's buffer. */
  raw: OpenRecord | null = null;
  /** Oldest first; the last one is being read. */
  readonly files: FileState[] = [];
  /** Position at which the file being read begins, counted over all files of the log. */
  base = 0;

  /** Where in a long line we are, and of which stream and tag it is. */
  within = AT_LINE;
  /** Offset at which that line begins, and at which its bytes go on. */
  lineStart = 0;
  at = 0;
  stream: Stream = 0;
  partial = false;
  /** Bytes of a header that a run of NULs pushed over the end of the buffer. */
  cut: Buffer | null = null;

  /** Time of the last well-formed line: time[0, timeLength), and in milliseconds. */
  readonly time = Buffer.alloc(TIME_ROOM);
  timeLength = 0;
  high = 0;
  low = 0;

  constructor(log: ContainerLog, rendered: RenderedLog) {
    this.log = log;
    this.rendered = rendered;
  }

  /** Every record that is open. */
  opens(): OpenRecord[] {
    const [out, err] = this.streams;
    return [out.held, err.held, out.partial, err.partial, this.raw].filter((open) => open !== null);
  }

  file(): FileState {
    return this.files[this.files.length - 1]!;
  }

  timeText(): string {
    return this.time.toString('latin1', 0, this.timeLength);
  }

  setTime(bytes: Buffer, from: number, to: number): void {
    this.timeLength = Math.min(to - from, TIME_ROOM);
    bytes.copy(this.time, 0, from, from + this.timeLength);
  }

  /** Notes in the batch what may be committed with it, and lets go of files that are wholly settled. */
  notePositions(batch: Batch): void {
    const out = this.streams[0].first();
    const err = this.streams[1].first();
    for (let i = 0; i < this.files.length; i++) {
      const file = this.files[i]!;
      const nextOut = Math.max(file.out, Math.min(this.#needed(out, i), this.#needed(this.raw, i)));
      const nextErr = Math.max(file.err, Math.min(this.#needed(err, i), this.#needed(this.raw, i)));
      if (nextOut === file.out && nextErr === file.err) continue;
      file.out = nextOut;
      file.err = nextErr;
      batch.positions.set(file.source, this.#positionOf(file, out, err));
    }
    while (this.files.length > 1 && this.#isAcknowledged(this.files[0]!)) this.files.shift();
  }

  /** The smallest offset of file i that `open` still needs. */
  #needed(open: OpenRecord | null, i: number): number {
    const file = this.files[i]!;
    if (open === null) return file.read;
    if (open.source === file.source) return open.start;
    // A record that began in a file before needs this one from its start, or a re-read could not tell where it goes on.
    for (let k = 0; k < i; k++) if (this.files[k]!.source === open.source) return 0;
    return file.read;
  }

  #positionOf(file: FileState, out: OpenRecord | null, err: OpenRecord | null): Position {
    const least = Math.min(file.out, file.err);
    let time = least < file.read ? file.before : file.time;
    for (const open of [out, err, this.raw]) {
      if (open !== null && open.source === file.source && open.start === least) time = open.before;
    }
    return { out: file.out, err: file.err, time };
  }

  #isAcknowledged(file: FileState): boolean {
    return file.out >= file.read && file.err >= file.read;
  }
}
