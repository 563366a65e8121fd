/**
 * More log files than descriptors: a file that has a name can be closed, and opened again by that name when its log's turn
 * comes. So all of them are read in turn, and none has to wait until another one is gone.
 *
 * What it costs: a closed file that is deleted before its next turn is lost, as far as it was not read.
 */
import { firstAfter, type Chain } from './chain.ts';
import type { Fs } from '../logfile/fs.ts';
import type { LogFile } from '../logfile/logfile.ts';
import type { Opened } from '../logfile/opener.ts';
import { isPacked, observe, unread, type TailedFile } from './tailed-file.ts';

export interface ReleaseOptions {
  readonly chains: ReadonlySet<Chain>;
  readonly close: (file: LogFile) => void;
}

/** Closes the file that will be missed last, if there is one that may be closed, so that another one can be opened. */
export function makeRoom({ chains, close }: ReleaseOptions): void {
  let best: { readonly chain: Chain; readonly tailed: TailedFile; readonly rank: number } | undefined;
  for (const chain of chains) {
    if (chain.busy) continue;
    for (const tailed of chain.files) {
      if (!mayBeReleased(tailed)) continue;
      const rank = rankOf(chain, tailed);
      if (best === undefined || rank > best.rank) best = { chain, tailed, rank };
    }
  }
  if (best === undefined) return;
  const { chain, tailed } = best;
  const file = tailed.file!;
  if (tailed.done) chain.known.set(file.id, { size: file.stat().size, mtimeMs: tailed.mtimeMs, tailed });
  else tailed.released = file.id;
  tailed.file = undefined;
  close(file);
}

/** It can be opened again, by the name it has, and goes on where it stands. */
function mayBeReleased({ cutAt, file, identifying, nlink, paths, read, suspect, unpacked }: TailedFile): boolean {
  if (file === undefined || identifying || suspect || cutAt !== undefined) return false;
  // Of a compressed file what was unpacked would have to be unpacked again.
  return nlink > 0 && paths.length > 0 && !(file.gz && read > 0 && !unpacked);
}

/**
 * Who is missed last: first those that are done, then those with nothing to be read, the one that grew longest ago first, then
 * the one that was served last, since all others have their turn before it.
 */
function rankOf(chain: Chain, tailed: TailedFile): number {
  if (tailed.done) return Infinity;
  return unread(tailed) === 0 ? Number.MAX_SAFE_INTEGER - chain.grownAt : chain.servedAt;
}

/**
 * Looks at a file that was released, by its name. True if it changed: what that means is found out once it is open, since another
 * file may have got its name, or even its inode.
 */
export function lookByName(fs: Fs, tailed: TailedFile): boolean {
  if (tailed.isStale || isPacked(tailed)) return false;
  for (const path of tailed.paths) {
    const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
    // Not the file itself: the next listing tells where that is.
    if (stat === undefined || `${stat.dev}:${stat.ino}` !== tailed.released) continue;
    const mtimeMs = Number(stat.mtimeNs / 1000n) / 1000;
    tailed.isStale = Number(stat.size) !== tailed.size || Math.abs(mtimeMs - tailed.mtimeMs) > 0.01;
    return tailed.isStale;
  }
  return false;
}

/** Takes `file`, opened anew, back into the reading that had let go of it. */
function reclaim(tailed: TailedFile, file: LogFile, now: number): void {
  tailed.released = undefined;
  tailed.isStale = false;
  tailed.file = file;
  tailed.retryAt = 0;
  observe(tailed, file.stat(), now);
}

export interface ReopenOptions {
  readonly open: (path: string, gz: boolean, log: TailedFile['log'], isTurn: boolean) => Opened;
  readonly close: (file: LogFile) => void;
  /** Lists a directory again. */
  readonly inspect: (directory: string) => Promise<void>;
  readonly now: () => number;
}

/** A file that cannot be opened again is tried again after so long, ms. */
const AGAIN_MS = 1000;

/** Opens a file that was released. Where it is under no name any more its directory is listed; then it is tried again later. */
export async function reopen(options: ReopenOptions, chain: Chain, tailed: TailedFile): Promise<void> {
  const { close, inspect, now, open } = options;
  for (const path of tailed.paths) {
    const opened = open(path, tailed.name.gz, tailed.log, true);
    if ('later' in opened) {
      tailed.retryAt = now() + AGAIN_MS;
      return;
    }
    if (!('file' in opened)) continue;
    if (opened.file.id === tailed.released) return reclaim(tailed, opened.file, now());
    close(opened.file);
  }
  tailed.retryAt = now() + AGAIN_MS;
  await inspect(chain.directory);
}

/** A released file is under no name any more: what it may have held beyond what was seen is told with what was not read. */
export function giveUpReleased(chain: Chain, tailed: TailedFile): void {
  const { name, source } = tailed;
  tailed.released = undefined;
  tailed.lossReason = 'deleted_unread';
  // A rotated file is not written to any more.
  if (source && name.suffix === '') source.unseenUntil = firstAfter(chain, source.head);
}
