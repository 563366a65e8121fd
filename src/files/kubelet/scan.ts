/**
 * Scans a container's directory: lists it and has its files taken in, again if it changed meanwhile, later if something could not
 * be seen. One directory at a time.
 */
import type { Log } from '../../types.ts';
import { cureOf } from '../../util/causes.ts';
import { errorCode, isGone, type Fs } from '../logfile/fs.ts';
import type { Directory } from '../tail/directory.ts';
import type { Taker } from '../tail/origin.ts';
import { list, unlisted, type Listing } from './listing.ts';

export interface ScanOptions {
  readonly fs: Fs;
  readonly log: Log;
  readonly now: () => number;
  /** See list(). */
  readonly isDockerLog: (real: string) => boolean;
  readonly taker: Taker;
}

/** A directory that changes while it is listed is listed again, so often at most. */
const MOST_LISTINGS = 5;

export class DirectoryScan {
  readonly #options: ScanOptions;
  #queue: Promise<void> = Promise.resolve();
  /** Scans that have not begun. */
  readonly #queued = new Map<Directory, Promise<void>>();

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  /** Lists `directory` and has its files taken in. Scans wait for each other. */
  scan(directory: Directory): Promise<void> {
    const queued = this.#queued.get(directory);
    if (queued) return queued;
    const done = this.#queue.then(() => {
      this.#queued.delete(directory);
      return this.#scan(directory);
    });
    this.#queued.set(directory, done);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Waits until nothing is being scanned. */
  async idle(): Promise<void> {
    await this.#queue;
  }

  async #scan(directory: Directory): Promise<void> {
    const { now, taker } = this.#options;
    directory.listingBegins(now());
    await taker.scanBegins(directory);
    const { isUnseen } = directory;
    const listing = await this.#list(directory);
    if (!listing) return taker.scanFailed(directory);
    if (isUnseen && directory.gone && listing.files.length === 0) taker.missAll(directory);
    directory.wasListed(listing.hasLinks);
    let isWhole = true;
    let vanished = await taker.takeIn(directory, listing.files);
    // Files renamed while we opened those listed may have been missed under both of their names.
    for (let i = 1; i < MOST_LISTINGS && (vanished.length > 0 || this.#hasChanged(directory)); i++) {
      const again = await this.#list(directory);
      if (!again) {
        isWhole = false;
        break;
      }
      const before = vanished;
      vanished = await taker.takeIn(directory, again.files);
      taker.miss(directory, before, again.files);
    }
    this.#sayOdd(directory, listing.odd);
    if (taker.scanEnds(directory) && isWhole) directory.isSeen();
    else directory.tryAgain(now());
  }

  #sayOdd(directory: Directory, odd: readonly string[]): void {
    const why = 'it is no regular file, or leads nowhere';
    for (const path of odd) {
      directory.cannotSee(path, why);
      if (!this.#options.taker.skip(directory, path)) continue;
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
    try {
      const stat = fs.statSync(directory.path, { throwIfNoEntry: false });
      if (!stat) return gone(directory);
      const { isUnseen } = directory;
      directory.isThere(stat.mtimeMs);
      return await list(fs, directory.path, isUnseen, directory.expected, isDockerLog);
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      if (isGone(error)) return gone(directory);
      directory.cannotBeListed(`it cannot be listed (${code})`);
      log.throttled(
        code === 'EMFILE' || code === 'ENFILE' ? 'descriptors' : `list ${code}`,
        `a log directory cannot be listed (${code}): new and rotated files in it are not seen, and lost if kubelet deletes ` +
          `them first. Usually ${cureOf(code)}. Tried again every few seconds.`,
        { path: directory.path },
      );
      directory.tryAgain(now());
      return undefined;
    }
  }
}

function gone(directory: Directory): Listing {
  directory.isGone();
  return { files: unlisted(directory.path, directory.expected), odd: [], hasLinks: false };
}
