/**
 * The sink that writes documents into rotated files of a directory, one JSON object a line.
 *
 * Batches are written one at a time in the order they were sent, and count as stored when they are synced to the disk. A write that
 * fails is tried again until it succeeds: the log files keep the lines meanwhile. A crash between a write and the position that
 * covers it leaves documents that come a second time after the restart; nothing here compares them by their ids.
 */
import type { Acknowledged, Batch, Log, Sink } from '../../types.ts';
import { pause, soon } from '../../util/backoff.ts';
import { cureOf } from '../../util/causes.ts';
import { duration } from '../../util/human.ts';
import { unlessAborted } from '../../util/unless-aborted.ts';
import { ndjson } from '../batch/documents.ts';
import { Outage } from '../batch/outage.ts';
import type { RotatedFile } from '../disk/rotated-file.ts';

export interface FileOptions {
  /** Its append() has no other caller. */
  readonly file: RotatedFile;
  /** Writes a test file beside it. Rejects with the system's error. */
  readonly writeTest: () => Promise<void>;
  readonly acknowledged: (outcome: Acknowledged) => void;
  /** Told `disk` for every write that failed. */
  readonly retried: (reason: string) => void;
  /** Called when nothing is written any more. */
  readonly closed: () => Promise<void>;
  readonly log: Log;
  /** Milliseconds after which a write that does not return is said; SLOW_MS. */
  readonly slowMs?: number;
  /** In [0, 1). */
  readonly random?: () => number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

const SLOW_MS = 30_000;
/** How long the end of the process waits for a disk. */
const LAST_MS = 1000;

export class FileSink implements Sink {
  readonly #options: FileOptions;
  readonly #outage: Outage;
  /** Why the last batch is not written, in a sentence. */
  #refusal: string | undefined;
  /** The batch before, whatever became of it. */
  #before: Promise<void> = Promise.resolve();
  /** The last append; it may go on after its send() was stopped. */
  #appending: Promise<unknown> = Promise.resolve();

  constructor(options: FileOptions) {
    this.#options = options;
    this.#outage = new Outage('file', options.log, options.now ?? Date.now);
  }

  /**
   * Writes the batch after the ones sent before it, trying for as long as it takes. Rejects only when stopped, also while the disk
   * does not answer.
   */
  send(batch: Batch, stop: AbortSignal): Promise<void> {
    const written = this.#before.then(() => this.#write(batch, stop));
    this.#before = written.catch(() => undefined);
    return written;
  }

  async obstacle(stop: AbortSignal): Promise<string | undefined> {
    if (this.#refusal !== undefined) return this.#refusal;
    try {
      await unlessAborted(this.#options.writeTest(), stop);
      return undefined;
    } catch (error) {
      stop.throwIfAborted();
      return this.#refused((error as Error).message);
    }
  }

  async close(): Promise<void> {
    const { file, closed } = this.#options;
    await this.#before;
    try {
      // What was stopped in the middle takes its half batch back out of the file.
      await unlessAborted(this.#appending, AbortSignal.timeout(LAST_MS));
      await file.close();
    } catch {
      // The disk hangs: closing the file would wait for the write that does not end.
    }
    await closed();
  }

  async #write(batch: Batch, stop: AbortSignal): Promise<void> {
    const { acknowledged, random = Math.random } = this.#options;
    stop.throwIfAborted();
    const lines = ndjson(batch);
    for (let attempt = 0; ; attempt++) {
      const appending = this.#append(lines);
      this.#appending = appending;
      if (await unlessAborted(appending, stop)) break;
      await pause(soon(attempt, random), stop);
    }
    this.#outage.over();
    this.#refusal = undefined;
    acknowledged({ stored: batch.count, duplicate: 0, rejected: 0 });
  }

  /** Whether the lines are on disk. */
  async #append(lines: Buffer): Promise<boolean> {
    const { file, retried, slowMs = SLOW_MS } = this.#options;
    const slow = setTimeout(() => this.#say(`the disk has not answered for ${duration(slowMs)}`, undefined), slowMs);
    try {
      await file.append(lines);
      return true;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      retried('disk');
      this.#say(message, code);
      return false;
    } finally {
      clearTimeout(slow);
    }
  }

  #refused(why: string): string {
    return `Documents cannot be written to ${this.#options.file.path} (${why}).`;
  }

  #say(why: string, code: string | undefined): void {
    this.#refusal = this.#refused(why);
    this.#outage.begin(
      code ?? 'slow',
      `${this.#refusal} Nothing is lost: reading waits, and the log files keep ` +
        `the lines. Usually ${cureOf(code)}. It is tried again at least every 4 s.`,
    );
  }
}
