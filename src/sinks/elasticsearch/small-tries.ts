/**
 * How large a request may be while the server is in trouble. Small tries cost it little. So they may be frequent, and the first one
 * that is taken shows that the trouble is over, whatever it was: any other question may be answered well by a server that takes no
 * documents. Each refusal makes them smaller, down to one document, and each success larger, up to a whole batch.
 */

const STEP = 4;
/** Bytes. No batch is this large. */
const WHOLE = 128 * 1024 * 1024;

export class SmallTries {
  #bytes = Infinity;

  /** Bytes, uncompressed; Infinity: the server is not in trouble. */
  get bytes(): number {
    return this.#bytes;
  }

  get areOn(): boolean {
    return this.#bytes < Infinity;
  }

  /** A request of this length was not taken, and nothing else was. */
  refused(length: number): void {
    this.#bytes = Math.floor(Math.min(this.#bytes, length) / STEP);
  }

  /** A request of this length was taken. */
  taken(length: number): void {
    const next = Math.max(this.#bytes, length) * STEP;
    this.#bytes = next < WHOLE ? next : Infinity;
  }
}
