/**
 * Lists a container's directory and has its files taken in, again if it changed meanwhile, later if something could not be
 * seen; then says what follows for each of its logs. One directory at a time.
 */
import type { Log } from '../../types.ts';
import type { Chain } from '../tail/chain.ts';
import type { Directory } from './directory.ts';
import { errorCode, type Fs } from '../logfile/fs.ts';
import { doubt } from '../tail/identify.ts';
import { Intake, type IntakeOptions } from '../tail/match.ts';
import { list, type Listing } from './listing.ts';
import { missDeleted, missUnclaimed, type MissingOptions } from '../tail/missing.ts';
import { cureOf } from '../../util/causes.ts';

export interface ScanOptions extends IntakeOptions, MissingOptions {
  readonly fs: Fs;
  readonly log: Log;
  /** See list(). */
  readonly isDockerLog: (real: string) => boolean;
  /** Something may be there to be read. */
  readonly wake: (chain: Chain) => void;
}

/** A log of which some files cannot be opened is read all the same after this long (ms). */
const PATIENCE_MS = 3000;
/** A directory that changes while it is listed is listed again, so often at most. */
const MOST_LISTINGS = 5;
const MAX_RETRY_MS = 30_000;

export class DirectoryScan {
  readonly #options: ScanOptions;
  readonly #intake: Intake;
  #queue: Promise<void> = Promise.resolve();
  /** Listings that have not begun. */
  readonly #queued = new Map<Directory, Promise<void>>();

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#intake = new Intake(options);
  }

  /** Names that were passed over because no log lies there. */
  get skipped(): number {
    return this.#intake.skipped;
  }

  /** Lists `directory` and takes in what it finds. Inspections wait for each other. */
  scan(directory: Directory): Promise<void> {
    const queued = this.#queued.get(directory);
    if (queued) return queued;
    const done = this.#queue.then(() => {
      this.#queued.delete(directory);
      return this.#inspect(directory);
    });
    this.#queued.set(directory, done);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Waits until nothing is being listed. */
  async idle(): Promise<void> {
    await this.#queue;
  }

  async #inspect(directory: Directory): Promise<void> {
    const { now } = this.#options;
    directory.listedAt = now();
    for (const chain of directory.chains.values()) chain.listing = true;
    await this.#intake.recognise(directory);
    const listing = await this.#list(directory);
    if (!listing) {
      for (const chain of directory.chains.values()) this.#listed(chain);
      return;
    }
    directory.hasLinks = listing.hasLinks;
    let vanished = await this.#intake.takeIn(directory, listing.files);
    // Files renamed while we opened those listed may have been missed under both of their names.
    for (let i = 1; i < MOST_LISTINGS && (vanished.length > 0 || this.#hasChanged(directory)); i++) {
      const again = await this.#list(directory);
      if (!again) break;
      const before = vanished;
      vanished = await this.#intake.takeIn(directory, again.files);
      for (const found of before) missDeleted(this.#options, directory, found, again.files);
    }
    this.#sayOdd(directory, listing.odd);
    this.#sumUp(directory);
  }

  #sayOdd(directory: Directory, odd: readonly string[]): void {
    const why = 'it is no regular file, or leads nowhere';
    for (const path of odd) {
      directory.unseen.set(path, why);
      if (!this.#intake.skip(directory, path)) continue;
      this.#options.log.throttled('odd', `${JSON.stringify(path)} is not read: ${why}`);
    }
  }

  #hasChanged(directory: Directory): boolean {
    try {
      return this.#options.fs.statSync(directory.path).mtimeMs !== directory.mtimeMs;
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return false; // The next sweep meets it too, and deals with it.
    }
  }

  async #list(directory: Directory): Promise<Listing | undefined> {
    const { fs, isDockerLog, log, now } = this.#options;
    directory.trouble = '';
    try {
      const stat = fs.statSync(directory.path, { throwIfNoEntry: false });
      directory.gone = stat === undefined;
      if (!stat) return { files: [], odd: [], hasLinks: false };
      directory.mtimeMs = stat.mtimeMs;
      return await list(fs, directory.path, isDockerLog);
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      directory.gone = code === 'ENOENT' || code === 'ENOTDIR';
      if (directory.gone) return { files: [], odd: [], hasLinks: false };
      directory.trouble = `it cannot be listed (${code})`;
      log.throttled(
        code === 'EMFILE' || code === 'ENFILE' ? 'descriptors' : `list ${code}`,
        `a log directory cannot be listed (${code}): new and rotated files in it are not seen, and lost if kubelet deletes ` +
          `them first. Usually ${cureOf(code)}. Tried again every few seconds.`,
        { path: directory.path },
      );
      this.#tryAgain(directory, now());
      return undefined;
    }
  }

  /** What follows for each log from what was found. */
  #sumUp(directory: Directory): void {
    const { now } = this.#options;
    const restarts = [...directory.chains.keys()];
    const newest = Math.max(...restarts);
    let pending = 0;
    for (const [restart, chain] of directory.chains) {
      chain.followed = restart < newest;
      chain.directoryGone = directory.gone;
      pending += chain.pending;
      if (chain.pending === 0) missUnclaimed(this.#options, chain);
      if (!chain.walked && (chain.pending === 0 || now() - chain.firstListedAt >= PATIENCE_MS)) this.#walked(chain);
      this.#listed(chain);
    }
    if (pending > 0) this.#tryAgain(directory, now());
    else directory.retries = directory.retryAt = 0;
  }

  /** It may be read from now on. */
  #walked(chain: Chain): void {
    chain.walked = true;
    if (this.#options.resume.isDoubtful) doubt(this.#options, chain);
  }

  #listed(chain: Chain): void {
    chain.listing = false;
    chain.lookAt = 0;
    this.#options.wake(chain);
  }

  #tryAgain(directory: Directory, now: number): void {
    directory.retryAt = now + Math.min(MAX_RETRY_MS, 500 * 2 ** directory.retries);
    directory.retries = Math.min(directory.retries + 1, 10);
  }
}
