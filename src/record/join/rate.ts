/**
 * How much a container may write: what is over a rule's rate is dropped, counted, and told by a document a minute.
 *
 * It goes by the times in the lines, not by when they are read: a backlog is no burst, and a second reading drops the same records. So
 * there is no bucket that fills. Time is cut into windows of `burst` seconds, each of which may have as much as the rate gives it.
 */
import type { RateLimit, Source } from '../../types.ts';
import type { Dropped } from '../encode/rate-document.ts';
import type { Line } from '../format/line.ts';

const MINUTE_MS = 60_000;
/** Lines of both streams may come a little out of order: the minute of the newest one counts. */
const WAIT_MS = 5000;

/** Of one container log. */
export class Rate {
  #window = -1;
  #records = 0;
  #bytes = 0;
  #source: Source | null = null;
  #offset = 0;
  #from = 0;
  #to = 0;
  #droppedRecords = 0;
  #droppedBytes = 0;

  /** Whether this record is more than its window may have. The first one of a window never is, however long it is. */
  isOver(line: Line, { records, bytes, burst }: RateLimit): boolean {
    const window = Math.floor(line.ms() / (1000 * burst));
    if (window > this.#window) {
      this.#window = window;
      this.#records = 0;
      this.#bytes = 0;
    }
    return this.#records >= records * burst || this.#bytes >= bytes * burst;
  }

  /** A record with so many bytes of content was written; -1 records: it was taken back. */
  written(bytes: number, records: 1 | -1): void {
    this.#records = Math.max(0, this.#records + records);
    this.#bytes = Math.max(0, this.#bytes + records * bytes);
  }

  dropped(line: Line): void {
    if (this.#droppedRecords === 0) {
      this.#source = line.source;
      this.#offset = line.start;
      this.#from = line.ms();
    }
    this.#to = Math.max(line.ms(), this.#from);
    this.#droppedRecords++;
    this.#droppedBytes += line.to - line.from;
  }

  /** The last record that was dropped, with so many bytes, turned out to be part of another one. */
  undropped(bytes: number): void {
    if (this.#droppedRecords === 0) return;
    this.#droppedRecords--;
    this.#droppedBytes -= bytes;
  }

  /** What is to be told now that a line of this time comes, or none can come before it any more; undefined: nothing yet. */
  due(ms: number): Dropped | undefined {
    const source = this.#source;
    if (source === null || this.#droppedRecords === 0 || ms < this.#from - (this.#from % MINUTE_MS) + MINUTE_MS)
      return undefined;
    return {
      source,
      offset: this.#offset,
      from: this.#from,
      to: this.#to,
      records: this.#droppedRecords,
      bytes: this.#droppedBytes,
    };
  }

  /** The same where nothing is left to read and the clock says this. */
  dueAt(nowMs: number): Dropped | undefined {
    return this.due(nowMs - WAIT_MS);
  }

  /** It is told. */
  told(): void {
    this.#source = null;
    this.#droppedRecords = 0;
    this.#droppedBytes = 0;
  }
}
