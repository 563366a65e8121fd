/** The records that `podferry explain` is asked about, as the record stage tells of them. */
import type { Stream } from '../record/format/line.ts';
import type { Seen, Watcher } from '../record/join/watch.ts';

/** Records of stdin. */
const MOST = 20;

/** Keeps the records that are wanted. */
export class WantedRecords implements Watcher {
  readonly found: Seen[] = [];
  count = 0;
  readonly #isWanted: (seen: Seen) => boolean;
  /** By stream: the last record was wanted. */
  readonly #last = [false, false, false];

  constructor(isWanted: (seen: Seen) => boolean) {
    this.#isWanted = isWanted;
  }

  seen(record: Seen): void {
    const isWanted = this.#isWanted(record);
    this.#last[record.stream] = isWanted;
    if (!isWanted) return;
    this.count++;
    if (this.found.length < MOST) this.found.push(record);
  }

  takenBack(stream: Stream): void {
    if (!this.#last[stream]) return;
    this.#last[stream] = false;
    this.count--;
    const i = this.found.findLastIndex((record) => record.stream === stream);
    if (this.found.length > this.count) this.found.splice(i, 1);
  }
}
