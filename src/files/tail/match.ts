/**
 * Matches the files that a directory scan found with what we know of the logs they belong to: who was renamed, who is new, who
 * is gone. New files are opened at once, so that nobody can delete them under us, and told apart by what they hold.
 */
import type { ContainerLog } from '../../types.ts';
import { errorCode } from '../logfile/fs.ts';
import type { Opener } from '../logfile/opener.ts';
import { Damaged } from '../logfile/unpacker.ts';
import { newChain, type Admission, type Chain, type Known } from './chain.ts';
import type { Directory } from './directory.ts';
import { isSameTime, type FoundFile } from './found-file.ts';
import { doubt, identify, type IdentifyOptions } from './identify.ts';
import { nameless } from './loss.ts';
import { missDeleted, missUnclaimed, missUnopened, type MissingOptions } from './missing.ts';
import type { Origin, Taker } from './origin.ts';
import { isNew } from './progress.ts';
import { newTailedFile, type TailedFile } from './tailed-file.ts';
import { settleSuspicion } from './truncation.ts';

export interface MatcherOptions extends IdentifyOptions, MissingOptions {
  readonly opener: Opener;
  readonly quietMs: number;
  /** All chains: new ones are added. */
  readonly chains: Set<Chain>;
  readonly admit: (log: ContainerLog) => Admission;
  readonly origin: Pick<Origin, 'containerId'>;
  /** Something may be there to be read. */
  readonly wake: (chain: Chain) => void;
}

const SCRATCH_BYTES = 64 * 1024;
/** A log of which some files cannot be opened is read all the same after this long (ms). */
const PATIENCE_MS = 3000;

export class Matcher implements Taker {
  readonly #options: MatcherOptions;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  #skipped = 0;

  constructor(options: MatcherOptions) {
    this.#options = options;
  }

  /** Names that were passed over because no log lies there. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * Finds out who is in the files we hold, before others are looked at: one that was truncated has another in it, one that was
   * empty when it was opened has a first line by now. Not when its turn to be read comes: with the sink stuck that may be
   * long after it was truncated again, or its compressed copy came.
   */
  async scanBegins(directory: Directory): Promise<void> {
    for (const chain of directory.chains.values()) chain.listingBegins();
    for (const chain of directory.chains.values()) {
      for (const tailed of chain.files.filter((each) => each.file && each.suspect))
        this.#partIfTruncated(chain, tailed);
      for (const tailed of chain.files.filter(isNew)) await this.#identify(chain, tailed);
    }
  }

  #partIfTruncated(chain: Chain, tailed: TailedFile): void {
    try {
      settleSuspicion(chain, tailed, this.#options.now());
    } catch (error) {
      // It stays suspect: the next look, or its turn, tries again.
      if (errorCode(error) === undefined) throw error;
    }
  }

