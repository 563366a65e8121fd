/**
 * The dead-letter store: documents the sink will never take, kept as `rejected.ndjson` so that a person can see why and
 * send them again.
 *
 * A refused document is settled only when it is kept, so who adds one waits while the disk is full, gone or hangs, and reading
 * waits with him. But not for ever: one bad document must not end the shipping of a node whose disk nobody mends. After
 * PATIENCE_MS documents are given up and counted, further ones at once, until the store works again. On disk it is bounded
 * and holds whole lines only (disk/rotated-file.ts).
 */
import { setMaxListeners } from 'node:events';
import type { Log } from '../../types.ts';
import { cureOf } from '../../util/causes.ts';
import { count, duration } from '../../util/human.ts';
import { fullJitter } from '../../util/backoff.ts';
import { RotatedFile } from '../disk/rotated-file.ts';
import { deadLetterLine, type Refusal } from './line.ts';

export interface DeadLetterOptions {
  /** Directory of the store; made when missing. */
  readonly dir: string;
  /** Bytes on disk at most, both files together. */
  readonly maxBytes: number;
  readonly log: Log;
  /** Milliseconds of trying before documents are given up; PATIENCE_MS. */
  readonly patienceMs?: number;
  /** Milliseconds after which a write that does not return is a trouble; SLOW_MS. */
  readonly slowMs?: number;
  readonly now?: () => number;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** The kubelet makes room on a full disk within minutes (it looks every five). What it leaves full waits for a person. */
const PATIENCE_MS = 600_000;
const SLOW_MS = 30_000;

interface Trouble {
  /** What the system says. */
  readonly why: string;
  /** The usual cause and what to do: a sentence. */
  readonly cure: string;
}

interface Entry {
  readonly line: Buffer;
  readonly settle: (kept: boolean) => void;
}

export class DeadLetter {
  readonly #options: DeadLetterOptions;
  readonly #half: number;
  readonly #file: RotatedFile;
  readonly #patienceMs: number;
  readonly #slowMs: number;
  readonly #waiting = new Set<Entry>();
  #writing = false;
  /** Runs between a write that failed and the next. */
  #retry: NodeJS.Timeout | undefined;
  /** Writes that failed in a row. */
  #inVain = 0;
  /** Runs from the first write that did not succeed yet to the end of our patience. */
  #deadline: NodeJS.Timeout | undefined;
  /** Our patience is at its end: what fails is given up, until a write succeeds. */
  #hopeless = false;
  /** A write does not return. */
  #hangs = false;
  #trouble: Trouble | undefined;
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

  /** What is wrong with the store when something is. */
  get trouble(): Trouble {
    return this.#trouble ?? { why: 'the disk does not answer', cure: `Usually ${cureOf(undefined)}.` };
  }

  /**
   * Writes one line `{at, reason, id, document}`. Resolves to true when it is on disk, to false when it is given up. Rejects
   * only when stopped. The document is copied before this returns; calls made together share one fsync.
   */
  async add(document: Buffer, reason: Refusal, id: string | undefined, stop: AbortSignal): Promise<boolean> {
    stop.throwIfAborted();
    const at = new Date((this.#options.now ?? Date.now)()).toISOString();
    // Behind a write that hangs nobody gets a turn.
    const isVain = this.#hopeless && this.#hangs;
    const kept = !isVain && (await this.#write(deadLetterLine(at, document, reason, id, this.#half), stop));
    if (kept) this.#kept++;
    else this.#lost++;
    return kept;
  }

  /** Closes the file. No add() is pending. */
  async close(): Promise<void> {
    this.#retry = cleared(this.#retry);
    this.#deadline = cleared(this.#deadline);
    // A file closes only when what was begun on it is over, and a disk that hangs never ends it.
    if (!this.#writing) await this.#file.close();
  }

  #write(line: Buffer, stop: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(entry);
        stop.removeEventListener('abort', onStop);
      };
      const entry: Entry = {
        line,
        settle(kept) {
          leave();
          resolve(kept);
        },
      };
      const onStop = (): void => {
        leave();
        reject(stop.reason as Error);
      };
      // One each, for as many documents as a batch may hold.
      setMaxListeners(0, stop);
      stop.addEventListener('abort', onStop);
      this.#waiting.add(entry);
      // Not awaited: the one writer settles every entry, and never rejects.
      if (!this.#writing && this.#retry === undefined) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    // One turn later, so that the first of several calls made together does not go alone.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      this.#deadline ??= setTimeout(() => this.#giveUp(), this.#hopeless ? this.#slowMs : this.#patienceMs);
      const entries = this.#fitting();
      const kept = await this.#append(entries);
      if (!kept && !this.#hopeless) {
        this.#tryLater();
        break;
      }
      this.#deadline = cleared(this.#deadline);
      for (const { settle } of entries) settle(kept);
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
      fullJitter(this.#inVain++, random),
    );
  }

  #giveUp(): void {
    this.#hopeless = true;
    this.#retry = cleared(this.#retry);
    this.#deadline = undefined;
    for (const { settle } of this.#waiting) settle(false);
  }

  /** Those of the waiting lines that go into half of the store together; at least one. */
  #fitting(): Entry[] {
    let bytes = 0;
    const entries = [...this.#waiting];
    const tooMany = entries.findIndex(({ line }) => (bytes += line.length) > this.#half);
    return tooMany === -1 ? entries : entries.slice(0, Math.max(1, tooMany));
  }

  async #append(entries: readonly Entry[]): Promise<boolean> {
    const slow = setTimeout(() => {
      this.#hangs = true;
      this.#fails(`the disk has not answered for ${duration(this.#slowMs)}`, undefined);
    }, this.#slowMs);
    try {
      await this.#file.append(Buffer.concat(entries.map(({ line }) => line)));
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
    if (this.#trouble !== undefined) {
      const gone = this.#lost === 0 ? '' : ` ${count(this.#lost)} were given up since the start.`;
      this.#options.log.info(`Rejected documents are kept in ${this.path} again.${gone}`);
    }
    this.#trouble = undefined;
    this.#hopeless = false;
    this.#inVain = 0;
  }

  #fails(why: string, code: string | undefined): void {
    const cure = `Usually ${cureOf(code)}.`;
    this.#trouble = { why, cure };
    // What is given up is said by who knows what it was.
    if (this.#hopeless) return;
    this.#options.log.throttled(
      'deadletter',
      `Rejected documents cannot be kept in ${this.path} (${why}). Nothing is lost: their batch is not settled before they ` +
        `are, and reading waits. ${cure} It is tried again for ${duration(this.#patienceMs)}, then they are given up.`,
    );
  }
}

function cleared(timer: NodeJS.Timeout | undefined): undefined {
  clearTimeout(timer);
}
