/**
 * What is remembered of one container log between two calls: per log and stream, never per file, since a partial line or a
 * stack trace may begin in one file and end in the next.
 */
import { Buffer } from 'node:buffer';
import type { Batch, ContainerLog, Position, Source } from '../../types.ts';
import type { RenderedLog } from '../encode/rendered-log.ts';
import { type Line, NO_STREAM, STDOUT, TIME_ROOM } from '../format/line.ts';
import { KeyBlock } from './key-block.ts';
import { AT_LINE, LongLine } from './long-line.ts';
import { Rate } from './rate.ts';
import type { OpenRecord } from './open-record.ts';
import { StreamState } from './stream-state.ts';

/** After this many further bytes of its container log without a continuation an open record is shipped as it is. */
export const FURTHER_BYTES = 1024 * 1024;

/** The line was acknowledged before this process opened its file. One of no known format belongs to both streams. */
export function isAcknowledged(line: Line): boolean {
  const { out, err } = line.source!.resume;
  if (line.stream === NO_STREAM) return line.start < out || line.start < err;
  return line.start < (line.stream === STDOUT ? out : err);
}

/**
 * A file of the log that is not wholly acknowledged: the one being read, and those before it in which an open record began.
 * Everyone may read its fields; only its methods change them.
 */
class FileState {
  readonly source: Source;
  /** Time of the last well-formed line before the file, and before `read`. */
  readonly before: string;
  time: string;
  /** End of the last line read as a whole. */
  read: number;
  /** What may be committed of either stream. */
  out: number;
  err: number;

  constructor(source: Source, before: string) {
    this.source = source;
    this.before = this.time = before;
    this.read = Math.min(source.resume.out, source.resume.err);
    this.out = source.resume.out;
    this.err = source.resume.err;
  }

  readTo(read: number, time = this.time): void {
    this.read = read;
    this.time = time;
  }

  /** Nothing before these offsets is needed any more. False: that is nothing new. */
  release(out: number, err: number): boolean {
    if (out <= this.out && err <= this.err) return false;
    this.out = Math.max(this.out, out);
    this.err = Math.max(this.err, err);
    return true;
  }
}

/** Everyone may read its fields; only its methods change them. */
export class LogState {
  readonly log: ContainerLog;
  rendered: RenderedLog;
  readonly streams: readonly [StreamState, StreamState] = [new StreamState(0), new StreamState(1)];
  readonly long = new LongLine();
  /** By stream. */
  readonly keys: readonly [KeyBlock, KeyBlock, KeyBlock] = [new KeyBlock(), new KeyBlock(), new KeyBlock()];
  readonly rate = new Rate();
  /** Oldest first; the last one is being read. */
  readonly files: FileState[] = [];
  /** Offset in the container log, counted over all its files, at which the file being read begins. */
  base = 0;

  /** Time of the last well-formed line: time[0, timeLength), and in milliseconds. */
  readonly time = Buffer.alloc(TIME_ROOM);
  timeLength = 0;
  high = 0;
  low = 0;

  constructor(log: ContainerLog, rendered: RenderedLog) {
    this.log = log;
    this.rendered = rendered;
  }

  render(rendered: RenderedLog): void {
    this.rendered = rendered;
  }

  /** Turns to the next file of the log. */
  enter(source: Source): void {
    if (this.files.length > 0) this.base += this.file().read;
    this.files.push(new FileState(source, this.timeText()));
  }

  /** All lines of the file that begin before this offset have been dealt with, but for a long one that goes on. */
  readTo(offset: number): void {
    const { within, start } = this.long;
    this.file().readTo(within === AT_LINE ? offset : start, this.timeText());
  }

  /** Every record that is open. */
  opens(): OpenRecord[] {
    const [out, err] = this.streams;
    const others = [out.partial, err.partial, this.long.raw].filter((open) => open !== null);
    return [...out.waiting(), ...err.waiting(), ...others];
  }

  file(): FileState {
    return this.files[this.files.length - 1]!;
  }

  timeText(): string {
    return this.time.toString('latin1', 0, this.timeLength);
  }

  /** Keeps the text of the time of the last well-formed line; bytes[from, to) may be empty. */
  setTime(bytes: Buffer, from: number, to: number): void {
    this.timeLength = Math.min(to - from, TIME_ROOM);
    bytes.copy(this.time, 0, from, from + this.timeLength);
  }

  /** The same time in milliseconds since 1970: high * 2^24 + low. */
  setInstant(high: number, low: number): void {
    this.high = high;
    this.low = low;
  }

  /** Notes in the batch what may be committed with it, and lets go of files of which nothing is needed. */
  notePositions(batch: Batch): void {
    // A block of a key began before everything that is open in its stream.
    const [outKey, errKey, rawKey] = this.keys;
    const out = isOpen(outKey) ? outKey : this.streams[0].first();
    const err = isOpen(errKey) ? errKey : this.streams[1].first();
    const raw = isOpen(rawKey) ? rawKey : this.long.raw;
    for (let i = 0; i < this.files.length; i++) {
      const file = this.files[i]!;
      const rawNeeds = this.#needed(raw, i);
      if (file.release(Math.min(this.#needed(out, i), rawNeeds), Math.min(this.#needed(err, i), rawNeeds)))
        batch.positions.set(file.source, this.#positionOf(file, out, err, raw));
    }
    while (this.files.length > 1 && isReleased(this.files[0]!)) this.files.shift();
  }

  /** The smallest offset of file i that `open` still needs. */
  #needed(open: Needed | null, i: number): number {
    const file = this.files[i]!;
    if (open === null) return file.read;
    if (open.source === file.source) return open.start;
    // A record that began in a file before needs this one from its start, or a re-read could not tell where it goes on.
    for (let k = 0; k < i; k++) if (this.files[k]!.source === open.source) return 0;
    return file.read;
  }

  #positionOf(file: FileState, out: Needed | null, err: Needed | null, raw: Needed | null): Position {
    const least = Math.min(file.out, file.err);
    let time = least < file.read ? file.before : file.time;
    for (const open of [out, err, raw]) {
      if (open !== null && open.source === file.source && open.start === least) time = open.before;
    }
    return { out: file.out, err: file.err, time };
  }
}

/** What holds back a position: the source it begins in, where, and the time of the line before. */
interface Needed {
  readonly source: Source;
  readonly start: number;
  readonly before: string;
}

function isOpen(key: KeyBlock): key is KeyBlock & Needed {
  return key.source !== null;
}

/** Nothing that was read of the file is needed any more. */
function isReleased({ read, out, err }: FileState): boolean {
  return out >= read && err >= read;
}
