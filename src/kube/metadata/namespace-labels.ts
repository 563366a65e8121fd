/**
 * The labels of the namespaces that have pods on this node, if the operator wants them. Each namespace is fetched by its name when
 * its first pod is seen, and again every 15 minutes. A watch of all namespaces on every node would cost the API server a stream
 * per node, and an event per node for every change anywhere.
 */
import { LRUCache } from 'lru-cache';
import type { Log } from '../../types.ts';
import type { Api } from '../api/api.ts';
import { asApiError } from '../api/api-error.ts';
import { asObject, stringMembers } from '../../util/json.ts';

export interface NamespaceLabelsOptions {
  readonly api: Api;
  readonly log: Log;
  /** Called when labels changed. */
  readonly changed: () => void;
  /** Default 15 min. */
  readonly ttlMs?: number | undefined;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

interface Known {
  readonly labels: Readonly<Record<string, string>>;
  /** JSON of the labels. */
  readonly text: string;
  readonly staleAt: number;
}

const TTL_MS = 15 * 60_000;
const MOST = 1000;
/** The time to the next attempt after a failure. */
const RETRY_MS = 60_000;

export class NamespaceLabels {
  readonly #options: NamespaceLabelsOptions;
  readonly #known = new LRUCache<string, Known>({ max: MOST });
  readonly #wanted = new Set<string>();
  readonly #stop = new AbortController();
  #fetching: Promise<void> | undefined;

  constructor(options: NamespaceLabelsOptions) {
    this.#options = options;
  }

  /** The labels of a namespace; undefined if they are not known yet. */
  labels(namespace: string): Readonly<Record<string, string>> | undefined {
    return this.#known.get(namespace)?.labels;
  }

  /** The API answered for this namespace, with labels or with an error. */
  answered(namespace: string): boolean {
    return this.#known.has(namespace);
  }

  /** Fetches in the background the namespaces that are unknown or stale, one after the other. */
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
    // The age of an answer counts from the question.
    const asked = now();
    let labels = before?.labels ?? {};
    let lifeMs = (this.#options.ttlMs ?? TTL_MS) * (1 + random() / 5);
    try {
      // Version 0: the server may answer from its cache.
      const found = await api.get(
        `/api/v1/namespaces/${encodeURIComponent(namespace)}`,
        { resourceVersion: 0 },
        this.#stop.signal,
      );
      labels = stringMembers(asObject(asObject(found)['metadata'])['labels']);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const { kind, message, status } = asApiError(error, false);
      lifeMs = Math.min(lifeMs, RETRY_MS * (1 + random()));
      if (status !== 404) {
        log.throttled(
          `namespaces ${kind}`,
          `labels of the namespace ${namespace} cannot be read (${message}): documents carry those that are known, if any. ` +
            (kind === 'forbidden'
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
