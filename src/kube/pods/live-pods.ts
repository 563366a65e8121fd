/**
 * The pods that exist now, and which of them speaks for which log directory. A pod always speaks for the directory of its own
 * uid, and a static pod for the one called by its hash as well; the first goes over the second.
 */
import { ownDirectory } from './claim.ts';
import type { Entry } from './stored-pod.ts';

export class Speakers {
  readonly #own = new Map<string, Entry>();
  /** Static pods, by the directory called by their hash. */
  readonly #mirrors = new Map<string, Entry>();
  /** All that claim a uid, as their own or as a hash. More than one: somebody is mistaken, or lies. */
  readonly #claimants = new Map<string, Set<Entry>>();

  get size(): number {
    return this.#own.size;
  }

  /** @param own from ownDirectory() */
  get(own: string): Entry | undefined {
    return this.#own.get(own);
  }

  keys(): Iterable<string> {
    return this.#own.keys();
  }

  values(): Iterable<Entry> {
    return this.#own.values();
  }

  /** @param key from directoryKey() */
  find(key: string): Entry | undefined {
    return this.#own.get(key) ?? this.#mirrors.get(key);
  }

  /** Those whose own uid it is. The API server gives a uid once; a file of pods may say what it likes. */
  withUid(uid: string): Entry[] {
    return [...(this.#claimants.get(uid) ?? [])].filter(({ pod }) => pod.uid === uid);
  }

  /** Adds a pod, or replaces what was known of it. Of a static pod whose mirror was made anew the later one speaks. */
  add(entry: Entry): void {
    const own = ownDirectory(entry.pod);
    this.remove(own);
    this.#own.set(own, entry);
    if (entry.directory !== own) this.#mirrors.set(entry.directory, entry);
    for (const uid of uids(entry)) {
      const claimants = this.#claimants.get(uid);
      if (claimants === undefined) this.#claimants.set(uid, new Set([entry]));
      else claimants.add(entry);
    }
  }

  /** @param own from ownDirectory() */
  remove(own: string): void {
    const entry = this.#own.get(own);
    if (entry === undefined) return;
    this.#own.delete(own);
    if (this.#mirrors.get(entry.directory) === entry) this.#mirrors.delete(entry.directory);
    for (const uid of uids(entry)) {
      const claimants = this.#claimants.get(uid);
      claimants?.delete(entry);
      if (claimants?.size === 0) this.#claimants.delete(uid);
    }
  }

  /** Another pod that claims a uid which this one claims. Two mirrors of one static pod are no rivals. */
  rival(entry: Entry): { uid: string; pod: Entry['pod'] } | undefined {
    for (const uid of uids(entry)) {
      for (const { pod } of this.#claimants.get(uid) ?? []) {
        const sameName = pod.namespace === entry.pod.namespace && pod.name === entry.pod.name;
        if (!sameName || (pod.uid !== entry.pod.uid && (pod.uid === uid || entry.pod.uid === uid))) return { uid, pod };
      }
    }
    return undefined;
  }
}

/** What the pod claims: its own uid and, of a static pod, the hash. */
function uids({ pod, directory }: Entry): string[] {
  return directory === ownDirectory(pod) || pod.mirror === undefined ? [pod.uid] : [pod.uid, pod.mirror];
}
