/**
 * Labels of the namespaces that have pods here, if the operator asked for them. Each is fetched by name when its first pod is
 * seen and again every quarter of an hour; a watch of all namespaces from every node would cost the API server a stream per
 * node and an event per node for every change anywhere.
 */
import { LRUCache } from 'lru-cache';
import type { Log } from '../types.ts';
import type { Api } from './api/api.ts';
import { asApiError } from './api/apierror.ts';
import { asObject, stringMembers } from '../util/json.ts';

export interface NamespaceOptions {
  readonly api: Api;
  readonly log: Log;
  /** Labels changed. */
  readonly changed: () => void;
  /** Default 15 min. */
  readonly ttlMs?: number | undefined;
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

interface Known {
  readonly labels: Readonly<Record<string, string>>;
  readonly text: string;
  readonly staleAt: number;
}

const TTL_MS = 15 * 60_000;
const MOST = 1000;
/** After a failure, of which there is only one word in the log. */
const RETRY_MS = 60_000;

export class Namespaces {
  readonly #options: NamespaceOptions;
  readonly #known = new LRUCache<string, Known>({ max: MOST });
  readonly #wanted = new Set<string>();
  readonly #stop = new AbortController();
  #fetching: Promise<void> | undefined;

  constructor(options: NamespaceOptions) {
    this.#options = options;
  }

  /** undefined: not known, or not yet. */
  labels(namespace: string): Readonly<Record<string, string>> | undefined {
    return this.#known.get(namespace)?.labels;
  }

  /** It was asked for, whatever the answer was. */
  settled(namespace: string): boolean {
    return this.#known.has(namespace);
  }

  /** Fetches what is unknown or stale, one after the other. Returns at once. */
  want(namespaces: Iterable<string>): void {
    const now = this.#options.now();
    for (const namespace of namespaces) {
      if ((this.#known.peek(namespace)?.staleAt ?? 0) <= now) this.#wanted.add(namespace);
    }
    this.#fetching ??= this.#fetchAll().finally(() => (this.#fetching = undefined));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#fetching;
  }

  async #fetchAll(): Promise<void> {
    for (const namespace of this.#wanted) {
      if (this.#stop.signal.aborted) return;
      await this.#fetch(namespace);
      this.#wanted.delete(namespace);
    }
  }

  async #fetch(namespace: string): Promise<void> {
    const { api, log, now, random, changed } = this.#options;
    const before = this.#known.get(namespace);
    // An answer is as old as the question.
    const asked = now();
    let labels = before?.labels ?? {};
    let lifeMs = (this.#options.ttlMs ?? TTL_MS) * (1 + random() / 5);
    try {
      // At version 0: from the server's cache.
      const found = await api.get(
        `/api/v1/namespaces/${encodeURIComponent(namespace)}`,
        { resourceVersion: 0 },
        this.#stop.signal,
      );
      labels = stringMembers(asObject(asObject(found)['metadata'])['labels']);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const { trouble, message, status } = asApiError(error, false);
      lifeMs = Math.min(lifeMs, RETRY_MS * (1 + random()));
      if (status !== 404) {
        log.throttled(
          `namespaces ${trouble}`,
          `labels of the namespace ${namespace} cannot be had (${message}): documents go without new ones. ` +
            (trouble === 'forbidden'
              ? 'Missing permission: give the service account of podferry get on namespaces, or set kubernetes.namespace_labels to false.'
              : 'podferry tries again.'),
        );
      }
    }
    const text = JSON.stringify(labels);
    this.#known.set(namespace, { labels, text, staleAt: asked + lifeMs });
    if (text !== (before?.text ?? '{}')) changed();
  }
}
