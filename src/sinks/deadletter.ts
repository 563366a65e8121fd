/**
 * The dead-letter store: documents the sink will never take, kept as `rejected.ndjson` so that a person can see why and
 * send them again.
 *
 * It is bounded and holds whole lines only (deadletter-file.ts), and it never holds up the pipeline: what cannot be kept,
 * because the disk is full, gone or hangs, is counted, said once, and let go.
 */
import type { Log } from '../types.ts';
import type { Refusal } from './bulk.ts';
import { DeadLetterFile } from './deadletter-file.ts';
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

export class DeadLetter {
  readonly #options: DeadLetterOptions;
  readonly #half: number;
  readonly #file: DeadLetterFile;
  #waiting: Entry[] = [];
  #writing = false;
  /** A write has outlasted our patience: until it returns nothing waits behind it. */
  #stuck = false;
  #kept = 0;
  #lost = 0;

  constructor(options: DeadLetterOptions) {
    this.#options = options;
    this.#half = Math.floor(options.maxBytes / 2);
    this.#file = new DeadLetterFile(options.dir, this.#half);
  }

  /** The newer of its two files. */
  get path(): string {
    return this.#file.path;
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
    if (!this.#stuck) await this.#file.close();
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
      await this.#file.append(lines);
      return true;
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  #say(why: string): void {
    this.#options.log.throttled(
      'deadletter',
      `Cannot keep rejected documents in ${this.path} (${why}). They are counted as rejected and gone. ` +
        `Usually the disk is full or state.dir is not writable; make room there. ${this.#lost} were given up before.`,
    );
  }
}
