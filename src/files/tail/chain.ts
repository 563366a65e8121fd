/**
 * The files of one container log, oldest first, and what is decided about them as a whole. Pure: no I/O.
 */
import type { ContainerLog } from '../../types.ts';
import { instant } from './head.ts';
import { compareNames } from '../kubelet/logpath.ts';
import { unread, type TailedFile } from './tailed-file.ts';

export interface Chain {
  readonly log: ContainerLog;
  /** The directory its files are in. */
  readonly directory: string;
  /** Oldest first. */
  files: TailedFile[];
  /** Files on disk that are not held open, by `<device>:<inode>`: whose bytes they have, and how they looked. */
  readonly known: Map<string, Known>;
  /** What a former process knew has been matched with what is there, as far as that can be opened: it may be read. */
  walked: boolean;
  firstListedAt: number;
  /** A listing is being taken in: an older file than those we know may be found. */
  listing: boolean;
  /** Files that could not be opened or told apart yet. */
  pending: number;
  /** The answer of admit(). */
  admitted: 'read' | 'wait' | 'never';
  /** Instance n+1 exists. */
  followed: boolean;
  /** The last listing found a file of it; if not, since when (ms) that is so, and whether the directory is gone too. */
  named: boolean;
  unnamedAt: number;
  directoryGone: boolean;
  /** Something was handed on since the last end(). */
  open: boolean;
  /** A reader is at it; it stands in a lane; something happened meanwhile. */
  busy: boolean;
  queued: boolean;
  again: boolean;
  /** It waits for a place among those that unpack. */
  parked: boolean;
  /** When it last grew, when it had its last turn, and when it is looked at next, ms. */
  grownAt: number;
  servedAt: number;
  lookAt: number;
  /** Since when something of it is unread (ms); 0 if nothing is. */
  behindSince: number;
  /** When it was last known to have nothing left to read (ms): only what was written after that can still come. */
  emptyAt: number;
}

export interface Known {
  readonly size: number;
  readonly mtimeMs: number;
  readonly tailed: TailedFile;
}

/**
 * How long a log whose files were all deleted from a directory that still exists may go on (ms): kubelet has the runtime
 * reopen a log file that somebody deleted, on its next check (every 10 s), and until then the container writes to ours.
 */
const UNNAMED_MS = 15_000;

export function newChain(log: ContainerLog, directory: string, now: number): Chain {
  return {
    log,
    directory,
    files: [],
    known: new Map(),
    walked: false,
    firstListedAt: now,
    listing: false,
    pending: 0,
    admitted: 'wait',
    followed: false,
    named: true,
    unnamedAt: now,
    directoryGone: false,
    open: false,
    busy: false,
    queued: false,
    again: false,
    parked: false,
    grownAt: now,
    servedAt: 0,
    lookAt: 0,
    behindSince: 0,
    emptyAt: 0,
  };
}

/** The cursor: the reading that is read now. */
export function current(chain: Chain): TailedFile | undefined {
  for (const tailed of chain.files) if (!tailed.done) return tailed;
  return undefined;
}

/** Bytes of a log that are on disk and not handed on. */
export function unreadOf(chain: Chain): number {
  let bytes = 0;
  for (const tailed of chain.files) bytes += unread(tailed);
  return bytes;
}

/** The time of the first line after `head` (a time too) among the files that are there; '' if nobody knows it. */
export function firstAfter({ files: readings }: Chain, head: string): string {
  return readings.find((each) => each.instant > instant(head))?.source?.head ?? '';
}

/** No file will be added to it any more. */
export function isOver(chain: Chain, now: number): boolean {
  if (chain.followed) return true;
  return !chain.named && (chain.directoryGone || now - chain.unnamedAt >= UNNAMED_MS);
}

/**
 * Puts readings in the order in which they were written: by the instant in their first line, which survives a change of
 * clock zone that file names do not; those without one keep the place that their name, then their time of change, gives them.
 */
export function inOrder(readings: readonly TailedFile[]): TailedFile[] {
  const byName = [...readings].sort((a, b) => compareNames(a.name, b.name) || a.mtimeMs - b.mtimeMs);
  const timed = byName.filter((each) => each.instant !== '');
  timed.sort((a, b) => (a.instant < b.instant ? -1 : Number(a.instant > b.instant)));
  return byName.map((each) => (each.instant === '' ? each : timed.shift()!));
}
