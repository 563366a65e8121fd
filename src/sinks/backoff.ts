/**
 * How long to wait before trying again. A DaemonSet is one client per node: full jitter keeps thousands of them from
 * coming back in step.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Milliseconds before try number `attempt` (0 = the first repeat): anywhere in [0, 500 ms doubled per attempt, at most 30 s). */
export function fullJitter(attempt: number, random: () => number): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
}

/** Milliseconds to wait when only a person can help: 15 to 30 s, so that the cure is noticed soon and nobody is hammered. */
export function slow(random: () => number): number {
  return LONGEST_MS * (0.5 + random() / 2);
}

/** Waits, or rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
