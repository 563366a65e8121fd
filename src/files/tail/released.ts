/**
 * More log files than descriptors: a file that has a name can be closed, and opened again by that name when its log's turn
 * comes. So all of them are read in turn, and none has to wait until another one is gone.
 *
 * What it costs: a closed file that is deleted before its next turn is lost, as far as it was not read.
 */
import type { Fs } from '../logfile/fs.ts';
import type { LogFile } from '../logfile/logfile.ts';
import type { Opened } from '../logfile/opener.ts';
import type { Chain } from './chain.ts';
import { isSameTime } from './found-file.ts';
import type { Origin } from './origin.ts';
import { unread } from './progress.ts';
import { isPacked, type TailedFile } from './tailed-file.ts';

export interface ReleaseOptions {
  readonly chains: ReadonlySet<Chain>;
  readonly close: (file: LogFile) => void;
}

/** Closes the file that will be missed last, if there is one that may be closed, so that another one can be opened. */
export function makeRoom({ chains, close }: ReleaseOptions): void {
  let best: { readonly chain: Chain; readonly tailed: TailedFile; readonly rank: number } | undefined;
  for (const chain of chains) {
    if (chain.queueing.busy) continue;
    for (const tailed of chain.files) {
      if (!mayBeReleased(tailed)) continue;
      const rank = rankOf(chain, tailed);
      if (best === undefined || rank > best.rank) best = { chain, tailed, rank };
    }
  }
  if (best === undefined) return;
  const { chain, tailed } = best;
  const file = tailed.file!;
  if (tailed.done) {
    chain.know(file.id, { size: file.stat().size, mtimeMs: tailed.disk.mtimeMs, tailed });
    tailed.closed();
  } else tailed.isReleased(file.id);
  close(file);
}

/** It can be opened again, by the name it has, and goes on where it stands. */
function mayBeReleased({ cursor, cutAt, disk, file, identifying, names, suspect }: TailedFile): boolean {
  if (file === undefined || identifying || suspect || cutAt !== undefined) return false;
  // Of a compressed file what was unpacked would have to be unpacked again.
  return disk.nlink > 0 && names.paths.length > 0 && !(file.gz && cursor.read > 0 && !cursor.unpacked);
}

/**
 * Who is missed last: first those that are done, then those with nothing to be read, the one that grew longest ago first, then
 * the one that was served last, since all others have their turn before it.
 */
function rankOf({ grownAt, queueing }: Chain, tailed: TailedFile): number {
  if (tailed.done) return Infinity;
  return unread(tailed) === 0 ? Number.MAX_SAFE_INTEGER - grownAt : queueing.turn;
}

/**
 * Looks at a file that was released, by its name. True if it changed: what that means is found out once it is open, since another
 * file may have got its name, or even its inode.
 */
export function lookByName(fs: Fs, tailed: TailedFile): boolean {
  if (tailed.isStale || isPacked(tailed)) return false;
  for (const path of tailed.names.paths) {
    const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
    // Not the file itself: the next scan tells where that is.
    if (stat === undefined || `${stat.dev}:${stat.ino}` !== tailed.released) continue;
    const mtimeMs = Number(stat.mtimeNs / 1000n) / 1000;
    if (Number(stat.size) === tailed.size && isSameTime(mtimeMs, tailed.disk.mtimeMs)) return false;
    tailed.changedWhileReleased();
    return true;
  }
  return false;
}

export interface ReopenOptions {
  readonly open: (path: string, gz: boolean, log: TailedFile['log'], isTurn: boolean) => Opened;
  readonly close: (file: LogFile) => void;
  readonly origin: Pick<Origin, 'scan'>;
  readonly now: () => number;
}

/** Opens a file that was released. Where it is under no name any more its directory is scanned; then it is tried again later. */
export async function reopen(options: ReopenOptions, chain: Chain, tailed: TailedFile): Promise<void> {
  const { close, now, open, origin } = options;
  for (const path of tailed.names.paths) {
    const opened = open(path, tailed.names.name.gz, tailed.log, true);
    if ('later' in opened) {
      tailed.retries.openFailed(now());
      return;
    }
    if (!('file' in opened)) continue;
    if (opened.file.id === tailed.released) return tailed.reclaimed(opened.file, now());
    close(opened.file);
  }
  tailed.retries.openFailed(now());
  await origin.scan(chain.directory);
}
