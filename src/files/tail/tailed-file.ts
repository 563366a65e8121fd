/**
 * What we know of one source of a container log while this process lives: its file, if one is open, how far it is read, and
 * how it looked when we last looked. Plain data: step.ts decides on it, turn.ts acts.
 */
import type { ContainerLog, LossReason, Source } from '../../types.ts';
import { errorCode } from '../logfile/fs.ts';
import { headSoFar } from './head.ts';
import { PlainFile, type FileState, type LogFile } from '../logfile/logfile.ts';
import type { LogName } from '../kubelet/logpath.ts';

export interface TailedFile {
  readonly log: ContainerLog;
  /** Undefined until its first line is complete. */
  source: Source | undefined;
  /** Undefined when it is closed, or was never found. */
  file: LogFile | undefined;
  /** `<device>:<inode>` of its file, which was closed to make room for others and is to be opened again by its name. */
  released: string | undefined;
  /** The file that was closed has changed since. */
  isStale: boolean;
  /** How it was last called. */
  name: LogName;
  /** Since when we know of it, ms. */
  readonly foundAt: number;
  /** The names under which the last listing found it, twins included. */
  paths: string[];
  /** Since when listings find it under no name (ms); undefined while they do. */
  missingSince: number | undefined;
  /** Uncompressed size at the last look that did not suspect it; of a `.gz` what its trailer says. */
  size: number;
  /** What it occupies on the disk, bytes. */
  onDisk: number;
  mtimeMs: number;
  /** When it was last written to or renamed, by its own time stamps, ms. */
  touchedMs: number;
  nlink: number;
  /** When a look last saw it change, when the last look was, and since when it has no name any more (undefined: it has); ms. */
  changedAt: number;
  lookedAt: number;
  unlinkedAt: number | undefined;
  /** Offset of the first line that is neither handed on nor told as lost. */
  read: number;
  /** Size up to which we have looked without finding the end of another line: at least `read`. */
  looked: number;
  /** Where what a reader holds in its hand ends, until it is taken; no more than `read` if it holds nothing. */
  inHand: number;
  /** The last piece handed on ended in the middle of a line longer than the buffer. */
  midLine: boolean;
  /** Of a `.gz`: everything that can be unpacked is handed on. */
  unpacked: boolean;
  /** The head, or as much of it as there is, its offset, and its time in a form that sorts ('' if it has none). */
  head: Buffer;
  headAt: number;
  instant: string;
  /** Somebody is finding out who it is. */
  identifying: boolean;
  /** A look or a read suspects that the file was truncated. */
  suspect: boolean;
  /** Where its end was cut off while its first line stayed; undefined if it was not, or that is dealt with. */
  cutAt: number | undefined;
  /** Why bytes up to source.size that were not read by the time it is done are lost. */
  lossReason: LossReason;
  /** Bytes of the loss to come that were counted when it was sure, before a reader could tell it at its place. */
  counted: number;
  /** Its size when its entry was last brought up to date. */
  notedSize: number;
  /** Everything is handed on or told as lost. */
  done: boolean;
  /** Reads that failed in a row, and when to try again (ms). */
  failures: number;
  retryAt: number;
  /** What failed, in words. */
  trouble: string;
  /** A former process knew its source. */
  isResumed: boolean;
  /** Found by the first sweep of a first start: `logs.backlog` applies to it. Its size then. */
  backlogSize: number | undefined;
}

/** What `stat` counts in, whatever the file system. */
const BLOCK_BYTES = 512;

