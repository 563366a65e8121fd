/**
 * The dead-letter store: documents the sink will never take, kept as `rejected.ndjson` so that a person can see why and
 * send them again.
 *
 * It is bounded (two files of half of `maxBytes` each; the older one is given up for newer ones), it holds whole lines
 * only, and it never holds up the pipeline: what cannot be kept, because the disk is full, gone or hangs, is counted, said
 * once, and let go.
 */
import { constants } from 'node:fs';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../types.ts';
import type { Refusal } from './bulk.ts';
import { deadLetterLine } from './deadletter-line.ts';

export interface DeadLetterOptions {
  /** Directory of the store; made when missing. */
  readonly dir: string;
  /** Bytes on disk at most, both files together. */
  readonly maxBytes: number;
  readonly log: Log;
  /** Milliseconds to wait for a disk that does not answer; 30 s. */
  readonly patienceMs?: number;
  readonly now?: () => number;
}

interface Entry {
  readonly line: Buffer;
  readonly settle: (kept: boolean) => void;
}

/** Regular files only, never through a link, never waiting for the other end of a pipe. */
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class DeadLetter {
  readonly #options: DeadLetterOptions;
  readonly #path: string;
  readonly #half: number;
  #file: FileHandle | undefined;
  #size = 0;
  #waiting: Entry[] = [];
  #writing = false;
  /** A write has outlasted our patience: until it returns nothing waits behind it. */
  #stuck = false;
  #kept = 0;
  #lost = 0;

  constructor(options: DeadLetterOptions) {
    this.#options = options;
    this.#path = join(options.dir, 'rejected.ndjson');
    this.#half = Math.floor(options.maxBytes / 2);
  }

  /** The newer of its two files. */
  get path(): string {
    return this.#path;
  }

  /** Documents this process has written to disk. */
  get kept(): number {
    return this.#kept;
  }

  /** Documents that are not known to have reached the disk. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Writes one line `{at, reason, id, document}` and resolves when it is on disk, or is given up. Never rejects. The
   * document is copied before this returns; calls made together share one fsync.
   */
  async add(document: Buffer, reason: Refusal, id?: string): Promise<void> {
    const at = new Date((this.#options.now ?? Date.now)()).toISOString();
    const kept = !this.#stuck && (await this.#write(deadLetterLine(at, document, reason, id, this.#half)));
    if (kept) this.#kept++;
    else this.#lost++;
  }

  /** Closes the file. No add() is pending. */
  async close(): Promise<void> {
    // A file closes only when what was begun on it is over, and a disk that hangs never ends it.
    if (!this.#stuck) await this.#forget();
  }

  #write(line: Buffer): Promise<boolean> {
    const { patienceMs = 30_000 } = this.#options;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#stuck = true;
        this.#say(`the disk has not answered for ${patienceMs / 1000} s`);
        resolve(false);
      }, patienceMs);
      const settle = (kept: boolean): void => {
        clearTimeout(timer);
        resolve(kept);
      };
      this.#waiting.push({ line, settle });
      // Not awaited: the one writer settles every entry, and never rejects.
      if (!this.#writing) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    // One turn later, so that the first of several calls made together does not go alone.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const entries = this.#waiting.splice(0, this.#fitting());
      const kept = await this.#append(Buffer.concat(entries.map(({ line }) => line)));
      this.#stuck = false;
      for (const { settle } of entries) settle(kept);
    }
    this.#writing = false;
  }

  /** How many of the waiting lines go into half of the store together; at least one. */
  #fitting(): number {
    let bytes = 0;
    const tooMany = this.#waiting.findIndex(({ line }) => (bytes += line.length) > this.#half);
    return tooMany === -1 ? this.#waiting.length : Math.max(1, tooMany);
  }

  async #append(lines: Buffer): Promise<boolean> {
    try {
      this.#file ??= await this.#open();
      if (this.#size > 0 && this.#size + lines.length > this.#half) await this.#rotate();
      await this.#file.appendFile(lines);
      await this.#file.datasync();
      this.#size += lines.length;
      return true;
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
      // Opened anew next time: the disk may have healed, and half a line may have to be cut off.
      await this.#forget();
      return false;
    }
  }

  async #rotate(): Promise<void> {
    await this.#forget();
    await rename(this.#path, `${this.#path}.1`);
    this.#file = await this.#open();
  }

  /** The file, ending with a whole line whatever a crash or a full disk left there. Mode 0600: log lines hold secrets. */
  async #open(): Promise<FileHandle> {
    const { dir } = this.#options;
    await mkdir(dir, { recursive: true });
    const file = await open(this.#path, FLAGS, 0o600);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new Error(`${this.#path} is not a regular file`);
      this.#size = await endOfLastLine(file, stat.size);
      if (this.#size < stat.size) await file.truncate(this.#size);
      await syncDirectory(dir);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #forget(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => {});
  }

  #say(why: string): void {
    this.#options.log.throttled(
      'deadletter',
      `Cannot keep rejected documents in ${this.#path} (${why}). They are counted as rejected and gone. ` +
        `Usually the disk is full or state.dir is not writable; make room there. ${this.#lost} were given up before.`,
    );
  }
}

const LF = 0x0a;

async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - chunk.length);
    const { bytesRead } = await file.read(chunk, 0, end - start, start);
    const at = chunk.subarray(0, bytesRead).lastIndexOf(LF);
    if (at !== -1) return start + at + 1;
    end = start;
  }
  return 0;
}

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
