/**
 * The positions on disk: `checkpoints` in the state directory, one line a source.
 *
 * Written whole into a temporary file, synced, renamed over the old one, and the directory synced, so that a crash at any
 * step leaves the old file or the new one. Written at most every `everyMs`, and at stop. A write that fails (a full disk)
 * costs nothing but lines read twice after a crash: it is said, counted and tried again.
 */
import type { Log, Position, Saved, Source } from '../types.ts';
import { cureOf } from '../util/causes.ts';
import { replaceFile } from '../util/replace-file.ts';
import { CHECKPOINTS_FILE, footer, header, line } from './checkpoint-file.ts';

export interface CheckpointsOptions {
  /** `state.dir`. */
  readonly dir: string;
  /** What the file held at start, so that entries of sources not met again yet stay in it. */
  readonly saved: readonly Saved[];
  readonly everyMs: number;
  readonly log: Log;
}

interface Entry {
  saved: Saved;
  /** Whose size may have grown since; undefined until it is met by this process. */
  readonly source: Source | undefined;
  /** The entry as written; undefined when it has changed since. */
  text: string | undefined;
}

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #entries = new Map<string, Entry>();
  #dirty = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #watch: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();
  /** Writes that failed since the start. */
  failures = 0;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    for (const saved of options.saved)
      this.#entries.set(saved.fingerprint, { saved, source: undefined, text: undefined });
    this.#watch = setInterval(() => {
      this.#lookAtSizes();
      if (this.#dirty) this.#changed();
    }, options.everyMs);
  }

  /** How many sources have an entry. */
  get size(): number {
    return this.#entries.size;
  }

  /** A source is known from now on: it gets an entry, or keeps the one it has. */
  opened(source: Source): void {
    this.#put(source, source.committed);
  }

  /**
   * Moves a position. Only the ledger may call this. A file whose end was cut off goes on as another source of the same
   * fingerprint: what was read before the cut says nothing about what was written after it.
   */
  commit(source: Source, position: Position): void {
    const successor = this.#entries.get(source.fingerprint)?.source;
    if (successor === undefined || successor === source) this.#put(source, position);
  }

  /** The source is gone and nothing of it is wanted any more. */
  forget(fingerprint: string): void {
    if (this.#entries.delete(fingerprint)) this.#changed();
  }

  /** Writes what is not written yet and stops the clock. */
  async stop(): Promise<void> {
    clearInterval(this.#watch);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    this.#lookAtSizes();
    if (this.#dirty) await this.#write();
    clearTimeout(this.#timer);
  }

  #put(source: Source, position: Position): void {
    const { fingerprint, head, log, unseenUntil } = source;
    const size = Math.max(source.size, position.out, position.err);
    this.#entries.set(fingerprint, {
      saved: { key: log.key, path: log.path, fingerprint, position, size, head, unseenUntil },
      source,
      text: undefined,
    });
    this.#changed();
  }

  /** While the sink is stuck nothing is committed, and files grow all the same: what is lost by then must be known. */
  #lookAtSizes(): void {
    for (const entry of this.#entries.values()) {
      const size = entry.source?.size ?? 0;
      if (size <= entry.saved.size) continue;
      entry.saved = { ...entry.saved, size };
      entry.text = undefined;
      this.#dirty = true;
    }
  }

  #changed(): void {
    this.#dirty = true;
    this.#timer ??= setTimeout(() => {
      this.#writing = this.#write();
    }, this.#options.everyMs);
  }

  async #write(): Promise<void> {
    this.#dirty = false;
    try {
      await replaceFile(this.#options.dir, CHECKPOINTS_FILE, this.#text());
    } catch (error) {
      this.failures++;
      this.#dirty = true;
      const { message, code } = error as NodeJS.ErrnoException;
      this.#options.log.throttled(
        'checkpoints',
        `positions could not be written to ${this.#options.dir}: a crash now would ship lines again that are already ` +
          `stored (Elasticsearch drops such duplicates by their id). Usually ${cureOf(code)}. Trying again.`,
        { error: message },
      );
    }
    this.#timer = undefined;
    if (this.#dirty) this.#changed();
  }

  #text(): string {
    const parts = [header()];
    for (const entry of this.#entries.values()) parts.push((entry.text ??= line(entry.saved)));
    parts.push(footer(this.#entries.size));
    return parts.join('');
  }
}