  async takeIn(directory: Directory, files: readonly FoundFile[]): Promise<FoundFile[]> {
    const vanished: FoundFile[] = [];
    const seen = new Set(files.map((each) => each.id));
    const { waiting } = directory;
    directory.takingIn();
    for (const chain of directory.chains.values()) {
      chain.takingIn();
      for (const { names } of chain.files) names.listingBegins();
      chain.unknow((id) => !seen.has(id));
    }
    const named = new Set<number>();
    /** Those whose own file is there, held or not. */
    const met = new Set<TailedFile>();
    for (const found of files) {
      named.add(found.name.restart);
      const chain = directory.chains.get(found.name.restart) ?? this.#newChain(directory, found.name.restart);
      if (chain.admitted === 'never') continue;
      const tailed = chain.files.find((each) => isFileOf(each, found));
      const known = chain.known.get(found.id);
      if (tailed) {
        met.add(tailed);
        tailed.names.renamed(found.path, found.name);
      } else if (known && isUnchanged(known, found)) {
        known.tailed.names.found(found.path);
      } else {
        chain.unknow((id) => id === found.id);
        if (this.#isBeingWritten(found, files)) chain.postpone();
        else if (!(await this.#open(directory, chain, found))) vanished.push(found);
      }
    }
    for (const [restart, chain] of directory.chains) {
      const gone = chain.files.filter((each) => each.released && !met.has(each) && each.names.paths.length > 0);
      for (const tailed of gone) await this.#openCopy(directory, chain, tailed, files);
      chain.takenIn(named.has(restart), this.#options.now());
      for (const { names } of chain.files) names.listingEnds(this.#options.now());
      chain.sort();
    }
    this.miss(directory, waiting, files);
    return vanished;
  }

  miss(directory: Directory, vanished: readonly FoundFile[], files: readonly FoundFile[]): void {
    for (const found of vanished) missDeleted(this.#options, directory, found, files);
  }

  missAll(directory: Directory): void {
    const { uid, container } = directory.logOf(0);
    // What a former process knew of it is matched by entry.
    if (!this.#options.resume.hasOf(uid, container)) missUnopened(this.#options, this.#newChain(directory, 0));
  }

  skip(directory: Directory, path: string): boolean {
    if (!directory.passesOver(path)) return false;
    this.#skipped++;
    return true;
  }

  /** What follows for each log from what was found. */
  scanEnds(directory: Directory): boolean {
    const { now } = this.#options;
    const newest = Math.max(...directory.chains.keys());
    let isSeen = true;
    for (const [restart, chain] of directory.chains) {
      chain.isPlaced(restart < newest, directory.gone);
      const isComplete = chain.pending === 0;
      isSeen &&= isComplete;
      if (isComplete) missUnclaimed(this.#options, chain);
      if (!chain.walked && (isComplete || now() - chain.firstListedAt >= PATIENCE_MS)) this.#walked(chain);
    }
    this.scanFailed(directory);
    return isSeen;
  }

  scanFailed(directory: Directory): void {
    for (const chain of directory.chains.values()) {
      chain.listingEnds();
      this.#options.wake(chain);
    }
  }

  /** It may be read from now on. */
  #walked(chain: Chain): void {
    chain.isWalked();
    if (this.#options.resume.isDoubtful && !chain.readmitted) doubt(this.#options, chain);
  }

  /** gzip writes `x.gz` beside `x` and removes `x` when it is complete: until then `x` has all of it. */
  #isBeingWritten(found: FoundFile, files: readonly FoundFile[]): boolean {
    const age = this.#options.now() - found.mtimeMs;
    const isFresh = age >= 0 && age < this.#options.quietMs;
    return found.name.gz && isFresh && files.some((each) => `${each.path}.gz` === found.path);
  }

  #newChain(directory: Directory, restart: number): Chain {
    const { admit, chains, origin, now } = this.#options;
    const log = directory.logOf(restart);
    const chain = newChain(log, directory.path, now());
    chain.admit(admit(log));
    const containerId = origin.containerId(log.path);
    if (containerId !== undefined) chain.isWrittenBy(containerId);
    chain.listingBegins();
    directory.add(chain);
    chains.add(chain);
    return chain;
  }

  /** Opens a file that nobody holds and finds out who it is. False if it is gone. */
  async #open(directory: Directory, chain: Chain, found: FoundFile): Promise<boolean> {
    const { opener, now, resume } = this.#options;
    const opened = opener.open(found.path, found.name.gz, chain.log);
    if ('never' in opened) {
      directory.cannotSee(found.path, opened.never);
      this.skip(directory, found.path);
      return true;
    }
    if ('vanished' in opened) return false;
    if ('later' in opened) {
      directory.cannotSee(found.path, opened.later);
      directory.waitsFor(found);
      chain.postpone();
      return true;
    }
    // Renamed since it was listed, and ours.
    const held = chain.files.find((each) => each.file?.id === opened.file.id);
    if (held) {
      opener.close(opened.file);
      held.names.found(found.path);
      return true;
    }
    const tailed = newTailedFile(chain.log, opened.file, found.name, now(), [found.path]);
    if (resume.isFirst) tailed.existedBefore(opened.size);
    chain.add(tailed);
    await this.#identify(chain, tailed);
    return true;
  }

  /** A file that was closed to make room is gone, and a copy that was passed over while it was there is not: that has the rest. */
  async #openCopy(directory: Directory, chain: Chain, tailed: TailedFile, files: readonly FoundFile[]): Promise<void> {
    const copy = files.find(({ id }) => chain.known.get(id)?.tailed === tailed);
    tailed.isGoneWhileReleased();
    if (copy === undefined || tailed.done) return;
    chain.unknow((id) => id === copy.id);
    await this.#open(directory, chain, copy);
  }

  async #identify(chain: Chain, tailed: TailedFile): Promise<void> {
    try {
      await identify(this.#options, chain, tailed, this.#scratch, tailed.names.name.gz);
    } catch (error) {
      // The turn tries again, and gives up in the end.
      tailed.cursor.headFailed();
      if (error instanceof Damaged) {
        const { size } = tailed.file!.stat();
        tailed.isDamaged(nameless(tailed, size, this.#options.resume), size);
      } else if (errorCode(error) === undefined) throw error;
    }
  }
}

/**
 * Whether `found` is the file of a tailed file. Of one that was closed to make room the inode may be another file's by now: a
 * compressed file must look as it did; what a plain one holds is found out when it is opened.
 */
function isFileOf({ disk, file, names, released }: TailedFile, found: FoundFile): boolean {
  if (file) return file.id === found.id;
  if (released !== found.id || names.name.gz !== found.name.gz) return false;
  return !names.name.gz || isSameTime(disk.mtimeMs, found.mtimeMs);
}

function isUnchanged(known: Known, found: FoundFile): boolean {
  return known.size === found.size && isSameTime(known.mtimeMs, found.mtimeMs);
}
