/**
 * The tailed file: what we know of one source of a container log while this process lives. Its file, if one is open, how far it
 * is read, and how it looked when we last looked. Whatever happens to a file on disk is a method here, and only these methods
 * change what is known; step.ts decides on it, turn.ts acts.
 */
import type { ContainerLog, LossReason, Source } from '../../types.ts';
import { errorCode } from '../logfile/fs.ts';
import { PlainFile, type FileState, type LogFile } from '../logfile/logfile.ts';
import { newCursor, type Cursor } from './cursor.ts';
import { newDiskFacts, type DiskFacts } from './disk-facts.ts';
import { newNames, type FileName, type Names } from './file-name.ts';
import { beginsWith, headSoFar, NO_HEAD, type Head } from './head.ts';
import { newRetries, type Retries } from './retries.ts';
import { startOf } from './resume.ts';

class State {
  readonly log: ContainerLog;
  /** Since when we know of it, ms since 1970. */
  readonly foundAt: number;
  readonly names: Names;
  readonly cursor: Cursor = newCursor();
  readonly retries: Retries = newRetries();
  disk: DiskFacts;
  /** Undefined until its first line is complete. */
  source: Source | undefined;
  /** Undefined when it is closed, or was never found. */
  file: LogFile | undefined;
  /** `<device>:<inode>` of its file, which was closed to make room for others and is to be opened again by its name. */
  released: string | undefined;
  /** The file that was closed has changed since. */
  isStale = false;
  /** Uncompressed size at the last look that did not suspect it; of a `.gz` what its trailer says. */
  size = 0;
  /** The head, or as much of it as there is, and its time in a form that sorts ('' if it has none). */
  head = NO_HEAD;
  instant = '';
  /** Somebody is finding out who it is. */
  identifying = false;
  /** A look or a read suspects that the file was truncated. */
  suspect = false;
  /** Where its end was cut off while its first line stayed; undefined if it was not, or that is dealt with. */
  cutAt: number | undefined;
  /** Why bytes up to source.size that were not read by the time it is done are lost. */
  lossReason: LossReason = 'rotated_away';
  /** Its size when its entry was last brought up to date. */
  notedSize = 0;
  /** Everything is handed on or told as lost. */
  done = false;
  /** A former process knew its source. */
  isResumed = false;
  /** Found by the first sweep of a first start: `logs.backlog` applies to it. Its size then. */
  backlogSize: number | undefined;

  constructor(log: ContainerLog, file: LogFile | undefined, names: Names, now: number) {
    this.log = log;
    this.file = file;
    this.names = names;
    this.foundAt = now;
    this.disk = newDiskFacts(now);
    if (file) this.observe(file.stat(), now);
  }

  /* ---- looked at ---- */

  /** Takes in what a look saw. Says whether anything changed. */
  observe(state: FileState, now: number): boolean {
    const { file } = this;
    const isPlain = file instanceof PlainFile;
    if (!this.disk.observe(state, isPlain && state.size !== this.size, now)) return false;
    if (!isPlain) return true;
    if (state.size < this.size || !orElse(true, () => beginsWith(file, this.head))) {
      this.suspect = true;
      return true;
    }
    this.grewTo(state.size);
    // Seen is known: should it be truncated a moment from now, what was in it can be told from what will be.
    if (this.head.bytes.length === 0 && state.size > 0) this.head = orElse(this.head, () => headSoFar(file));
    return true;
  }

  /** There are so many bytes in it at least. */
  grewTo(size: number): void {
    if (size > this.size) this.size = size;
    if (this.source && size > this.source.size) this.source.size = size;
  }

  /** It existed before the first start of podferry, with this size. */
  existedBefore(size: number): void {
    this.backlogSize = size;
  }

  /** Something else may be in it than a moment ago. */
  mayBeTruncated(): void {
    this.suspect = true;
  }

  /** A line was written to it after it was done. */
  wasWrittenTo(): void {
    this.done = false;
  }

  /** Its entry is brought up to date. */
  noted(): void {
    this.notedSize = this.source?.size ?? 0;
  }

  /* ---- identified ---- */

  /** False: somebody else found out who it is, or is about to. */
  identifyBegins(): boolean {
    if (this.source !== undefined || this.identifying) return false;
    return (this.identifying = true);
  }

  identifyEnds(): void {
    this.identifying = false;
  }

  /** Its head was read when it had this size. False: a look saw more of it meanwhile. */
  headWasRead(head: Head, size: number): boolean {
    this.cursor.lookedAt(size);
    if (this.head.bytes.length > head.bytes.length) return false;
    this.head = head;
    return true;
  }

  /** It is known who it is: reading begins at `from`. */
  becomes(source: Source, instant: string, size: number, from: number, isResumed: boolean): void {
    this.source = source;
    this.isResumed = isResumed;
    this.instant = instant;
    this.size = size;
    this.cursor.begin(from);
    // Shorter than it was, with its first line: the node lost power, or somebody cut it.
    if (!isPacked(this) && size < from) this.cutAt = size;
    // A .gz of which everything is acknowledged need not be unpacked to find that out.
    const { resume } = source;
    this.done = isPacked(this) && startOf(resume) > 0 && startOf(resume) === size;
  }

