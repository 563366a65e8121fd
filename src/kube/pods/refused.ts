/**
 * Claims of pods on logs that are not theirs: counted, and the latest kept for /status. They cost nobody anything, but
 * somebody may be trying to hide the logs of another. Anybody who may create pods can make many: so what is kept is bounded.
 */
import { LRUCache } from 'lru-cache';
import { beginning } from './bounds.ts';
import type { PodFacts } from './podfacts.ts';

/** A claim that is not believed. Others wrote the texts: they are shortened, and for JSON only. */
export interface RefusedClaim {
  /** `<namespace>/<pod>` */
  readonly pod: string;
  /** By what it claims a log, e.g. `kubernetes.io/config.mirror: 0123…`. */
  readonly claim: string;
  readonly reason: string;
}

const MOST = 50;
/** The longest names that Kubernetes allows fit. */
const NAME_CHARS = 320;
const CLAIM_CHARS = 120;

export class RefusedClaims {
  count = 0;

  readonly #latest = new LRUCache<string, RefusedClaim>({ max: MOST });
  readonly #tell: (claim: RefusedClaim) => void;

  constructor(tell: (claim: RefusedClaim) => void) {
    this.#tell = tell;
  }

  add(pod: PodFacts, claim: string, reason: string): void {
    const refused = { pod: podLabel(pod), claim: beginning(claim, CLAIM_CHARS), reason };
    this.count++;
    this.#latest.set(`${refused.pod} ${refused.claim}`, refused);
    this.#tell(refused);
  }

  /** The latest first. */
  list(): RefusedClaim[] {
    return [...this.#latest.values()];
  }
}

/** `<namespace>/<pod>`, bounded. */
export function podLabel({ namespace, name }: PodFacts): string {
  return beginning(`${namespace}/${name}`, NAME_CHARS);
}
