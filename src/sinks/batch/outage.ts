/** What we say while a sink takes no documents: once when it begins, once when it is over. */
import type { Log } from '../../types.ts';
import { duration } from '../../util/human.ts';

/** An outage shorter than this is over without a word. */
export const WORTH_A_WORD_MS = 5_000;

export class Outage {
  readonly #sink: string;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #since = new Map<string, number>();

  /**
   * @param sink its name, for the throttle of the log
   * @param now epoch milliseconds
   */
  constructor(sink: string, log: Log, now: () => number) {
    this.#sink = sink;
    this.#log = log;
    this.#now = now;
  }

  /** Says the sentence, unless an outage of this kind has been said and is not over. */
  begin(kind: string, sentence: string): void {
    if (this.#since.has(kind)) return;
    this.#since.set(kind, this.#now());
    this.#log.throttled(`${this.#sink}:${kind}`, sentence);
  }

  /** Documents were stored. */
  over(): void {
    if (this.#since.size === 0) return;
    const lasted = this.#now() - Math.min(...this.#since.values());
    this.#since.clear();
    if (lasted >= WORTH_A_WORD_MS) this.#log.info(`Documents are stored again, after ${duration(lasted)}.`);
  }
}
