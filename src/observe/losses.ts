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
    const { key, namespace, pod, container, restart, path } = log;
    const loss = this.#byKey.get(key) ?? { key, namespace, pod, container, restart, path, bytes: {}, last: '' };
    loss.bytes[reason] = (loss.bytes[reason] ?? 0) + bytes;
    loss.last = new Date(this.#now()).toISOString();
    this.#byKey.set(key, loss);
  }

  /** The latest first. */
  list(): Loss[] {
    return [...this.#byKey.values()];
  }
}
