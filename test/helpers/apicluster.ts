/**
 * What a Kubernetes API server knows: pods with versions, the history of their changes until it is compacted, and lists that
 * are handed out page by page. The server in apiserver.ts makes HTTP of it.
 */

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

export interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Json;
  readonly before: Json;
}

export interface Page {
  readonly items: Json[];
  readonly metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

export class ApiCluster {
  /** By name. */
  readonly namespaces = new Map<string, Json>();
  /** Told of every change. */
  changed: (change: Change) => void = () => {};

  readonly #pods = new Map<string, Json>();
  readonly #history: Change[] = [];
  readonly #pages = new Map<string, { version: number; left: Json[] }>();
  #version = 1000;
  #compactedAt = 0;
  #tokens = 0;

  get version(): string {
    return String(this.#version);
  }

  /** Adds the pod, or replaces the one with its namespace and name. */
  put(pod: Json): void {
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const before = this.#pods.get(key);
    const object = structuredClone(pod);
    this.#pods.set(key, object);
    this.#happened(before === undefined ? 'ADDED' : 'MODIFIED', object, before);
  }

  delete(namespace: string, name: string): void {
    const before = this.#pods.get(`${namespace}/${name}`);
    if (before === undefined) throw new Error(`no pod ${namespace}/${name}`);
    this.#pods.delete(`${namespace}/${name}`);
    this.#happened('DELETED', structuredClone(before), before);
  }

  putNamespace(name: string, labels: Record<string, string>): void {
    const metadata = { name, labels, resourceVersion: String(++this.#version) };
    this.namespaces.set(name, { apiVersion: 'v1', kind: 'Namespace', metadata });
  }

  /** Something else in the cluster: the version goes up, and nobody who watches pods hears of it. */
  elsewhere(): void {
    this.#version++;
  }

  /** Forgets the history, as etcd does after five minutes: older versions and continue tokens are gone. */
  compact(): void {
    this.#history.length = 0;
    this.#compactedAt = this.#version;
  }

  /** The changes after a version; 'expired' if the history does not reach back so far. */
  since(version: number): readonly Change[] | 'expired' {
    if (version < this.#compactedAt) return 'expired';
    return this.#history.filter((change) => change.version > version);
  }

  /**
   * A page of a list, as things were when its first page was asked for.
   * @param token from the page before; undefined for the first
   */
  list(node: string | undefined, limit: number, token: string | undefined): Page | 'expired' {
    const now = { version: this.#version, left: [...this.#pods.values()].filter((pod) => isOn(pod, node)) };
    const from = token === undefined ? now : this.#pages.get(token);
    if (from === undefined || (token !== undefined && from.version < this.#compactedAt)) return 'expired';
    const items = from.left.slice(0, limit);
    const left = from.left.slice(items.length);
    const metadata: Page['metadata'] = { resourceVersion: String(from.version) };
    if (left.length > 0) {
      metadata.continue = `token-${++this.#tokens}`;
      metadata.remainingItemCount = left.length;
      this.#pages.set(metadata.continue, { version: from.version, left });
    }
    return { items, metadata };
  }

  #happened(type: Change['type'], object: Json, before: Json): void {
    object.metadata.resourceVersion = String(++this.#version);
    const change = { version: this.#version, type, object, before };
    this.#history.push(change);
    this.changed(change);
  }
}

/** @param node undefined: any */
export function isOn(pod: Json, node: string | undefined): boolean {
  return pod !== undefined && (node === undefined || pod.spec?.nodeName === node);
}
