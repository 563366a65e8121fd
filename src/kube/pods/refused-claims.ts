/**
 * Claims of pods on logs that are not theirs: counted, and the latest kept for /status. They change nothing for the log, but
 * somebody may be trying to hide the logs of another. Anybody who may create pods can make many, so only 50 are kept.
 */
import { LRUCache } from 'lru-cache';
import { beginning } from './bounds.ts';
import type { PodFacts } from './pod-facts.ts';

/** A claim that was refused. Others wrote the texts: they are shortened, and safe in JSON only. */
export interface RefusedClaim {
  /** `<namespace>/<pod>` */
  readonly pod: string;
  /** What the claim is made by, e.g. `kubernetes.io/config.mirror: 0123…`. */
  readonly claim: string;
  readonly reason: string;
}

const MOST = 50;
/** The longest names that Kubernetes allows fit. */
const NAME_CHARS = 320;
const CLAIM_CHARS = 120;

export class RefusedClaims {
  /** All claims so far. */
  count = 0;

  readonly #latest = new LRUCache<string, RefusedClaim>({ max: MOST });
  readonly #tell: (claim: RefusedClaim) => void;

  /** @param tell called with each claim that is refused */
  constructor(tell: (claim: RefusedClaim) => void) {
    this.#tell = tell;
  }

  /** A claim was refused. @param claim what it is made by */
  add(pod: PodFacts, claim: string, reason: string): void {
    const refused = { pod: podLabel(pod), claim: beginning(claim, CLAIM_CHARS), reason };
    this.count++;
    this.#latest.set(`${refused.pod} ${refused.claim}`, refused);
    this.#tell(refused);
  }

  /** The latest 50, the latest first. */
  list(): RefusedClaim[] {
    return [...this.#latest.values()];
  }
}

/** `<namespace>/<pod>`, at most 320 characters. */
export function podLabel({ namespace, name }: PodFacts): string {
  return beginning(`${namespace}/${name}`, NAME_CHARS);
}
