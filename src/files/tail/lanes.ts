/**
 * Who is read next. Two lanes: `fresh` (what is unread fits one buffer) and `behind` (a backlog or a flood). Both are served
 * first come first served, one buffer a turn, and when both have somebody waiting each gets half of the bytes: so a hundred
 * quiet containers never wait behind a flood, and a backlog is never starved by them.
 */

/** What a turn costs beside its bytes, so that very short ones do not come for free. */
const TURN_BYTES = 4096;

interface Lane<T> {
  waiting: T[];
  /** Index of the first one waiting. */
  head: number;
  /** Bytes served while the other lane had somebody waiting too. */
  served: number;
}

export class Lanes<T> {
  readonly #fresh: Lane<T> = { waiting: [], head: 0, served: 0 };
  readonly #behind: Lane<T> = { waiting: [], head: 0, served: 0 };
  readonly #bufferBytes: number;
  readonly #bytesOf: (item: T) => number;
  #readers: ((item: T | undefined) => void)[] = [];
  #closed = false;

  /** @param bytesOf how much of an item is unread, now. */
  constructor(bufferBytes: number, bytesOf: (item: T) => number) {
    this.#bufferBytes = bufferBytes;
    this.#bytesOf = bytesOf;
  }

  /** How many wait. */
  get length(): number {
    return size(this.#fresh) + size(this.#behind);
  }

  push(item: T): void {
    const lane = this.#bytesOf(item) <= this.#bufferBytes ? this.#fresh : this.#behind;
    lane.waiting.push(item);
    if (this.#readers.length > 0) this.#readers.shift()!(this.#pick());
  }

  /** The next one to be read, when there is one; undefined once closed. */
  next(): Promise<T | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    if (this.length > 0) return Promise.resolve(this.#pick());
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  close(): void {
    this.#closed = true;
    for (const reader of this.#readers) reader(undefined);
    this.#readers = [];
  }

  #pick(): T {
    const [fresh, behind] = [this.#fresh, this.#behind];
    const both = size(fresh) > 0 && size(behind) > 0;
    if (!both) fresh.served = behind.served = 0;
    const lane = size(behind) === 0 || (size(fresh) > 0 && fresh.served <= behind.served) ? fresh : behind;
    const item = lane.waiting[lane.head]!;
    if (++lane.head * 2 > lane.waiting.length) {
      lane.waiting.splice(0, lane.head);
      lane.head = 0;
    }
    if (both) lane.served += Math.min(this.#bytesOf(item), this.#bufferBytes) + TURN_BYTES;
    return item;
  }
}

function size<T>(lane: Lane<T>): number {
  return lane.waiting.length - lane.head;
}
