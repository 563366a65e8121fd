/**
 * Which records are still open at the ends of container logs that may go on: a partial line, a stack trace of a moment ago, a
 * last line without its line feed. A running agent holds such records back, and so they are not missing.
 */
import type { ContainerLog, Source } from '../types.ts';
import { sourceOf, type DocumentReference } from './document-reference.ts';

/** A record that has begun and may go on: what the record stage tells of it. */
export interface OpenEnd {
  readonly source: Source;
  readonly start: number;
  readonly stream: number;
  /** Milliseconds since 1970 of its last line. */
  readonly lastMs: number;
  /** 0 for a partial line. */
  readonly trace: number;
}

export class OpenEnds {
  /** A stack trace whose last line is older was shipped, unless a partial line goes on with it. */
  readonly #youngerThan: number;
  /** The fingerprint of the newest file of each log that may go on. */
  readonly #newest = new Map<ContainerLog, string>();
  readonly #open = new Set<string>();

  /** @param youngerThan ms since 1970 */
  constructor(youngerThan: number) {
    this.#youngerThan = youngerThan;
  }

  /** Lines may still be added to this file. */
  grows(newest: Source): void {
    this.#newest.set(newest.log, newest.fingerprint);
  }

  /**
   * The last line of a file lacks its end; it begins at `at`, or goes on there. An agent holds it back, and with it everything
   * that was open before.
   */
  cut(source: Source, at: number, opens: readonly OpenEnd[]): void {
    if (this.#newest.get(source.log) !== source.fingerprint) return;
    for (const open of opens) this.#add(open.source, open.start);
    this.#add(source, at);
  }

  /** The log is at its end, with these open. */
  ends(log: ContainerLog, opens: readonly OpenEnd[]): void {
    if (!this.#newest.has(log)) return;
    for (const { source, start, stream, lastMs } of opens) {
      const isPartial = opens.some((other) => other.stream === stream && other.trace === 0);
      if (isPartial || lastMs > this.#youngerThan) this.#add(source, start);
    }
  }

  has({ id, offset }: DocumentReference): boolean {
    return this.#open.has(`${sourceOf(id!)} ${offset}`);
  }

  #add({ fingerprint }: Source, start: number): void {
    this.#open.add(`${fingerprint} ${start}`);
  }
}
