/**
 * A compressed log file, read as if it were not: offsets are those of what the container wrote.
 *
 * It is unpacked front to back. What may be asked for twice is the start of a line that did not fit into the buffer, so that
 * is kept; any other step back begins again from the start. At rest it holds its descriptor and nothing else.
 */
import type { Fs } from './fs.ts';
import { PlainFile, type FileState, type LogFile, type OpenedFile } from './logfile.ts';
import { Unpacker } from './unpacker.ts';

const LF = 0x0a;
const NONE = Buffer.alloc(0);

export class GzFile implements LogFile {
  readonly gz = true;
  readonly id: string;
  readonly #file: PlainFile;
  #unpacker: Unpacker | undefined;
  /** Offset of the byte that the unpacker gives next. */
  #at = 0;
  /** What was unpacked and did not fit: the bytes before #at. */
  #rest: Buffer = NONE;

  constructor(fs: Fs, opened: OpenedFile) {
    this.#file = new PlainFile(fs, opened);
    this.id = opened.id;
  }

  /** Compressed bytes consumed so far: for progress. */
  get consumed(): number {
    return this.#unpacker?.consumed ?? 0;
  }

  /**
   * As LogFile.read; fills `into` unless the end comes first.
   * @throws Damaged, once everything before the damage was read.
   */
  async read(into: Buffer, at: number): Promise<number> {
    if (this.#unpacker === undefined && this.#file.stat().size === 0) return 0;
    if (this.#unpacker === undefined || at < this.#at - this.#rest.length) this.#restart();
    let filled = 0;
    while (filled < into.length) {
      const skip = at + filled - (this.#at - this.#rest.length);
      if (skip < this.#rest.length) {
        const n = this.#rest.copy(into, filled, skip);
        filled += n;
        this.#rest = this.#rest.subarray(skip + n);
        continue;
      }
      const next = await this.#next(filled);
      if (next === undefined) break;
      this.#rest = next;
      this.#at += next.length;
    }
    this.#keepTail(into, filled);
    return filled;
  }

  /** The uncompressed size as the trailer tells it: modulo 4 GiB, and of the last member only. A hint. */
  async sizeHint(): Promise<number> {
    const trailer = Buffer.alloc(4);
    const { size } = this.#file.stat();
    if (size < 18) return 0;
    await this.#file.read(trailer, size - 4);
    return trailer.readUInt32LE(0);
  }

  /** Lets go of everything but the descriptor. */
  relax(): void {
    this.#unpacker?.close();
    this.#unpacker = undefined;
    this.#rest = NONE;
    this.#at = 0;
  }

  stat(): FileState {
    return this.#file.stat();
  }

  close(): void {
    this.relax();
    this.#file.close();
  }

  #restart(): void {
    this.relax();
    this.#unpacker = new Unpacker((into, at) => this.#file.read(into, at));
  }

  /** Damage is reported by the read that begins at it, so that the one before gets what is sound. */
  async #next(filled: number): Promise<Buffer | undefined> {
    try {
      return await this.#unpacker?.next();
    } catch (error) {
      if (filled === 0) throw error;
      return undefined;
    }
  }

  /** The reader comes back to the start of the unfinished line at the end of what it got. */
  #keepTail(into: Buffer, filled: number): void {
    if (filled === 0) return;
    const tail = into.subarray(into.lastIndexOf(LF, filled - 1) + 1, filled);
    if (tail.length < into.length) this.#rest = Buffer.concat([tail, this.#rest]);
  }
}
