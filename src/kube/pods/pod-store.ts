/**
 * The pods of this node by the log directory that belongs to each (claim.ts). Deleted pods stay for a while, since their last
 * lines may be read later. A pod is never found by its name alone: the db-0 of a StatefulSet today is not the db-0 of yesterday.
 * It is never found by its uid alone: anybody may claim one.
 */
import { claimOf, directoryKey, isBare, ownDirectory, type LogDirectory } from './claim.ts';
import { DeletedPods } from './deleted-pods.ts';
import { LivePods } from './live-pods.ts';
import { MIRROR, podFacts, type PodFacts } from './pod-facts.ts';
import { annotationOverrides, type BadAnnotation, type ForbiddenBy } from './pod-overrides.ts';
import { podLabel, type RefusedClaims } from './refused-claims.ts';
import type { StoredPod } from './stored-pod.ts';
import type { PodEvents } from '../watch/list-watch.ts';

export interface PodStoreOptions {
  /** This node, as the API calls it. Undefined: not known, the pods are from a file. */
  readonly node: string | undefined;
  /** Keys of the annotations to keep. */
  readonly annotations: readonly string[];
  /** Which overrides the operator does not allow pods to ask for. */
  readonly forbiddenBy: ForbiddenBy;
  readonly refused: RefusedClaims;
  /** Told of an annotation with a wrong key or value, of a pod that is new or whose wrong annotation is another one. */
  readonly wrong: (annotation: BadAnnotation) => void;
  /** Called with a pod that is new or has changed in something that is rendered. */
  readonly changed: (pod: PodFacts) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** How many bad annotations /status shows. */
const BAD_SHOWN = 50;

export class PodStore implements PodEvents {
  /** Annotations that were ignored, counted with every change of their pod. */
  badAnnotations = 0;

  readonly #options: PodStoreOptions;
  readonly #live = new LivePods();
  readonly #deleted: DeletedPods;
  /** The live pods that the list under way has not named yet, by ownDirectory(). */
  #unlisted = new Set<string>();

  constructor(options: PodStoreOptions) {
    this.#options = options;
    this.#deleted = new DeletedPods(options.now);
  }

  /** How many pods exist. */
  get pods(): number {
    return this.#live.size;
  }

  /** How many deleted pods are kept. */
  get deletedPods(): number {
    return this.#deleted.size;
  }

  /** The pod that a log belongs to, by everything that the name of its directory says. */
  find(log: LogDirectory): StoredPod | undefined {
    if (isBare(log)) return this.#findByUid(log.uid);
    const key = directoryKey(log);
    return this.#live.find(key) ?? this.#deleted.get(key);
  }

  /** The namespaces of the pods that exist. */
  namespaces(): Set<string> {
    return new Set([...this.#live.values()].map(({ pod }) => pod.namespace));
  }

  /** What a snapshot holds. Deleted pods come first, so that the next run forgets them first. */
  texts(): string[] {
    return [...this.#deleted.values(), ...this.#live.values()].map(({ text }) => text);
  }

  /** The bad annotations of the pods that exist, for /status: at most 50. */
  badAnnotationList(): BadAnnotation[] {
    const bad: BadAnnotation[] = [];
    for (const { overrides } of this.#live.values()) {
      if (bad.length < BAD_SHOWN) bad.push(...overrides.bad);
    }
    return bad.slice(0, BAD_SHOWN);
  }

  /** A pod exists and has these facts. */
  podKnown(pod: PodFacts): void {
    const text = JSON.stringify(pod);
    const former = this.#live.get(ownDirectory(pod));
    if (former?.text === text) return;
    const overrides = annotationOverrides(pod, this.#options.forbiddenBy);
    const { directory, refused } = claimOf(pod, this.#options.node);
    const stored = { pod, text, overrides, directory };
    this.#live.add(stored);
    this.#deleted.delete(directory);
    this.badAnnotations += overrides.bad.length;
    const { wrong } = overrides;
    const told = former?.overrides.wrong;
    if (wrong !== undefined && (wrong.annotation !== told?.annotation || wrong.value !== told.value))
      this.#options.wrong(wrong);
    // A claim is judged when it is new or has changed, and not again with every heartbeat of the pod.
    if (former === undefined || former.directory !== directory || former.pod.mirror !== pod.mirror) {
      if (refused !== undefined) this.#options.refused.add(pod, `${MIRROR}: ${pod.mirror}`, refused);
      else this.#reportOtherClaimant(stored);
    }
    this.#options.changed(pod);
  }

  listStarted(): void {
    this.#unlisted = new Set(this.#live.keys());
  }

  seen(json: unknown): void {
    const pod = podFacts(json, this.#options.annotations);
    if (pod === undefined) return;
    this.podKnown(pod);
    this.#unlisted.delete(ownDirectory(pod));
  }

  deleted(json: unknown): void {
    const pod = podFacts(json, this.#options.annotations);
    if (pod === undefined || this.#live.get(ownDirectory(pod)) === undefined) return;
    this.podKnown(pod);
    this.#podDeleted(ownDirectory(pod));
  }

  listCompleted(): void {
    for (const own of this.#unlisted) this.#podDeleted(own);
    this.#unlisted.clear();
  }

  /** @param own from ownDirectory() */
  #podDeleted(own: string): void {
    const stored = this.#live.get(own);
    if (stored === undefined) return;
    this.#live.remove(own);
    // The new mirror of a static pod may come before the old one is deleted. Both have the same directory.
    if (this.#live.find(stored.directory) === undefined) this.#deleted.add(stored);
  }

  /**
   * The pod of a directory whose name is a bare uid: the only pod to which the API server gave this uid. Static pods are never
   * found so: nothing in such a name says which of the pods that claim a hash is the right one.
   */
  #findByUid(uid: string): StoredPod | undefined {
    const deleted = this.#deleted.values().filter(({ pod }) => pod.uid === uid);
    const found = new Map([...deleted, ...this.#live.withUid(uid)].map((stored) => [ownDirectory(stored.pod), stored]));
    return found.size === 1 ? [...found.values()][0] : undefined;
  }

  /** Reports another pod that claims the same uid. Each of the two keeps the directory of its own name, and gets no other. */
  #reportOtherClaimant(stored: StoredPod): void {
    const other = this.#live.otherClaimant(stored);
    if (other === undefined) return;
    const claim = other.uid === stored.pod.uid ? `metadata.uid: ${other.uid}` : `${MIRROR}: ${other.uid}`;
    this.#options.refused.add(
      stored.pod,
      claim,
      `${podLabel(other.pod)} claims it too: only the log directory of its own namespace and name belongs to each`,
    );
  }
}
