/**
 * Pods that were deleted and whose last lines may still be on disk: kept for an hour, at most 500. When there are more, the
 * namespace with most of them loses its oldest one: a tenant who makes and deletes thousands of pods displaces only their own.
 */
import type { StoredPod } from './stored-pod.ts';

interface Kept {
  readonly stored: StoredPod;
  /** When it was deleted, by the clock given. */
  readonly since: number;
}

const MOST = 500;
const KEPT_MS = 60 * 60_000;
/** A pod with more facts (characters of JSON) is not kept. A document carries at most as much of them. */
const MOST_CHARS = 32 * 1024;

export class DeletedPods {
  /** By the directory that belongs to each, the oldest first. */
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

  /** The pod that a directory belonged to. @param directory from directoryKey() */
  get(directory: string): StoredPod | undefined {
    this.#expire();
    return this.#kept.get(directory)?.stored;
  }

  /** The oldest first. */
  values(): StoredPod[] {
    this.#expire();
    return [...this.#kept.values()].map(({ stored }) => stored);
  }

  /** Forgets a pod whose directory belongs to a live one. */
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

  /** Forgets the oldest pod of the namespace that has most. */
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
