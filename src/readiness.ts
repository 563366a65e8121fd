/**
 * Whether logs flow, for /readyz. A roll-out goes on to the next nodes when this says yes, and stops at the first ones with a setting
 * that cannot work. So it says yes only when documents were acknowledged. A node may have nothing to send: then the sink is asked.
 *
 * Once documents were acknowledged an outage of the sink changes nothing here: it is no fault of this agent, and no agent is better.
 */
import type { Acknowledged, Log, Sink } from './types.ts';
import { pause } from './util/backoff.ts';
import { count } from './util/human.ts';

export interface ReadinessOptions {
  readonly sink: Pick<Sink, 'obstacle'>;
  /** Where documents go, for people. */
  readonly place: string;
  /** Whether anything of the logs waits to be acknowledged. */
  readonly isWaiting: () => boolean;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const UNASKED = 'what the sink says is not known yet';
const ON_THEIR_WAY = 'the first documents are on their way, and none is acknowledged yet';

export class Readiness {
  readonly #options: ReadinessOptions;
  #isAcknowledged = false;
  #isSaid = false;
  #isWarned = false;
  /** Why documents may not flow; undefined: they may. */
  #obstacle: string | undefined = UNASKED;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** Why logs may not flow, in a sentence; undefined: they do, or would. */
  get obstacle(): string | undefined {
    return this.#isAcknowledged ? undefined : this.#obstacle;
  }

  acknowledged({ stored, duplicate }: Acknowledged): void {
    const { place, log } = this.#options;
    this.#isAcknowledged = true;
    if (this.#isSaid || stored + duplicate === 0) return;
    this.#isSaid = true;
    log.info(`the first documents (${count(stored + duplicate)}) are stored in ${place}`);
  }

  /** Looks every one to two seconds until documents are acknowledged. Resolves then, or when stopped. */
  async watch(stop: AbortSignal): Promise<void> {
    const { sink, isWaiting, random = Math.random, wait = pause } = this.#options;
    try {
      while (!this.#isAcknowledged) {
        const waits = isWaiting();
        // With nothing to send, a sink that was willing once is not asked again.
        if (waits || this.#obstacle !== undefined) {
          const obstacle = await sink.obstacle?.(stop);
          if (!waits && obstacle !== undefined) this.#warn(obstacle);
          this.#obstacle = obstacle ?? (waits ? ON_THEIR_WAY : undefined);
        }
        await wait(1000 * (1 + random()), stop);
      }
    } catch (error) {
      if (!stop.aborted) throw error;
    }
  }

  /** Of documents that are not taken the sink speaks itself. */
  #warn(obstacle: string): void {
    if (!this.#isWarned) this.#options.log.warn(`nothing is to be sent yet, and could not be: ${obstacle}`);
    this.#isWarned = true;
  }
}
