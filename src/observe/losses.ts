/**
 * Who lost what, for /status: bytes by container log and reason. The counters say that something was lost and the gap documents
 * where; this says whose it was while nothing can be shipped.
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
  /** Places where lines that nobody saw may be missing. */
  unseen_gaps: number;
  /** When it lost something last, RFC 3339. */
  last: string;
}

/** So many container logs are remembered: those that lost something last. */
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

  /** Lines of this log that nobody saw may be missing. */
  unseen(log: ContainerLog): void {
    this.#of(log).unseen_gaps++;
  }

  /** The loss of this log, which is the latest now. */
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
