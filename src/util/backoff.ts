/**
 * How long to wait before the next try at a server. A DaemonSet is one client per node. Jitter keeps thousands of them from coming
 * back at the same moment.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Milliseconds before try number `attempt` (0 = the first repeat): anywhere in [0, 500 ms doubled per attempt, at most 30 s). */
export function fullJitter(attempt: number, random: () => number): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
}

const TRY_FIRST_MS = 2000;
const TRY_LAST_MS = 4000;

/**
 * Milliseconds from one small try to the next while nothing is taken: 2 to 4 s, so that a recovery is noticed within 5 s. Five
 * thousand agents make 1,700 tries a second, spread evenly.
 */
export function tryAgain(random: () => number): number {
  return TRY_FIRST_MS + random() * (TRY_LAST_MS - TRY_FIRST_MS);
}

const RISE_FIRST_MS = 800;
const RISE_LAST_MS = 15_000;

/**
 * Waits that never come near zero, for requests that may end at once after a good answer. Otherwise an agent could ask in a tight
 * loop, and five thousand agents would be an outage.
 */
export class Backoff {
  readonly #random: () => number;
  #tries = 0;

  /** @param random in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Milliseconds: 0.8 to 1.6 s at first, doubled each time, 15 to 30 s in the end. */
  next(): number {
    const step = Math.min(RISE_LAST_MS, RISE_FIRST_MS * 2 ** Math.min(this.#tries++, 10));
    return step * (1 + this.#random());
  }

  reset(): void {
    this.#tries = 0;
  }
}

/** Milliseconds before try number `attempt` where a try costs little: soon at first, and within 4 s of a recovery always. */
export function soon(attempt: number, random: () => number): number {
  return Math.min(fullJitter(attempt, random), tryAgain(random));
}

/** Waits, or rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
