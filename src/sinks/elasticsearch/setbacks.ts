/**
 * What is done about a request that was not taken: it is counted, told, and waited out. While nothing at all is taken, tries are small
 * and frequent. Shared by all batches on their way.
 */
import type { Log } from '../../types.ts';
import { fullJitter, soon, tryAgain } from '../../util/backoff.ts';
import { retryAfterMs } from '../../util/retry-after.ts';
import { Outage, WORTH_A_WORD_MS } from '../batch/outage.ts';
import type { Endpoint } from './endpoint.ts';
import { againSentence, holdSentence, refusalSentence, type Destination } from './sentences.ts';
import { SmallTries } from './small-tries.ts';
import type { ItemVerdict, Verdict } from './verdict.ts';

export interface SetbacksOptions {
  readonly destination: Destination;
  /** The nodes of the cluster; only their number counts here. */
  readonly nodes: readonly string[];
  readonly endpoint: Pick<Endpoint, 'answers'>;
  /** Told in a word why something is tried again. */
  readonly retried: (reason: string) => void;
  readonly log: Log;
  readonly random: () => number;
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export type Setback = Extract<Verdict | ItemVerdict, { kind: 'again' | 'hold' }>;

export class Setbacks {
  readonly #options: SetbacksOptions;
  readonly #outage: Outage;
  readonly #smallTries = new SmallTries();
  #refusal: string | undefined;

  constructor(options: SetbacksOptions) {
    this.#options = options;
    this.#outage = new Outage('elasticsearch', options.log, options.now);
  }

  /** Why the last request was not taken, in a sentence that anybody may read; undefined: it was, or there was none. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Bytes of the largest request that is worth a try. */
  get most(): number {
    return this.#smallTries.bytes;
  }

  /** Counts a setback, and says what is wrong. `asked`: how long (ms) the server wants to be left alone. */
  tell(setback: Setback, attempt: number, asked: number): void {
    const { destination, retried } = this.#options;
    const { kind, detail } = setback;
    this.#refusal = refusalSentence(setback, destination);
    if (kind === 'hold') {
      retried(setback.blocker);
      this.#outage.begin(setback.blocker, holdSentence(setback.blocker, detail, destination));
      return;
    }
    const { reason } = setback;
    retried(reason);
    if (asked >= WORTH_A_WORD_MS)
      this.#outage.begin(`${reason} retry-after`, againSentence(reason, detail, destination, asked));
    // A single reset connection or full queue is normal, and not worth a sentence.
    else if (attempt > 0 || reason === 'timeout' || this.#smallTries.areOn)
      this.#outage.begin(reason, againSentence(reason, detail, destination));
  }

  /**
   * Tells a setback, and waits until the next try is worth it. Rejects only when stopped.
   * @param attempt setbacks of the same documents before
   * @param refused length of the request if no other one stores anything either
   */
  async rest(
    setback: Setback,
    attempt: number,
    retryAfter: string | undefined,
    refused: number | undefined,
    stop: AbortSignal,
  ): Promise<void> {
    const { endpoint, nodes, now, random, retried, wait } = this.#options;
    const reason = setback.kind === 'again' ? setback.reason : '';
    const asked = reason === '' ? 0 : retryAfterMs(retryAfter, now());
    this.tell(setback, attempt, asked);
    // The pool tries the next node at once.
    if (reason === 'connection' && attempt < nodes.length - 1) return wait(0, stop);
    const isFirst = reason !== '' && attempt === 0 && !this.#smallTries.areOn;
    if (isFirst || refused === undefined) return wait(asked + fullJitter(attempt, random), stop);
    this.#smallTries.refused(refused);
    // What needs a person does not pass in a moment.
    await wait(asked + (setback.kind === 'hold' ? tryAgain(random) : soon(attempt, random)), stop);
    if (reason !== 'connection' && reason !== 'timeout') return;
    // No request would tell before its own time limit that somebody answers again.
    const again = (spentMs: number): Promise<void> => {
      retried(reason);
      return wait(Math.max(0, tryAgain(random) - spentMs), stop);
    };
    await endpoint.answers(again, stop);
  }

  /** A request of this length was taken. */
  over(length: number): void {
    this.#refusal = undefined;
    this.#outage.over();
    this.#smallTries.taken(length);
  }
}
