/**
 * Compares what lies in a container's directory with what we know of its logs: who was renamed, who is new, who is gone. New
 * files are opened at once, so that nobody can delete them under us. One directory at a time.
 */
import type { ContainerLog, Log } from '../types.ts';
import { inOrder, newChain, type Chain, type Known } from './chain.ts';
import type { Directory } from './directory.ts';
import { errorCode, type Fs } from './fs.ts';
import { doubt, identify, type IdentifyOptions } from './identify.ts';
import { list, type Found, type Listing } from './listing.ts';
import { containerLog } from './logpath.ts';
import { missDeleted, missUnclaimed } from './missing.ts';
import type { Opener } from './opener.ts';
import { isNew, newReading, type Reading } from './reading.ts';
import { settleSuspicion } from './truncation.ts';

export interface InspectorOptions extends IdentifyOptions {
  readonly fs: Fs;
  readonly log: Log;
  readonly opener: Opener;
  readonly quietMs: number;
  /** All chains. */
  readonly chains: Set<Chain>;
  readonly admit: (log: ContainerLog) => 'read' | 'wait' | 'never';
  /** The id of the container that writes to the log at this path, if a link told. */
  readonly containerId: (path: string) => string | undefined;
  readonly forget: (fingerprint: string) => void;
  /** Something may be there to be read. */
  readonly wake: (chain: Chain) => void;
}

const SCRATCH_BYTES = 64 * 1024;
/** A log of which some files cannot be opened is read all the same after this long (ms). */
const PATIENCE_MS = 3000;
/** A directory that changes while it is listed is listed again, so often at most. */
const MOST_LISTINGS = 5;
const MAX_RETRY_MS = 30_000;
const MOST_ODD = 100;

export class Inspector {
  readonly #options: InspectorOptions;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  #queue: Promise<void> = Promise.resolve();
  /** Listings that have not begun. */
  readonly #queued = new Map<Directory, Promise<void>>();
  /** Names that were passed over because no log lies there. */
  skipped = 0;

  constructor(options: InspectorOptions) {
    this.#options = options;
  }

