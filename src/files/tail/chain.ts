/**
 * The files of one container log, oldest first, and what is decided about them as a whole. No I/O. Whatever happens to a log is
 * a method here; nobody else changes what is known of it.
 */
import type { ContainerLog } from '../../types.ts';
import { compareNames } from './file-name.ts';
import { instant } from './head.ts';
import { unread } from './progress.ts';
import type { TailedFile } from './tailed-file.ts';

/** A file on disk that is not held open, as it looked: `tailed` has its bytes. */
export interface Known {
  readonly size: number;
  readonly mtimeMs: number;
  readonly tailed: TailedFile;
}

/** May the log be read: yes, not yet (asked again), or its files are not opened. */
export type Admission = 'read' | 'wait' | 'never';

/** Where a log stands among those to be read. Changed by readers.ts only. */
export interface Queueing {
  /** A reader is at it; it stands in a lane; something happened meanwhile. */
  busy: boolean;
  queued: boolean;
  again: boolean;
  /** It waits for a place among those that unpack. */
  parked: boolean;
  /** The number of its last turn, counted over all logs; 0: it had none. */
  turn: number;
}

/**
 * How long a log whose files were all deleted from a directory that still exists may go on (ms): kubelet has the runtime
 * reopen a log file that somebody deleted, on its next check (every 10 s), and until then the container writes to ours.
 */
const UNNAMED_MS = 15_000;

class State {
  readonly log: ContainerLog;
  /** The directory its files are in. */
  readonly directory: string;
  readonly firstListedAt: number;
  readonly queueing: Queueing = { busy: false, queued: false, again: false, parked: false, turn: 0 };
  /** Oldest first. */
  files: readonly TailedFile[] = [];
  /** Files on disk that are not held open, by `<device>:<inode>`. */
  readonly known: ReadonlyMap<string, Known> = new Map();
  /** What a former process knew has been matched with what is there, as far as that can be opened: it may be read. */
  walked = false;
  /** It was excluded, and is to be read again. */
  readmitted = false;
  /** A listing is being taken in: an older file than those we know may be found. */
  listing = false;
  /** Files that could not be opened or told apart yet. */
  pending = 0;
  admitted: Admission = 'wait';
  /** The output that it goes to; undefined until it may be read. */
  output: string | undefined;
  /** Instance n+1 exists. */
  followed = false;
  /** The last listing found a file of it; if not, since when (ms since 1970) that is so, and whether the directory is gone too. */
  named = true;
  unnamedAt: number;
  directoryGone = false;
  /** Its container has ended, as far as anybody can tell: retire.ts. */
  exited = false;
  /** Something was handed on since the last end(). */
  open = false;
  /** When it last grew, and when it is looked at next, ms since 1970. */
  grownAt: number;
  lookAt = 0;
  /** Since when something of it is not acknowledged (ms since 1970), but for what is held open; 0 if all is. */
  behindSince = 0;
  /** When it was last known to have nothing left to read (ms since 1970): only what was written after that can still come. */
  emptyAt = 0;

  constructor(log: ContainerLog, directory: string, now: number) {
    this.log = log;
    this.directory = directory;
    this.firstListedAt = this.unnamedAt = this.grownAt = now;
  }

  /** A link tells which container writes to it. */
  isWrittenBy(containerId: string): void {
    this.log.containerId = containerId;
  }

  /** Nothing will be added to it: all there is of it is there, and may be read. */
  isComplete(): void {
    this.walked = true;
    this.admitted = 'read';
    this.named = false;
    this.directoryGone = true;
  }

  admit(answer: Admission): void {
    this.admitted = answer;
  }

  /** Where it goes is decided, for as long as anything of it is known: no record may be torn in two. */
  goesTo(output: string): void {
    this.output ??= output;
  }

  /** Whether its container has ended. */
  hasExited(answer: boolean): void {
    this.exited = answer;
  }

  /* ---- its files ---- */

  add(tailed: TailedFile): void {
    this.files = inOrder([...this.files, tailed]);
  }

  addAfter(tailed: TailedFile, next: TailedFile): void {
    this.files = this.files.flatMap((each) => (each === tailed ? [each, next] : [each]));
  }

  /** Forgets the files of which `isGone`. */
  remove(isGone: (tailed: TailedFile) => boolean): void {
    if (this.files.some(isGone)) this.files = this.files.filter((each) => !isGone(each));
  }

