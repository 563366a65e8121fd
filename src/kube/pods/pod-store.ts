/**
 * The pods of this node by the log directory they speak for (claim.ts); those that are gone stay for a while, since their last
 * lines may be read long after. Never found by name alone: the db-0 of a StatefulSet today is not the db-0 of yesterday; and
 * never by uid alone, which anybody may claim.
 */
import { claimOf, directoryKey, isBare, ownDirectory, type LogDirectory } from './claim.ts';
import type { StoredPod } from './stored-pod.ts';
import { DeletedPods } from './deleted-pods.ts';
import type { PodEvents } from '../watch/list-watch.ts';
import { MIRROR, podFacts, type PodFacts } from './pod-facts.ts';
import { podLabel, type RefusedClaims } from './refused-claims.ts';
import { LivePods } from './live-pods.ts';
import { annotationOverrides, type BadAnnotation, type ForbiddenBy } from './pod-overrides.ts';

export interface PodStoreOptions {
  /** Where we are, as the API calls it; undefined: not known, the pods are from a file. */
  readonly node: string | undefined;
  /** Keys of the annotations to keep. */
  readonly annotations: readonly string[];
  /** What the operator does not let pods ask for. */
  readonly forbiddenBy: ForbiddenBy;
  readonly refused: RefusedClaims;
  /** A pod is new or has changed in something that is rendered. */
  readonly changed: (pod: PodFacts) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

const BAD_SHOWN = 50;

export class PodStore implements PodEvents {
  /** Annotations whose value could not be used, counted with every change of their pod. */
  badAnnotations = 0;

  readonly #options: PodStoreOptions;
  readonly #live = new LivePods();
  readonly #deleted: DeletedPods;
  /** Those of #live that the list under way has not named yet. */
  #unlisted = new Set<string>();

  constructor(options: PodStoreOptions) {
    this.#options = options;
    this.#deleted = new DeletedPods(options.now);
  }

  get pods(): number {
    return this.#live.size;
  }

  get gone(): number {
    return this.#deleted.size;
  }

  /** The pod that speaks for a log: for its directory, by all that its name says. */
  find(log: LogDirectory): StoredPod | undefined {
    if (isBare(log)) return this.#withUid(log.uid);
    const key = directoryKey(log);
    return this.#live.find(key) ?? this.#deleted.get(key);
  }

  namespaces(): Set<string> {
    return new Set([...this.#live.values()].map(({ pod }) => pod.namespace));
  }

  /** What a snapshot is made of: the gone ones first, so that they are the first to be forgotten. */
  texts(): string[] {
    return [...this.#deleted.values(), ...this.#live.values()].map(({ text }) => text);
  }

  /** The first of them. */
  badAnnotationList(): BadAnnotation[] {
    const bad: BadAnnotation[] = [];
    for (const { overrides } of this.#live.values()) {
      if (bad.length < BAD_SHOWN) bad.push(...overrides.bad);
    }
    return bad.slice(0, BAD_SHOWN);
  }

  know(pod: PodFacts): void {
    const text = JSON.stringify(pod);
    const former = this.#live.get(ownDirectory(pod));
    if (former?.text === text) return;
    const overrides = annotationOverrides(pod, this.#options.forbiddenBy);
    const { directory, refused } = claimOf(pod, this.#options.node);
    const stored = { pod, text, overrides, directory };
    this.#live.add(stored);
    this.#deleted.delete(directory);
    this.badAnnotations += overrides.bad.length;
    // What a pod claims does not change with every heartbeat of it.
    if (former === undefined || former.directory !== directory || former.pod.mirror !== pod.mirror) {
      if (refused !== undefined) this.#options.refused.add(pod, `${MIRROR}: ${pod.mirror}`, refused);
      else this.#compare(stored);
    }
    this.#options.changed(pod);
  }

  listStarted(): void {
    this.#unlisted = new Set(this.#live.keys());
  }

  seen(json: unknown): void {
    const pod = podFacts(json, this.#options.annotations);
    if (pod === undefined) return;
    this.know(pod);
    this.#unlisted.delete(ownDirectory(pod));
  }

  deleted(json: unknown): void {
    const pod = podFacts(json, this.#options.annotations);
    if (pod === undefined || this.#live.get(ownDirectory(pod)) === undefined) return;
    this.know(pod);
    this.#bury(ownDirectory(pod));
  }

  listCompleted(): void {
    for (const own of this.#unlisted) this.#bury(own);
    this.#unlisted.clear();
  }

  #bury(own: string): void {
    const stored = this.#live.get(own);
    if (stored === undefined) return;
    this.#live.remove(own);
    // The mirror of a static pod may be made anew before the old one is gone: their directory is the same.
    if (this.#live.find(stored.directory) === undefined) this.#deleted.add(stored);
  }

  /**
   * The pod that speaks for a directory called by a bare uid: the only one that was given this uid. A hash speaks for none:
   * nothing in such a name says that a static pod which claims it is the right one.
   */
  #withUid(uid: string): StoredPod | undefined {
    const gone = this.#deleted.values().filter(({ pod }) => pod.uid === uid);
    const found = new Map([...gone, ...this.#live.withUid(uid)].map((stored) => [ownDirectory(stored.pod), stored]));
    return found.size === 1 ? [...found.values()][0] : undefined;
  }

  /** Tells of two pods that claim one uid. Each goes on speaking for the directory of its own name, and for no other. */
  #compare(stored: StoredPod): void {
    const other = this.#live.otherClaimant(stored);
    if (other === undefined) return;
    const claim = other.uid === stored.pod.uid ? `metadata.uid: ${other.uid}` : `${MIRROR}: ${other.uid}`;
    this.#options.refused.add(
      stored.pod,
      claim,
      `${podLabel(other.pod)} claims it too: each speaks only for the log directory of its own namespace and name`,
    );
  }
}
