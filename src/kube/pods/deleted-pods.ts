/**
 * Pods that are gone and whose last lines may still be on disk: kept for an hour, and only so many. What is over goes from the
 * namespace that has most of them, so that a tenant who makes and deletes thousands of pods makes none of another be forgotten.
 */
import type { Entry } from './stored-pod.ts';

interface Kept {
  readonly entry: Entry;
  readonly since: number;
}

const MOST = 500;
const KEPT_MS = 60 * 60_000;
/** Of the facts of one as JSON, as much as a document carries of them. */
const MOST_CHARS = 32 * 1024;

export class Gone {
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

  get(directory: string): Entry | undefined {
    this.#expire();
    return this.#kept.get(directory)?.entry;
  }

  /** The first that went first. */
  values(): Entry[] {
    this.#expire();
    return [...this.#kept.values()].map(({ entry }) => entry);
  }

  delete(directory: string): void {
    this.#kept.delete(directory);
  }

  add(entry: Entry): void {
    this.#kept.delete(entry.directory);
    if (entry.text.length > MOST_CHARS) return;
    this.#kept.set(entry.directory, { entry, since: this.#now() });
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
    for (const { entry } of this.#kept.values()) {
      const { namespace } = entry.pod;
      const count = (counts.get(namespace) ?? 0) + 1;
      counts.set(namespace, count);
      if (count > (counts.get(largest) ?? 0)) largest = namespace;
    }
    for (const [directory, { entry }] of this.#kept) {
      if (entry.pod.namespace !== largest) continue;
      this.#kept.delete(directory);
      return;
    }
  }
}
