/**
 * The pods that exist now, and which of them speaks for which log directory. A pod always speaks for the directory of its own
 * uid, and a static pod for the one called by its hash as well; the first goes over the second.
 */
import { ownDirectory } from './claim.ts';
import type { StoredPod } from './stored-pod.ts';

export class LivePods {
  readonly #own = new Map<string, StoredPod>();
  /** Static pods, by the directory called by their hash. */
  readonly #mirrors = new Map<string, StoredPod>();
  /** All that claim a uid, as their own or as a hash. More than one: somebody is mistaken, or lies. */
  readonly #claimants = new Map<string, Set<StoredPod>>();

  get size(): number {
    return this.#own.size;
  }

  /** @param own from ownDirectory() */
  get(own: string): StoredPod | undefined {
    return this.#own.get(own);
  }

  keys(): Iterable<string> {
    return this.#own.keys();
  }

  values(): Iterable<StoredPod> {
    return this.#own.values();
  }

  /** @param key from directoryKey() */
  find(key: string): StoredPod | undefined {
    return this.#own.get(key) ?? this.#mirrors.get(key);
  }

  /** Those whose own uid it is. The API server gives a uid once; a file of pods may say what it likes. */
  withUid(uid: string): StoredPod[] {
    return [...(this.#claimants.get(uid) ?? [])].filter(({ pod }) => pod.uid === uid);
  }

  /** Adds a pod, or replaces what was known of it. Of a static pod whose mirror was made anew the later one speaks. */
  add(stored: StoredPod): void {
    const own = ownDirectory(stored.pod);
    this.remove(own);
    this.#own.set(own, stored);
    if (stored.directory !== own) this.#mirrors.set(stored.directory, stored);
    for (const uid of uids(stored)) {
      const claimants = this.#claimants.get(uid);
      if (claimants === undefined) this.#claimants.set(uid, new Set([stored]));
      else claimants.add(stored);
    }
  }

  /** @param own from ownDirectory() */
  remove(own: string): void {
    const stored = this.#own.get(own);
    if (stored === undefined) return;
    this.#own.delete(own);
    if (this.#mirrors.get(stored.directory) === stored) this.#mirrors.delete(stored.directory);
    for (const uid of uids(stored)) {
      const claimants = this.#claimants.get(uid);
      claimants?.delete(stored);
      if (claimants?.size === 0) this.#claimants.delete(uid);
    }
  }

  /** Another pod that claims a uid which this one claims. Two mirrors of one static pod are no rivals. */
  otherClaimant(stored: StoredPod): { uid: string; pod: StoredPod['pod'] } | undefined {
    for (const uid of uids(stored)) {
      for (const { pod } of this.#claimants.get(uid) ?? []) {
        const sameName = pod.namespace === stored.pod.namespace && pod.name === stored.pod.name;
        if (!sameName || (pod.uid !== stored.pod.uid && (pod.uid === uid || stored.pod.uid === uid)))
          return { uid, pod };
      }
    }
    return undefined;
  }
}

/** What the pod claims: its own uid and, of a static pod, the hash. */
function uids({ pod, directory }: StoredPod): string[] {
  return directory === ownDirectory(pod) || pod.mirror === undefined ? [pod.uid] : [pod.uid, pod.mirror];
}
