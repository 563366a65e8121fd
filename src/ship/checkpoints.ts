/**
 * The positions on disk: `checkpoints` in the state directory, one line a source.
 *
 * The whole file is written to a temporary one, synced and renamed over the old one, and the directory is synced. So a crash at
 * any step leaves the old file or the new one. It is written at most every `everyMs`, and at stop. A failed write (a full disk)
 * costs only lines that are read twice after a crash. It is logged, counted and tried again.
 */
import type { Log, Position, Saved, Source } from '../types.ts';
import { cureOf } from '../util/causes.ts';
import { replaceFile } from '../util/replace-file.ts';
import { CHECKPOINTS_FILE, footer, header, line } from './checkpoint-file.ts';

export interface CheckpointsOptions {
  /** `state.dir`. */
  readonly dir: string;
  /** The entries of the file at start. An entry stays until its source is found again or forgotten. */
  readonly saved: readonly Saved[];
  readonly everyMs: number;
  readonly log: Log;
}

interface Entry {
  saved: Saved;
  /** The source, whose size may have grown since; undefined until this process opens it. */
  readonly source: Source | undefined;
  /** The entry as text; undefined when it has changed since. */
  text: string | undefined;
}

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #entries = new Map<string, Entry>();
  #dirty = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #watch: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();
  /** How many writes have failed since the start. */
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

  /** Gives a source that was opened an entry, with the position that it has. */
  opened(source: Source): void {
    this.#put(source, source.committed);
  }

  /**
   * Moves a position. Only the ledger may call this. A file that was cut at its end goes on as another source with the same
   * fingerprint. Positions from before the cut do not apply to what was written after it.
   */
  commit(source: Source, position: Position): void {
    const successor = this.#entries.get(source.fingerprint)?.source;
    if (successor === undefined || successor === source) this.#put(source, position);
  }

  /** Writes what is not written yet. Resolves when it is on disk, or cannot be: that is said, and tried again. */
  async flush(): Promise<void> {
    this.#writing = this.#writing.then(() => (this.#dirty ? this.#write() : undefined));
    await this.#writing;
  }

  /** Removes the entry of a source that is gone and fully accounted for. */
  forget(fingerprint: string): void {
    if (this.#entries.delete(fingerprint)) this.#changed();
  }

  /** Writes what is not written yet, and stops the timers. */
  async stop(): Promise<void> {
    clearInterval(this.#watch);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lookAtSizes();
    await this.flush();
    clearTimeout(this.#timer);
  }

  #put(source: Source, position: Position): void {
    const { fingerprint, head, log, unseenUntil, endsAt } = source;
    const size = Math.max(source.size, position.out, position.err);
    this.#entries.set(fingerprint, {
      saved: { key: log.key, path: log.path, fingerprint, position, size, head, unseenUntil, endsAt },
      source,
      text: undefined,
    });
    this.#changed();
  }

  /** While the sink is stuck, positions stand still and files grow. Their sizes are saved, so that a loss can be counted. */
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
      this.#timer = undefined;
      void this.flush();
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
    if (this.#dirty) this.#changed();
  }

  #text(): string {
    const parts = [header()];
    for (const entry of this.#entries.values()) parts.push((entry.text ??= line(entry.saved)));
    parts.push(footer(this.#entries.size));
    return parts.join('');
  }
}
