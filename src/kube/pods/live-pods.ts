/**
 * The pods that exist now, and the log directories that belong to them. The directory called by the uid that the API server gave
 * belongs to the pod in any case. To a static pod the directory called by its hash belongs as well, unless the first rule gives
 * that one to another pod.
 */
import { ownDirectory } from './claim.ts';
import type { StoredPod } from './stored-pod.ts';

export class LivePods {
  /** By ownDirectory(). */
  readonly #own = new Map<string, StoredPod>();
  /** Static pods, by the directory called by their hash. */
  readonly #mirrors = new Map<string, StoredPod>();
  /** The pods that claim a uid, as their own or as a hash. If there are several, some of them are wrong. */
  readonly #claimants = new Map<string, Set<StoredPod>>();

  get size(): number {
    return this.#own.size;
  }

  /** @param own from ownDirectory() */
  get(own: string): StoredPod | undefined {
    return this.#own.get(own);
  }

  /** The ownDirectory() of each. */
  keys(): Iterable<string> {
    return this.#own.keys();
  }

  values(): Iterable<StoredPod> {
    return this.#own.values();
  }

  /** The pod that a directory belongs to. @param key from directoryKey() */
  find(key: string): StoredPod | undefined {
    return this.#own.get(key) ?? this.#mirrors.get(key);
  }

  /** The pods whose own uid this is. The API server gives a uid once; a file of pods may repeat it. */
  withUid(uid: string): StoredPod[] {
    return [...(this.#claimants.get(uid) ?? [])].filter(({ pod }) => pod.uid === uid);
  }

  /** Adds a pod, or replaces what was known of it. If a static pod has two mirrors, its directory belongs to the later one. */
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

  /** Another pod that claims a uid which this one claims, and that uid. Two mirrors of one static pod are no such pair. */
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

/** What the pod claims: its own uid and, if it is static, the hash. */
function uids({ pod, directory }: StoredPod): string[] {
  return directory === ownDirectory(pod) || pod.mirror === undefined ? [pod.uid] : [pod.uid, pod.mirror];
}
