/** How far a tailed file is read. Offsets are bytes from its start, uncompressed. */

class State {
  /** Offset of the first line that is neither handed on nor told as lost. */
  read = 0;
  /** Size up to which we have looked without finding the end of another line: at least `read`. -1: its head cannot be read. */
  looked = 0;
  /** Where what a reader holds in its hand ends, until it is taken; no more than `read` if it holds nothing. */
  inHand = 0;
  /** The last piece handed on ended in the middle of a line longer than the buffer. */
  midLine = false;
  /** Of a compressed file: everything that can be unpacked is handed on. */
  unpacked = false;
  /** Bytes of the loss to come that were counted when it was sure, before a reader could tell it at its place. */
  counted = 0;

  /** Its head was read when it had this size. */
  lookedAt(size: number): void {
    this.looked = size;
  }

  /** Its head cannot be read: its turn tries again. */
  headFailed(): void {
    this.looked = -1;
  }

  /** Reading begins at `from`. */
  begin(from: number): void {
    this.read = this.looked = from;
    this.midLine = false;
  }

  /** The same bytes are read from another file: what follows `read` may be there. */
  lookAgain(): void {
    this.looked = this.read;
    this.unpacked = false;
  }

  /** A read gave `n` bytes at offset `at`. Answers how many of them nobody had seen before. */
  saw(at: number, n: number): number {
    const fresh = Math.max(0, at + n - this.looked);
    this.looked = at + n;
    return fresh;
  }

  /** A reader hands on what ends at `end` … */
  handsOn(end: number): void {
    this.inHand = end;
  }

  /** … and it is taken. `midLine`: it ended in the middle of a line. */
  handedOn(midLine: boolean): void {
    this.midLine = midLine;
    this.#moveTo(this.inHand);
  }

  /** Everything in a compressed file is handed on. */
  isUnpacked(): void {
    this.unpacked = true;
  }

  /** So many bytes of its loss are counted. */
  countedAsLost(bytes: number): void {
    this.counted = bytes;
  }

  /** The next so many bytes are told as lost. */
  toldAsLost(bytes: number): void {
    this.counted = 0;
    this.#moveTo(this.read + bytes);
  }

  #moveTo(offset: number): void {
    this.read = offset;
    if (this.looked < offset) this.looked = offset;
  }
}

/** See State, which alone changes it. */
export type Cursor = Readonly<Pick<State, keyof State>>;

export function newCursor(): Cursor {
  return new State();
}
