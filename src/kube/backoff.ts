/**
 * How long to leave the API server alone before the next try. Every way to try again goes through here, also after an answer
 * that was fine and ended at once: one agent in a tight loop is a nuisance, five thousand of them are an outage.
 */

const FIRST_MS = 800;
const LAST_MS = 15_000;

export class Backoff {
  readonly #random: () => number;
  #tries = 0;

  /** @param random in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Milliseconds: 0.8 to 1.6 s at first, doubled each time, 15 to 30 s in the end. */
  next(): number {
    const step = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(this.#tries++, 10));
    return step * (1 + this.#random());
  }

  reset(): void {
    this.#tries = 0;
  }
}
