/**
 * A file of the log that is not wholly acknowledged: the one being read, and those before it in which an open record began.
 */
import type { Source } from '../../types.ts';
import { type Line, NO_STREAM, STDOUT } from '../format/line.ts';

export class FileState {
  readonly source: Source;
  /** Time of the last well-formed line before the file. */
  readonly before: string;
  #read: number;
  #time: string;
  #out: number;
  #err: number;

  constructor(source: Source, before: string) {
    this.source = source;
    this.before = before;
    this.#read = Math.min(source.resume.out, source.resume.err);
    this.#time = before;
    this.#out = source.resume.out;
    this.#err = source.resume.err;
  }

  /** End of the last line read as a whole. */
  get read(): number {
    return this.#read;
  }

  /** Time of the last well-formed line before `read`. */
  get time(): string {
    return this.#time;
  }

  /** What may be committed of either stream. */
  get out(): number {
    return this.#out;
  }

  get err(): number {
    return this.#err;
  }

  readTo(read: number, time: string): void {
    this.#read = read;
    this.#time = time;
  }

  /** Nothing before these offsets is needed any more. False: that is nothing new. */
  release(out: number, err: number): boolean {
    if (out <= this.#out && err <= this.#err) return false;
    this.#out = Math.max(this.#out, out);
    this.#err = Math.max(this.#err, err);
    return true;
  }

  /** Nothing that was read of it is needed any more. */
  isReleased(): boolean {
    return this.#out >= this.#read && this.#err >= this.#read;
  }
}

/** The line was acknowledged before this process opened its file. One of no known format belongs to both streams. */
export function isAcknowledged(line: Line): boolean {
  const { out, err } = line.source!.resume;
  if (line.stream === NO_STREAM) return line.start < out || line.start < err;
  return line.start < (line.stream === STDOUT ? out : err);
}
