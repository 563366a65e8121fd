/**
 * The dead-letter store: documents that a sink will never take, kept as `rejected.ndjson` so that a person can see why and send
 * them again.
 *
 * A refused document is acknowledged only when it is kept: while the disk is full, gone or hangs, add() waits, and reading waits
 * for it. But not without end: one bad document must not stop the shipping of a node whose disk nobody repairs. After PATIENCE_MS
 * documents are given up and counted, further ones at once, until the store works again. On disk it is bounded and holds whole
 * lines only (disk/rotated-file.ts).
 */
import type { Log } from '../../types.ts';
import { cureOf } from '../../util/causes.ts';
import { count, duration } from '../../util/human.ts';
import { soon } from '../../util/backoff.ts';
import { RotatedFile } from '../disk/rotated-file.ts';
import { deadLetterLine, type Refusal } from './line.ts';
import { WaitingLines, type WaitingLine } from './waiting.ts';

export interface DeadLetterOptions {
  /** Directory of the store; made when missing. */
  readonly dir: string;
  /** Bytes on disk at most, both files together. */
  readonly maxBytes: number;
  readonly log: Log;
  /** Milliseconds of trying before documents are given up; PATIENCE_MS. */
  readonly patienceMs?: number;
  /** Milliseconds after which a write that does not return counts as a fault; SLOW_MS. */
  readonly slowMs?: number;
  readonly now?: () => number;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** The kubelet makes room on a full disk within minutes (it looks every five). A disk that stays full waits for a person. */
const PATIENCE_MS = 600_000;
const SLOW_MS = 30_000;

/** What is wrong with the store. */
interface StoreFault {
  /** What the system says. */
  readonly why: string;
  /** The usual cause and what to do: a sentence. */
  readonly cure: string;
}

export class DeadLetter {
  readonly #options: DeadLetterOptions;
  readonly #half: number;
  readonly #file: RotatedFile;
  readonly #patienceMs: number;
  readonly #slowMs: number;
  readonly #waiting = new WaitingLines();
  #writing = false;
  /** Runs between a write that failed and the next. */
  #retry: NodeJS.Timeout | undefined;
  /** Writes that failed in a row. */
  #failures = 0;
  /** Runs from the first write that has not succeeded yet until documents are given up. */
  #deadline: NodeJS.Timeout | undefined;
  /** What cannot be written is given up at once, until a write succeeds. */
  #givesUp = false;
  /** A write does not return. */
  #hangs = false;
  #fault: StoreFault | undefined;
  #kept = 0;
  #lost = 0;

  constructor(options: DeadLetterOptions) {
    const { dir, maxBytes, patienceMs = PATIENCE_MS, slowMs = SLOW_MS } = options;
    this.#options = options;
    this.#half = Math.floor(maxBytes / 2);
    this.#file = new RotatedFile({ dir, name: 'rejected.ndjson', maxBytes: this.#half, maxFiles: 2, followsDir: true });
    this.#patienceMs = patienceMs;
    this.#slowMs = slowMs;
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

  /** What is wrong with the store. Asked when something is. */
  get fault(): StoreFault {
    return this.#fault ?? { why: 'the disk does not answer', cure: `Usually ${cureOf(undefined)}.` };
  }

  /**
   * Writes one line `{at, reason, id, document}`. Resolves to true when it is on disk, to false when it is given up. Rejects
   * only when stopped. The document is copied before this returns; calls made together share one fsync.
   */
  async add(document: Buffer, reason: Refusal, id: string | undefined, stop: AbortSignal): Promise<boolean> {
    stop.throwIfAborted();
    const at = new Date((this.#options.now ?? Date.now)()).toISOString();
    // Behind a write that hangs no other is begun.
    const isBlocked = this.#givesUp && this.#hangs;
    const kept = !isBlocked && (await this.#write(deadLetterLine(at, document, reason, id, this.#half), stop));
    if (kept) this.#kept++;
    else this.#lost++;
    return kept;
  }

  /** Closes the file. No add() is pending. */
  async close(): Promise<void> {
    this.#retry = cleared(this.#retry);
    this.#deadline = cleared(this.#deadline);
    // close() would wait for the write, which does not end while the disk hangs.
    if (!this.#writing) await this.#file.close();
  }

  #write(line: Buffer, stop: AbortSignal): Promise<boolean> {
    const answer = this.#waiting.add(line, stop);
    // Not awaited: it answers every line, and never rejects.
    if (!this.#writing && this.#retry === undefined) void this.#writeAll();
    return answer;
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    // One turn later, so that the first of several calls made together does not go alone.
    await Promise.resolve();
    while (!this.#waiting.isEmpty) {
      this.#deadline ??= setTimeout(() => this.#giveUp(), this.#givesUp ? this.#slowMs : this.#patienceMs);
      const lines = this.#waiting.fitting(this.#half);
      const kept = await this.#append(lines);
      if (!kept && !this.#givesUp) {
        this.#tryLater();
        break;
      }
      this.#deadline = cleared(this.#deadline);
      for (const { answer } of lines) answer(kept);
    }
    this.#writing = false;
  }

  #tryLater(): void {
    const { random = Math.random } = this.#options;
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined;
        void this.#writeAll();
      },
      soon(this.#failures++, random),
    );
  }

  #giveUp(): void {
    this.#givesUp = true;
    this.#retry = cleared(this.#retry);
    this.#deadline = undefined;
    this.#waiting.giveUp();
  }

  async #append(lines: readonly WaitingLine[]): Promise<boolean> {
    const slow = setTimeout(() => {
      this.#hangs = true;
      this.#fails(`the disk has not answered for ${duration(this.#slowMs)}`, undefined);
    }, this.#slowMs);
    try {
      await this.#file.append(Buffer.concat(lines.map(({ line }) => line)));
      this.#works();
      return true;
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      this.#fails(message, code);
      return false;
    } finally {
      clearTimeout(slow);
      this.#hangs = false;
    }
  }

  #works(): void {
    if (this.#fault !== undefined) {
      const gone = this.#lost === 0 ? '' : ` ${count(this.#lost)} were given up since the start.`;
      this.#options.log.info(`Rejected documents are kept in ${this.path} again.${gone}`);
    }
    this.#fault = undefined;
    this.#givesUp = false;
    this.#failures = 0;
  }

  #fails(why: string, code: string | undefined): void {
    const cure = `Usually ${cureOf(code)}.`;
    this.#fault = { why, cure };
    // The caller says what is given up: it knows what that was.
    if (this.#givesUp) return;
    this.#options.log.throttled(
      'deadletter',
      `Rejected documents cannot be kept in ${this.path} (${why}). Nothing is lost: their batch is not acknowledged before ` +
        `they are, and reading waits. ${cure} It is tried again for ${duration(this.#patienceMs)}, then they are given up.`,
    );
  }
}

function cleared(timer: NodeJS.Timeout | undefined): undefined {
  clearTimeout(timer);
}
