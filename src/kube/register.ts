/**
 * The pods of this node by the uid in the name of their log directory; those that are gone stay for a while, since their last
 * lines may be read long after. Never found by name: the db-0 of a StatefulSet today is not the db-0 of yesterday.
 */
import { LRUCache } from 'lru-cache';
import { directoryUid, podFacts, type PodFacts } from './podfacts.ts';
import type { PodNews } from './listwatch.ts';
import { podWishes, type BadWish, type PodWishes } from './wishes.ts';

/** A pod as it is known now. Replaced, never changed. */
export interface Entry {
  readonly pod: PodFacts;
  /** JSON of it: two that are equal render equally. */
  readonly text: string;
  readonly wishes: PodWishes;
}

export interface RegisterOptions {
  /** Keys of the annotations to keep. */
  readonly annotations: readonly string[];
  /** A pod is new or has changed in something that is rendered. */
  readonly changed: (pod: PodFacts) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

const GONE_MOST = 500;
const GONE_MS = 60 * 60_000;
const BAD_SHOWN = 50;

export class Register implements PodNews {
  /** Annotations whose value could not be used, counted with every change of their pod. */
  badWishes = 0;

  readonly #options: RegisterOptions;
  readonly #live = new Map<string, Entry>();
  readonly #gone: LRUCache<string, Entry>;
  /** Those of #live that the list under way has not named yet. */
  #unlisted = new Set<string>();

  constructor(options: RegisterOptions) {
    this.#options = options;
    this.#gone = new LRUCache({ max: GONE_MOST, ttl: GONE_MS, ttlResolution: 0, perf: { now: options.now } });
  }

  get pods(): number {
    return this.#live.size;
  }

  get gone(): number {
    return this.#gone.size;
  }

  /** @param uid from the path of a log */
  find(uid: string): Entry | undefined {
    return this.#live.get(uid) ?? this.#gone.get(uid);
  }

  namespaces(): Set<string> {
    return new Set([...this.#live.values()].map(({ pod }) => pod.namespace));
  }

  /** What a snapshot is made of: the gone ones first, so that they are the first to be forgotten. */
  texts(): string[] {
    return [...this.#gone.values(), ...this.#live.values()].map(({ text }) => text);
  }

  /** The first of them. */
  bad(): BadWish[] {
    const bad: BadWish[] = [];
    for (const { wishes } of this.#live.values()) {
      if (bad.length < BAD_SHOWN) bad.push(...wishes.bad);
    }
    return bad.slice(0, BAD_SHOWN);
  }

  know(pod: PodFacts): void {
    const uid = directoryUid(pod);
    const text = JSON.stringify(pod);
    if (this.#live.get(uid)?.text === text) return;
    const wishes = podWishes(pod);
    this.#live.set(uid, { pod, text, wishes });
    this.#gone.delete(uid);
    this.badWishes += wishes.bad.length;
    this.#options.changed(pod);
  }

  listing(): void {
    this.#unlisted = new Set(this.#live.keys());
  }

  seen(json: unknown): void {
    const pod = podFacts(json, this.#options.annotations);
    if (pod === undefined) return;
    this.know(pod);
    this.#unlisted.delete(directoryUid(pod));
  }

  deleted(json: unknown): void {
    const pod = podFacts(json, this.#options.annotations);
    if (pod === undefined) return;
    const uid = directoryUid(pod);
    // The mirror of a static pod may be made anew before the old one is gone: their directory is the same.
    if (this.#live.get(uid)?.pod.uid !== pod.uid) return;
    this.know(pod);
    this.#bury(uid);
  }

  listed(): void {
    for (const uid of this.#unlisted) this.#bury(uid);
    this.#unlisted.clear();
  }

  #bury(uid: string): void {
    const entry = this.#live.get(uid);
    if (entry === undefined) return;
    this.#live.delete(uid);
    this.#gone.set(uid, entry);
  }
}
