/**
 * The largest body worth sending, learnt from refusals (413): without it every batch would be sent once to be refused before it is
 * cut. It rises again with success, since what stood in the way (a proxy, mostly) may be put right.
 */

/** Requests taken at the present size before a larger one is tried. */
const BEFORE_RISING = 1000;

export class Ceiling {
  readonly #highest: number;
  #bytes: number;
  #taken = 0;

  /** `highest`: bytes no body may exceed anyway. */
  constructor(highest = Infinity) {
    this.#highest = highest;
    this.#bytes = highest;
  }

  /** Bytes, uncompressed: that is what Elasticsearch measures. */
  get bytes(): number {
    return this.#bytes;
  }

  refused(length: number): void {
    this.#bytes = Math.min(this.#bytes, Math.max(1, Math.floor(length / 2)));
    this.#taken = 0;
  }

  taken(): void {
    if (this.#bytes === this.#highest || ++this.#taken < BEFORE_RISING) return;
    this.#bytes = Math.min(this.#highest, this.#bytes * 2);
    this.#taken = 0;
  }
}