  /** Lists `directory` and takes in what it finds. Inspections wait for each other. */
  inspect(directory: Directory): Promise<void> {
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
    await this.#recognise(directory);
    const listing = await this.#list(directory);
    if (!listing) {
      for (const chain of directory.chains.values()) this.#listed(chain);
      return;
    }
    directory.hasLinks = listing.hasLinks;
    for (const path of listing.odd) {
      if (!this.#skip(directory, path)) continue;
      this.#options.log.throttled(
        'odd',
        `${JSON.stringify(path)} is not read: it is no regular file, or leads nowhere`,
      );
    }
    let vanished = await this.#takeIn(directory, listing.files);
    // Files renamed while we opened those listed may have been missed under both of their names.
    for (let i = 1; i < MOST_LISTINGS && (vanished.length > 0 || this.#hasChanged(directory)); i++) {
      const again = await this.#list(directory);
      if (!again) break;
      const before = vanished;
      vanished = await this.#takeIn(directory, again.files);
      for (const found of before) missDeleted(this.#options, directory, found, again.files);
    }
    this.#sumUp(directory);
  }

  /**
   * Finds out who is in the files we hold, before others are looked at: one that was truncated has another in it, one that was
   * empty when it was opened has a first line by now. Not when its turn to be read comes: with the sink stuck that may be
   * long after it was truncated again, or its compressed copy came.
   */
  async #recognise(directory: Directory): Promise<void> {
    for (const chain of directory.chains.values()) {
      for (const reading of chain.readings.filter((each) => each.suspect)) this.#part(chain, reading);
      for (const reading of chain.readings.filter(isNew)) await this.#identify(chain, reading);
    }
  }

  #part(chain: Chain, reading: Reading): void {
    try {
      settleSuspicion(chain, reading, this.#options.now());
    } catch (error) {
      // It stays suspect: the next look, or its turn, tries again.
      if (errorCode(error) === undefined) throw error;
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
    const { fs, log, now } = this.#options;
    try {
      const stat = fs.statSync(directory.path, { throwIfNoEntry: false });
      directory.gone = stat === undefined;
      if (!stat) return { files: [], odd: [], hasLinks: false };
      directory.mtimeMs = stat.mtimeMs;
      return await list(fs, directory.path);
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      directory.gone = code === 'ENOENT' || code === 'ENOTDIR';
      if (directory.gone) return { files: [], odd: [], hasLinks: false };
      log.throttled(
        `list ${code}`,
        `a log directory cannot be listed (${code}): new and rotated files in it are not seen meanwhile. Tried again.`,
        { path: directory.path },
      );
      this.#tryAgain(directory, now());
      return undefined;
    }
  }

  /** Takes in the files of a listing; resolves with those that were gone when they were to be opened. */
  async #takeIn(directory: Directory, files: readonly Found[]): Promise<Found[]> {
    const vanished: Found[] = [];
    for (const chain of directory.chains.values()) {
      chain.pending = 0;
      for (const reading of chain.readings) reading.paths = [];
    }
    const seen = new Set(files.map((each) => each.id));
    for (const chain of directory.chains.values()) {
      for (const id of chain.known.keys()) if (!seen.has(id)) chain.known.delete(id);
    }
    const named = new Set<number>();
    for (const found of files) {
      named.add(found.name.restart);
      const chain = directory.chains.get(found.name.restart) ?? this.#newChain(directory, found.name.restart);
      if (chain.admitted === 'never') continue;
      const reading = chain.readings.find((each) => each.file?.id === found.id);
      const known = chain.known.get(found.id);
      if (reading) {
        reading.paths.push(found.path);
        reading.name = found.name;
      } else if (known && isUnchanged(known, found)) {
        known.reading.paths.push(found.path);
      } else {
        chain.known.delete(found.id);
        if (this.#isBeingWritten(found, files)) chain.pending++;
        else if (!(await this.#open(directory, chain, found))) vanished.push(found);
      }
    }
    for (const [restart, chain] of directory.chains) this.#setNamed(chain, named.has(restart));
    return vanished;
  }

  /** gzip writes `x.gz` beside `x` and removes `x` when it is complete: until then `x` has all of it. */
  #isBeingWritten(found: Found, files: readonly Found[]): boolean {
    const age = this.#options.now() - found.mtimeMs;
    const isFresh = age >= 0 && age < this.#options.quietMs;
    return found.name.gz && isFresh && files.some((each) => `${each.path}.gz` === found.path);
  }

  #setNamed(chain: Chain, named: boolean): void {
    if (!named && chain.named) chain.unnamedAt = this.#options.now();
    chain.named = named;
    for (const reading of chain.readings) {
      reading.missingSince = reading.paths.length > 0 ? undefined : (reading.missingSince ?? this.#options.now());
    }
    chain.readings = inOrder(chain.readings);
  }

  #newChain(directory: Directory, restart: number): Chain {
    const { admit, chains, containerId, now } = this.#options;
    const log = containerLog(directory.path, directory.pod, directory.container, restart);
    const chain = newChain(log, directory.path, now());
    chain.admitted = admit(log);
    log.containerId = containerId(log.path);
    chain.listing = true;
    directory.chains.set(restart, chain);
    chains.add(chain);
    return chain;
  }

  /** Opens a file that nobody holds and finds out who it is. False if it is gone. */
  async #open(directory: Directory, chain: Chain, found: Found): Promise<boolean> {
    const { opener, now, resume } = this.#options;
    const opened = opener.open(found.path, found.name.gz);
    if ('never' in opened) {
      this.#skip(directory, found.path);
      return true;
    }
    if ('vanished' in opened) return false;
    if ('later' in opened) {
      chain.pending++;
      return true;
    }
    // Renamed since it was listed, and ours.
    const held = chain.readings.find((each) => each.file?.id === opened.file.id);
    if (held) {
      opener.close(opened.file);
      held.paths.push(found.path);
      return true;
    }
    const reading = newReading(chain.log, opened.file, found.name, now());
    reading.paths.push(found.path);
    if (resume.isFirst) reading.backlogSize = opened.size;
    chain.readings = inOrder([...chain.readings, reading]);
    await this.#identify(chain, reading);
    return true;
  }

  async #identify(chain: Chain, reading: Reading): Promise<void> {
    try {
      await identify(this.#options, chain, reading, this.#scratch, reading.name.gz);
    } catch (error) {
      // The turn tries again, and gives up in the end.
      if (errorCode(error) === undefined && (error as Error).name !== 'Damaged') throw error;
      reading.looked = -1;
    }
  }

  /** Counts what lies under the name of a log and is none. False if that was known. */
  #skip(directory: Directory, path: string): boolean {
    if (directory.odd.has(path)) return false;
    // Somebody who makes new ones all the time is not to fill our memory.
    if (directory.odd.size >= MOST_ODD) directory.odd.clear();
    directory.odd.add(path);
    this.skipped++;
    return true;
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

function isUnchanged(known: Known, found: Found): boolean {
  return known.size === found.size && Math.abs(known.mtimeMs - found.mtimeMs) < 0.01;
}
