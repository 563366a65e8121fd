/**
 * How many bulk requests may be on their way at a time, learnt from what becomes of them: one more after a round of them was taken,
 * half as many when the server has too much to do (additive increase, multiplicative decrease, as in TCP: RFC 5681, section 3.1).
 * So each node of a cluster sends what the server takes, and no node has to know of the others. Pure.
 */
import type { Verdict } from './verdict.ts';

/** The server, or a proxy before it, could not do all that was asked of it in time. */
const OVERLOADED: ReadonlySet<string> = new Set(['http_429', 'item_429', 'timeout', 'http_408', 'http_504']);

export class Concurrency {
  readonly #most: number;
  #limit: number;
  #round = 0;
  #taken = 0;

  /** `most`: requests, 1 at least. It begins there: what was configured holds until the server says that it is too much. */
  constructor(most: number) {
    this.#most = most;
    this.#limit = most;
  }

  /** Requests, from 1 to the most. */
  get limit(): number {
    return this.#limit;
  }

  /** Grows with each cut. To be remembered with a request that is sent now, for learn(). */
  get round(): number {
    return this.#round;
  }

  /**
   * Learns from the answer to a request. One that was sent before the last cut tells nothing new: of eight that are refused together
   * the first cuts the limit, and the others do not cut it again.
   */
  learn(verdict: Verdict, round: number): void {
    if (round !== this.#round) return;
    if (isOverload(verdict)) {
      this.#limit = Math.max(1, Math.floor(this.#limit / 2));
      this.#round++;
      this.#taken = 0;
    } else if (isTaken(verdict) && this.#limit < this.#most && ++this.#taken >= this.#limit) {
      this.#limit++;
      this.#taken = 0;
    }
  }
}

function isOverload(verdict: Verdict): boolean {
  if (verdict.kind === 'items')
    return verdict.items.some((item) => item.kind === 'again' && OVERLOADED.has(item.reason));
  return verdict.kind === 'again' && OVERLOADED.has(verdict.reason);
}

/** The server has done its work for at least one document, whatever came of it. */
function isTaken(verdict: Verdict): boolean {
  if (verdict.kind === 'items') return verdict.items.some(({ kind }) => kind !== 'again' && kind !== 'hold');
  return verdict.kind === 'stored';
}
