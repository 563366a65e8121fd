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

/** Milliseconds to wait when only a person can help: 15 to 30 s, soon enough to notice the remedy and without load. */
export function slow(random: () => number): number {
  return LONGEST_MS * (0.5 + random() / 2);
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

/** Waits, or rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
