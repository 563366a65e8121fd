/** Answers of other parts for one scrape: several metrics are made of one, which may take a walk over all logs or a look at the disk. */
export class Scrape {
  readonly #answers = new Map<() => unknown, unknown>();

  /** A new scrape begins: everything is asked again. */
  begin(): void {
    this.#answers.clear();
  }

  /** Asks once a scrape. */
  once<T>(ask: () => T): () => T {
    return () => {
      if (!this.#answers.has(ask)) this.#answers.set(ask, ask());
      return this.#answers.get(ask) as T;
    };
  }
}
