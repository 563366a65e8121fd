/**
 * Pods that are gone and whose last lines may still be on disk: kept for an hour, and only so many. What is over goes from the
 * namespace that has most of them, so that a tenant who makes and deletes thousands of pods makes none of another be forgotten.
 */
import type { StoredPod } from './stored-pod.ts';

interface Kept {
  readonly stored: StoredPod;
  readonly since: number;
}

const MOST = 500;
const KEPT_MS = 60 * 60_000;
/** Of the facts of one as JSON, as much as a document carries of them. */
const MOST_CHARS = 32 * 1024;

export class DeletedPods {
  /** By the directory each spoke for, the first that went first. */
  readonly #kept = new Map<string, Kept>();
  readonly #now: () => number;

  /** @param now milliseconds, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    this.#expire();
    return this.#kept.size;
  }

  get(directory: string): StoredPod | undefined {
    this.#expire();
    return this.#kept.get(directory)?.stored;
  }

  /** The first that went first. */
  values(): StoredPod[] {
    this.#expire();
    return [...this.#kept.values()].map(({ stored }) => stored);
  }

  delete(directory: string): void {
    this.#kept.delete(directory);
  }

  add(stored: StoredPod): void {
    this.#kept.delete(stored.directory);
    if (stored.text.length > MOST_CHARS) return;
    this.#kept.set(stored.directory, { stored, since: this.#now() });
    if (this.#kept.size > MOST) this.#forgetOne();
  }

  #expire(): void {
    const before = this.#now() - KEPT_MS;
    for (const [directory, { since }] of this.#kept) {
      if (since > before) return;
      this.#kept.delete(directory);
    }
  }

  /** Of the largest namespace the one that went first. */
  #forgetOne(): void {
    const counts = new Map<string, number>();
    let largest = '';
    for (const { stored } of this.#kept.values()) {
      const { namespace } = stored.pod;
      const count = (counts.get(namespace) ?? 0) + 1;
      counts.set(namespace, count);
      if (count > (counts.get(largest) ?? 0)) largest = namespace;
    }
    for (const [directory, { stored }] of this.#kept) {
      if (stored.pod.namespace !== largest) continue;
      this.#kept.delete(directory);
      return;
    }
  }
}
