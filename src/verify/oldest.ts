/**
 * The records with which the oldest file of a container log begins. Kubelet deletes old files all the time, so such a record may
 * be the rest of one that began in a deleted file. That one was stored under the id of its beginning, and what is read here is no
 * record of its own.
 *
 * A record does not show this. It counts as a rest only if all of this is true:
 * - It is the first record of its stream in that file, or follows the first one as the lines of a stack trace do. The first
 *   stored record ends the rest. So at most one record of a stream is taken for a rest.
 * - Other records of that file are stored: the file was read.
 * - The sink holds more of the log than the disk, since it holds the beginning. If nobody knows how much the sink holds: the file
 *   was rotated, since older files may have existed then.
 */
import type { ContainerLog, Source } from '../types.ts';
import { sourceOf, type DocumentReference } from './document-reference.ts';
import type { Outcome } from './findings.ts';

/** The rest of one record. It is asked of one record of a stream after another whether it belongs to that rest. */
export interface Remainder {
  takes(message: string, ms: number): boolean;
}

interface Oldest {
  readonly log: ContainerLog;
  readonly rotated: boolean;
  isStored: boolean;
  /** By stream; 'over' after the first record that does not belong to it. */
  readonly remainders: Map<string, Remainder | 'over'>;
}

export class OldestFiles {
  readonly #newRemainder: (log: ContainerLog) => Remainder;
  /** By fingerprint. */
  readonly #files = new Map<string, Oldest>();
  /** Files with a record that may be a rest, by the path of the log. */
  readonly #doubtful = new Map<string, Oldest>();

  constructor(newRemainder: (log: ContainerLog) => Remainder) {
    this.#newRemainder = newRemainder;
  }

  begins(oldest: Source, rotated: boolean): void {
    this.#files.set(oldest.fingerprint, { log: oldest.log, rotated, isStored: false, remainders: new Map() });
  }

  /** Whether this record may be a rest or a part of one. Asked for every record, in the order of reading. */
  mayHold(document: DocumentReference, message: string, outcome: Outcome): boolean {
    const file = this.#files.get(sourceOf(document.id!));
    if (file === undefined) return false;
    if (outcome === 'stored') file.isStored = true;
    const { stream, time, path } = document;
    const remainder = file.remainders.get(stream) ?? this.#newRemainder(file.log);
    // An unparsed line is no part of another record.
    const isRest =
      outcome === 'missing' && stream !== '' && remainder !== 'over' && remainder.takes(message, Date.parse(time));
    file.remainders.set(stream, isRest ? remainder : 'over');
    if (isRest) this.#doubtful.set(path, file);
    return isRest;
  }

  /**
   * Whether the log at this path began with a rest. Asked when everything is read. `extra`: documents of the log that the sink
   * holds and the disk does not.
   */
  believes(path: string, extra: number | undefined): boolean {
    const file = this.#doubtful.get(path);
    return file?.isStored === true && (extra === undefined ? file.rotated : extra > 0);
  }
}