  /** No more than this will ever be known of it: it gets a source all the same, so that its loss has a place. */
  staysNameless(source: Source): void {
    this.source ??= source;
  }

  /** Its beginning is damaged: not even its first line is known. */
  isDamaged(source: Source, size: number): void {
    this.size = size;
    this.source = source;
    this.cursor.begin(startOf(source.resume));
  }

  /** Reading begins anew, as `source`, at `from`. */
  readAgain(source: Source, from: number): void {
    this.source = source;
    this.cursor.begin(from);
    this.cutAt = undefined;
    this.done = false;
  }

  /** A file that holds its bytes is there, though it was missed: nothing is unseen. */
  wasFound(): void {
    if (this.source) this.source.unseenUntil = undefined;
  }

  /** It goes on in the file of `found`, which holds the same bytes, `size` of them, and begins with the same head. */
  takeOver(found: TailedFile, head: Head, size: number): void {
    this.file = found.file;
    this.disk = found.disk;
    this.released = undefined;
    this.names.calledNow(found.names.name);
    this.size = size;
    this.cursor.lookAgain();
    this.cutAt = size < this.cursor.read ? size : undefined;
    this.done = false;
    this.head = head;
  }

  /* ---- read ---- */

  /** A read gave `n` bytes at offset `at`. Answers how many of them nobody had seen before. */
  saw(at: number, n: number): number {
    this.grewTo(at + n);
    return this.cursor.saw(at, n);
  }

  /** Its container has ended, and so has its source, at this offset. */
  ends(offset: number): void {
    if (this.source) this.source.endsAt = offset;
  }

  /** What the trailer of a compressed file said was a hint: it has as many bytes as were read. */
  sizeIsKnown(): void {
    const { read } = this.cursor;
    if (this.source?.size === this.size) this.source.size = read;
    this.size = read;
  }

  finished(): void {
    this.done = true;
  }

  /* ---- cut, deleted, given up ---- */

  /** What was suspected is not so, but for its end, which may have been cut off: it has this size now. */
  isStillItself(size: number): void {
    this.suspect = false;
    if (this.source && size < this.size) this.cutAt = Math.min(size, this.cutAt ?? size);
    this.size = size;
  }

  /** Nothing but line feeds or NULs was ever seen of it: whatever is in it now is its beginning. */
  beginsAnew(state: FileState, now: number): void {
    this.suspect = false;
    this.cursor.lookedAt(0);
    this.size = state.size;
    this.observe(state, now);
  }

  /** What was suspected is so: what is in its file now is another source. */
  wasTruncated(): void {
    this.suspect = false;
    this.abandoned('truncated');
  }

  /** It has no file any more; another one may hold the rest of it. What is not read is lost for this reason. */
  abandoned(reason: LossReason): void {
    this.file = undefined;
    this.names.forget();
    this.lossReason = reason;
  }

  /** What is not read of it from now on is lost for this reason. */
  isLostBecause(reason: LossReason): void {
    this.lossReason = reason;
  }

  /** It is given up after `known` bytes: there were no more, as far as anybody knows. */
  givenUp(known: number): void {
    this.done = true;
    if (this.source) this.source.size = Math.max(known, this.cursor.read);
  }

  /* ---- closed ---- */

  closed(): void {
    this.file = undefined;
  }

  /** It is not to be read any more: its file is closed. */
  excluded(): void {
    this.released = undefined;
    this.file = undefined;
  }

  /** Its file is closed to make room for others. */
  isReleased(id: string): void {
    this.released = id;
    this.file = undefined;
  }

  changedWhileReleased(): void {
    this.isStale = true;
  }

  /** Its file is open again. */
  reclaimed(file: LogFile, now: number): void {
    this.released = undefined;
    this.isStale = false;
    this.file = file;
    this.retries.opened();
    this.observe(file.stat(), now);
  }

  /** The file that was closed to make room is gone, */
  isGoneWhileReleased(): void {
    this.released = undefined;
  }

  /** and what may have been written to it meanwhile, up to the line of this time, nobody saw. */
  isUnseenUntil(time: string): void {
    if (this.source) this.source.unseenUntil = time;
  }
}

/** See State, which alone changes it. */
export type TailedFile = Readonly<State>;

/** Of a file just opened, or of one that is nowhere (`file` undefined). */
export function newTailedFile(
  log: ContainerLog,
  file: LogFile | undefined,
  name: FileName,
  now: number,
  paths: readonly string[] = [],
): TailedFile {
  return new State(log, file, newNames(name, paths), now);
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

/** Its file is compressed, whether or not it is open. */
export function isPacked({ file, names }: Pick<TailedFile, 'file' | 'names'>): boolean {
  return file?.gz ?? names.name.gz;
}