  /** Something was found out that may change their order. */
  sort(): void {
    this.files = inOrder(this.files);
  }

  /** A file on disk, which nobody holds open, has the bytes of `tailed`. */
  know(id: string, known: Known): void {
    (this.known as Map<string, Known>).set(id, known);
  }

  /** Files on disk are to be opened when they are found again. */
  unknow(isUnknown: (id: string, known: Known) => boolean): void {
    for (const [id, known] of this.known) if (isUnknown(id, known)) (this.known as Map<string, Known>).delete(id);
  }

  /* ---- listed ---- */

  listingBegins(): void {
    this.listing = true;
  }

  /** What a listing found is about to be taken in. */
  takingIn(): void {
    this.pending = 0;
  }

  /** A file of it cannot be opened, or told apart from others, yet. */
  postpone(): void {
    this.pending++;
  }

  /** A listing was taken in. `named`: it found a file of this log. */
  takenIn(named: boolean, now: number): void {
    if (!named && this.named) this.unnamedAt = now;
    this.named = named;
  }

  /** What else the listing says: whether instance n+1 exists, and whether the directory is gone. */
  isPlaced(followed: boolean, directoryGone: boolean): void {
    this.followed = followed;
    this.directoryGone = directoryGone;
  }

  /** It was not to be read and is again: not before its files are found anew. */
  isReadmitted(): void {
    this.readmitted = true;
    this.walked = false;
  }

  /** It may be read from now on. */
  isWalked(): void {
    this.walked = true;
  }

  /** A listing is over: it is looked at soon. */
  listingEnds(): void {
    this.listing = false;
    this.lookAt = 0;
  }

  /* ---- looked at and read ---- */

  grew(now: number): void {
    this.grownAt = now;
  }

  /** A look is over; the next one is at `next` (ms since 1970). */
  lookedAt(next: number): void {
    this.lookAt = next;
  }

  /** Something of it is not acknowledged, or all is. */
  measured(isBehind: boolean, now: number): void {
    this.behindSince = isBehind ? this.behindSince || now : 0;
  }

  /** It had nothing left to read at this time (ms since 1970). */
  wasEmpty(at: number): void {
    this.emptyAt = Math.max(this.emptyAt, at);
  }

  handedOn(): void {
    this.open = true;
  }

  ended(): void {
    this.open = false;
  }
}

/** See State, which alone changes it. */
export type Chain = Readonly<State>;

/** @param now ms since 1970 */
export function newChain(log: ContainerLog, directory: string, now: number): Chain {
  return new State(log, directory, now);
}

/** The cursor: the file that is read now. */
export function current({ files }: Pick<Chain, 'files'>): TailedFile | undefined {
  for (const tailed of files) if (!tailed.done) return tailed;
  return undefined;
}

/** Bytes of a log that are on disk and not handed on. */
export function unreadOf({ files }: { readonly files: readonly TailedFile[] }): number {
  let bytes = 0;
  for (const tailed of files) bytes += unread(tailed);
  return bytes;
}

/** The time of the first line after `head` (a time too) among the files that are there; '' if nobody knows it. */
export function firstAfter({ files }: Chain, head: string): string {
  return files.find((each) => each.instant > instant(head))?.source?.head ?? '';
}

/** Nothing will be added to it any more. */
export function isOver(chain: Chain, now: number): boolean {
  return chain.exited || isLeft(chain, now);
}

/** The disk shows that it is over: the next instance is there, or its files are gone. */
export function isLeft({ followed, named, directoryGone, unnamedAt }: Chain, now: number): boolean {
  if (followed) return true;
  return !named && (directoryGone || now - unnamedAt >= UNNAMED_MS);
}

/**
 * Puts files in the order in which they were written: by the instant in their first line, which survives a change of clock zone
 * that file names do not; those without one keep the place that their name, then their time of change, gives them.
 */
export function inOrder(files: readonly TailedFile[]): TailedFile[] {
  const byName = [...files].sort((a, b) => compareNames(a.names.name, b.names.name) || a.disk.mtimeMs - b.disk.mtimeMs);
  const timed = byName.filter((each) => each.instant !== '');
  timed.sort((a, b) => (a.instant < b.instant ? -1 : Number(a.instant > b.instant)));
  return byName.map((each) => (each.instant === '' ? each : timed.shift()!));
}