/** A reading of a file just opened, or of one that is nowhere (`file` undefined). */
export function newTailedFile(log: ContainerLog, file: LogFile | undefined, name: LogName, now: number): TailedFile {
  const tailed: TailedFile = {
    log,
    source: undefined,
    file,
    released: undefined,
    isStale: false,
    name,
    foundAt: now,
    paths: [],
    missingSince: undefined,
    size: 0,
    onDisk: 0,
    mtimeMs: 0,
    touchedMs: 0,
    nlink: 0,
    changedAt: now,
    lookedAt: now,
    unlinkedAt: undefined,
    read: 0,
    looked: 0,
    inHand: 0,
    midLine: false,
    unpacked: false,
    head: Buffer.alloc(0),
    headAt: 0,
    instant: '',
    identifying: false,
    suspect: false,
    cutAt: undefined,
    lossReason: 'rotated_away',
    counted: 0,
    notedSize: 0,
    done: false,
    failures: 0,
    retryAt: 0,
    trouble: '',
    isResumed: false,
    backlogSize: undefined,
  };
  if (file) observe(tailed, file.stat(), now);
  return tailed;
}

/** Takes in what a look saw. Says whether anything changed. */
export function observe(tailed: TailedFile, state: FileState, now: number): boolean {
  if (state.nlink === 0) tailed.unlinkedAt ??= now;
  else tailed.unlinkedAt = undefined;
  tailed.nlink = state.nlink;
  tailed.onDisk = state.blocks * BLOCK_BYTES;
  tailed.touchedMs = Math.max(state.mtimeMs, state.ctimeMs);
  const { file } = tailed;
  const isPlain = file instanceof PlainFile;
  if (state.mtimeMs === tailed.mtimeMs && (!isPlain || state.size === tailed.size)) return false;
  tailed.mtimeMs = state.mtimeMs;
  tailed.changedAt = now;
  if (!isPlain) return true;
  if (state.size < tailed.size || !orElse(true, () => hasItsHead(tailed, file))) {
    tailed.suspect = true;
    return true;
  }
  tailed.size = state.size;
  if (tailed.source && state.size > tailed.source.size) tailed.source.size = state.size;
  // Seen is known: should it be truncated a moment from now, what was in it can be told from what will be.
  if (tailed.head.length === 0 && state.size > 0) tailed.head = orElse(tailed.head, () => headSoFar(file));
  return true;
}

/** What `ask` answers, or `otherwise` if the disk fails: the read that follows meets the same failure, and deals with it. */
function orElse<T>(otherwise: T, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (errorCode(error) === undefined || errorCode(error) === 'EBADF') throw error;
    return otherwise;
  }
}

/**
 * Whether the first line is still the one it was. Asked after a look or a read, it proves that what they saw was of this
 * source: a file that is truncated does not get its first line back.
 */
export function hasItsHead(tailed: TailedFile, file: PlainFile): boolean {
  return tailed.head.length === 0 || file.holds(tailed.head, tailed.headAt);
}

/** Its file is compressed, whether or not it is open. */
export function isPacked({ file, name }: TailedFile): boolean {
  return file?.gz ?? name.gz;
}

/** Bytes known to be there and not handed on. */
export function unread(tailed: TailedFile): number {
  return tailed.done ? 0 : Math.max(0, tailed.size - tailed.read);
}

/** Nothing of it is left to be read, as far as the last look saw. */
export function isRead({ done, isStale, read, size }: TailedFile): boolean {
  return done || (size <= read && !isStale);
}

/** Nobody knows yet who it is, and its first line may be there by now. What failed is tried again by the turn. */
export function isNew({ source, file, done, looked, size }: TailedFile): boolean {
  return source === undefined && file !== undefined && !done && looked >= 0 && size > looked;
}

/** Everything that was handed on or told as lost is settled. */
export function isAcknowledged({ read, source }: TailedFile): boolean {
  if (source === undefined) return true;
  const { committed, resume, unseenUntil } = source;
  // A gap without a size moves no offset: its document is settled when there is another mark than at the beginning.
  if (unseenUntil !== undefined && committed === resume) return false;
  return Math.min(committed.out, committed.err) >= read;
}

/** Not written to or renamed for `quietMs`, by its own time stamps or, should the clock have been set back, by our looks. */
export function isQuiet(tailed: TailedFile, now: number, quietMs: number): boolean {
  const age = now - tailed.touchedMs;
  return age >= quietMs || (age < 0 && now - tailed.changedAt >= quietMs);
}
