/**
 * Losses by container log and reason, for /status. The counters say that something was lost, and the gap documents say where.
 * While nothing can be shipped, only this says whose it was.
 */
import { LRUCache } from 'lru-cache';
import type { ContainerLog, LossReason } from '../types.ts';

/** What one container log lost since the start of the agent. */
export interface Loss {
  readonly key: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly restart: number;
  readonly path: string;
  readonly bytes: Partial<Record<LossReason, number>>;
  /** Gaps of unknown size: lines that nobody saw may be missing. */
  unseen_gaps: number;
  /** The time of the latest loss, RFC 3339. */
  last: string;
}

/** How many container logs are remembered: those with the latest losses. */
const MOST = 500;

export class Losses {
  readonly #byKey = new LRUCache<string, Loss>({ max: MOST });
  readonly #now: () => number;

  /** @param now wall clock, ms */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  add(reason: LossReason, bytes: number, log: ContainerLog): void {
    const loss = this.#of(log);
    loss.bytes[reason] = (loss.bytes[reason] ?? 0) + bytes;
  }

  /** Counts a gap of unknown size: lines of this log that nobody saw may be missing. */
  unseen(log: ContainerLog): void {
    this.#of(log).unseen_gaps++;
  }

  /** The loss of this log. It becomes the latest one. */
  #of({ key, namespace, pod, container, restart, path }: ContainerLog): Loss {
    const known = this.#byKey.get(key);
    const loss = known ?? { key, namespace, pod, container, restart, path, bytes: {}, unseen_gaps: 0, last: '' };
    loss.last = new Date(this.#now()).toISOString();
    this.#byKey.set(key, loss);
    return loss;
  }

  /** The latest first. */
  list(): Loss[] {
    return [...this.#byKey.values()];
  }
}
