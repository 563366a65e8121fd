/**
 * Matches the files of a listing with what we know of the logs they belong to: who was renamed, who is new, who is gone. New
 * files are opened at once, so that nobody can delete them under us, and told apart by what they hold.
 */
import type { ContainerLog } from '../../types.ts';
import { inOrder, newChain, type Chain, type Known } from './chain.ts';
import type { Directory } from '../kubelet/directory.ts';
import { errorCode } from '../logfile/fs.ts';
import { identify, type IdentifyOptions } from './identify.ts';
import type { Found } from '../kubelet/listing.ts';
import { containerLog } from '../kubelet/logpath.ts';
import type { Opener } from '../logfile/opener.ts';
import { nameless } from './loss.ts';
import { isNew, newTailedFile, type TailedFile } from './tailed-file.ts';
import { startOf } from './resume.ts';
import { settleSuspicion } from './truncation.ts';
import { Damaged } from '../logfile/unpacker.ts';

export interface IntakeOptions extends IdentifyOptions {
  readonly opener: Opener;
  readonly quietMs: number;
  /** All chains. */
  readonly chains: Set<Chain>;
  readonly admit: (log: ContainerLog) => 'read' | 'wait' | 'never';
  /** The id of the container that writes to the log at this path, if a link told. */
  readonly containerId: (path: string) => string | undefined;
}

const SCRATCH_BYTES = 64 * 1024;
const MOST_ODD = 100;

export class Intake {
  readonly #options: IntakeOptions;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  /** Names that were passed over because no log lies there. */
  skipped = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Finds out who is in the files we hold, before others are looked at: one that was truncated has another in it, one that was
   * empty when it was opened has a first line by now. Not when its turn to be read comes: with the sink stuck that may be
   * long after it was truncated again, or its compressed copy came.
   */
  async recognise(directory: Directory): Promise<void> {
    for (const chain of directory.chains.values()) {
      for (const tailed of chain.files.filter((each) => each.file && each.suspect)) this.#part(chain, tailed);
      for (const tailed of chain.files.filter(isNew)) await this.#identify(chain, tailed);
    }
  }

  #part(chain: Chain, tailed: TailedFile): void {
    try {
      settleSuspicion(chain, tailed, this.#options.now());
    } catch (error) {
      // It stays suspect: the next look, or its turn, tries again.
      if (errorCode(error) === undefined) throw error;
    }
  }

  /** Takes in the files of a listing; resolves with those that were gone when they were to be opened. */
  async takeIn(directory: Directory, files: readonly Found[]): Promise<Found[]> {
    const vanished: Found[] = [];
    directory.unseen.clear();
    for (const chain of directory.chains.values()) {
      chain.pending = 0;
      for (const tailed of chain.files) tailed.paths = [];
    }
    const seen = new Set(files.map((each) => each.id));
    for (const chain of directory.chains.values()) {
      for (const id of chain.known.keys()) if (!seen.has(id)) chain.known.delete(id);
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
        tailed.paths.push(found.path);
        tailed.name = found.name;
      } else if (known && isUnchanged(known, found)) {
        known.tailed.paths.push(found.path);
      } else {
        chain.known.delete(found.id);
        if (this.#isBeingWritten(found, files)) chain.pending++;
        else if (!(await this.#open(directory, chain, found))) vanished.push(found);
      }
    }
    for (const [restart, chain] of directory.chains) {
      const gone = chain.files.filter((each) => each.released && !met.has(each) && each.paths.length > 0);
      for (const tailed of gone) await this.#openTwin(directory, chain, tailed, files);
      this.#setNamed(chain, named.has(restart));
    }
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
    for (const tailed of chain.files) {
      tailed.missingSince = tailed.paths.length > 0 ? undefined : (tailed.missingSince ?? this.#options.now());
    }
    chain.files = inOrder(chain.files);
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
    const opened = opener.open(found.path, found.name.gz, chain.log);
    if ('never' in opened) {
      directory.unseen.set(found.path, opened.never);
      this.skip(directory, found.path);
      return true;
    }
    if ('vanished' in opened) return false;
    if ('later' in opened) {
      directory.unseen.set(found.path, opened.later);
      chain.pending++;
      return true;
    }
    // Renamed since it was listed, and ours.
    const held = chain.files.find((each) => each.file?.id === opened.file.id);
    if (held) {
      opener.close(opened.file);
      held.paths.push(found.path);
      return true;
    }
    const tailed = newTailedFile(chain.log, opened.file, found.name, now());
    tailed.paths.push(found.path);
    if (resume.isFirst) tailed.backlogSize = opened.size;
    chain.files = inOrder([...chain.files, tailed]);
    await this.#identify(chain, tailed);
    return true;
  }

  /** A file that was closed to make room is gone, and a twin that was passed over while it was there is not: that has the rest. */
  async #openTwin(directory: Directory, chain: Chain, tailed: TailedFile, files: readonly Found[]): Promise<void> {
    const twin = files.find(({ id }) => chain.known.get(id)?.tailed === tailed);
    tailed.released = undefined;
    if (twin === undefined || tailed.done) return;
    chain.known.delete(twin.id);
    await this.#open(directory, chain, twin);
  }

  async #identify(chain: Chain, tailed: TailedFile): Promise<void> {
    try {
      await identify(this.#options, chain, tailed, this.#scratch, tailed.name.gz);
    } catch (error) {
      // The turn tries again, and gives up in the end.
      tailed.looked = -1;
      if (error instanceof Damaged) {
        tailed.size = tailed.file!.stat().size;
        tailed.source = nameless(tailed, this.#options.resume);
        tailed.read = startOf(tailed.source.resume);
      } else if (errorCode(error) === undefined) throw error;
    }
  }

  /** Counts what lies under the name of a log and is none. False if that was known. */
  skip(directory: Directory, path: string): boolean {
    if (directory.odd.has(path)) return false;
    // Somebody who makes new ones all the time is not to fill our memory.
    if (directory.odd.size >= MOST_ODD) directory.odd.clear();
    directory.odd.add(path);
    this.skipped++;
    return true;
  }
}

/**
 * Whether `found` is the file of a reading. Of one that was closed to make room the inode may be another file's by now: a
 * compressed file must look as it did; what a plain one holds is found out when it is opened.
 */
function isFileOf({ file, mtimeMs, name, released }: TailedFile, found: Found): boolean {
  if (file) return file.id === found.id;
  if (released !== found.id || name.gz !== found.name.gz) return false;
  return !name.gz || Math.abs(mtimeMs - found.mtimeMs) < 0.01;
}

function isUnchanged(known: Known, found: Found): boolean {
  return known.size === found.size && Math.abs(known.mtimeMs - found.mtimeMs) < 0.01;
}
