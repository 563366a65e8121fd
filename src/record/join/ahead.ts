/**
 * Lines that belong to the trace before them only if a later line says so: an empty line between a logger's line and its exception,
 * the further lines of a message before the first frame. Until then each is a record of its own that waits.
 */
import type { OpenRecord } from './open-record.ts';

/** So many lines may wait at most. */
export const MOST_AHEAD = 200;

/** Everyone may read its fields; only its methods change them. */
export class Ahead {
  lines: OpenRecord[] = [];
  /** What kind of trace it would be with the last of them. */
  kind = 0;
  /** Bytes they would add to the trace. */
  length = 0;

  add(open: OpenRecord, kind: number): void {
    this.lines.push(open);
    this.kind = kind;
    this.length += open.length + 1;
  }

  /** Hands over all that wait. */
  take(): OpenRecord[] {
    const { lines } = this;
    if (lines.length > 0) this.lines = [];
    this.length = 0;
    return lines;
  }
}
