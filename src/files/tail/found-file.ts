/** A log file as a listing found it: what the folder that lists directories offers to the one that follows logs. */
import type { FileName } from './file-name.ts';

export interface FoundFile {
  readonly path: string;
  readonly name: FileName;
  /** `<device>:<inode>`. */
  readonly id: string;
  /** Bytes on disk. */
  readonly size: number;
  /** Milliseconds since 1970, with a fraction. */
  readonly mtimeMs: number;
}

/** Whether two times (ms) are the same time of change: one may come from a number of nanoseconds, the other from a float. */
export function isSameTime(a: number, b: number): boolean {
  return Math.abs(a - b) < 0.01;
}
