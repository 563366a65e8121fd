/**
 * The records with which the oldest file of a container log begins. Kubelet deletes old files all the time, and one of these may
 * be the rest of a record that began in a file that is gone: it was stored under the id of its beginning, and what is read here is
 * no record of its own.
 *
 * Nobody can see that of a record, so it is believed only
 * - of the first record of a stream in that file, and of lines after it that go on with a stack trace, up to the first one that is
 *   stored: of one record of a stream at most;
 * - if other records of that file are stored, so that it was read;
 * - if the sink holds more of the log than is on disk: what the record began as. Where nobody knows how much it holds: if
 *   the file was rotated, since there may have been older ones then.
 */
import type { Source } from '../types.ts';
import type { Outcome } from './findings.ts';
import { sourceOf, type Sighting } from './sighting.ts';

/** Says of one record after another whether it belongs to the rest of one. */
export interface Rest {
  takes(message: string, ms: number): boolean;
}

interface Oldest {
  readonly rotated: boolean;
  isStored: boolean;
  /** By stream; 'over' after the first record that is none. */
  readonly rests: Map<string, Rest | 'over'>;
}

export class OldestFiles {
  readonly #newRest: () => Rest;
  /** By fingerprint. */
  readonly #files = new Map<string, Oldest>();
  /** Those of which a record may be a rest, by the path of the log. */
  readonly #doubtful = new Map<string, Oldest>();

  constructor(newRest: () => Rest) {
    this.#newRest = newRest;
  }

  begins(oldest: Source, rotated: boolean): void {
    this.#files.set(oldest.fingerprint, { rotated, isStored: false, rests: new Map() });
  }

  /** Whether this record may be (a part of) a rest. Asked for every record, in the order of reading. */
  mayHold(document: Sighting, message: string, outcome: Outcome): boolean {
    const file = this.#files.get(sourceOf(document.id!));
    if (file === undefined) return false;
    if (outcome === 'stored') file.isStored = true;
    const { stream, time, path } = document;
    const rest = file.rests.get(stream) ?? this.#newRest();
    // A line that nobody can parse is no part of another.
    const isRest = outcome === 'missing' && stream !== '' && rest !== 'over' && rest.takes(message, Date.parse(time));
    file.rests.set(stream, isRest ? rest : 'over');
    if (isRest) this.#doubtful.set(path, file);
    return isRest;
  }

  /** Whether to believe it of the log at this path, now that all is read. `extra`: what the sink holds beyond what is on disk. */
  believes(path: string, extra: number | undefined): boolean {
    const file = this.#doubtful.get(path);
    return file?.isStored === true && (extra === undefined ? file.rotated : extra > 0);
  }
}
