/** What the file system says of an open log file, as the last look at it saw it. */
import type { FileState } from '../logfile/logfile.ts';

/** What `stat` counts in, whatever the file system. */
const BLOCK_BYTES = 512;

class State {
  /** What it occupies on the disk, bytes. */
  onDisk = 0;
  mtimeMs = 0;
  /** When it was last written to or renamed, by its own time stamps, ms since 1970. */
  touchedMs = 0;
  /** 0: it has no name any more, … */
  nlink = 0;
  /** … since then, ms since 1970; undefined while it has one. */
  unlinkedAt: number | undefined;
  /** When a look last saw it change, and when the last look was, ms since 1970. */
  changedAt: number;
  lookedAt: number;

  constructor(now: number) {
    this.changedAt = this.lookedAt = now;
  }

  /** It is looked at `now` (ms since 1970). */
  looked(now: number): void {
    this.lookedAt = now;
  }

  /** Takes in what was seen. Says whether anything changed. `resized`: its size is another one than before. */
  observe(seen: FileState, resized: boolean, now: number): boolean {
    this.unlinkedAt = seen.nlink === 0 ? (this.unlinkedAt ?? now) : undefined;
    this.nlink = seen.nlink;
    this.onDisk = seen.blocks * BLOCK_BYTES;
    this.touchedMs = Math.max(seen.mtimeMs, seen.ctimeMs);
    if (seen.mtimeMs === this.mtimeMs && !resized) return false;
    this.mtimeMs = seen.mtimeMs;
    this.changedAt = now;
    return true;
  }
}

/** See State, which alone changes it. */
export type DiskFacts = Readonly<State>;

export function newDiskFacts(now: number): DiskFacts {
  return new State(now);
}

/** Not written to or renamed for `quietMs`, by its own time stamps or, should the clock have been set back, by our looks. */
export function isQuiet({ touchedMs, changedAt }: DiskFacts, now: number, quietMs: number): boolean {
  const age = now - touchedMs;
  return age >= quietMs || (age < 0 && now - changedAt >= quietMs);
}
