/** One container's directory under podsDir, as the sweep and the inspector know it. Plain data. */
import type { Chain } from '../tail/chain.ts';
import type { PodName } from './logpath.ts';

export interface Directory {
  readonly path: string;
  readonly pod: PodName;
  readonly container: string;
  /** Its logs, by restart. */
  readonly chains: Map<number, Chain>;
  /** Its modification time at the last listing, and when that was (ms). -1: never listed. */
  mtimeMs: number;
  listedAt: number;
  hasLinks: boolean;
  gone: boolean;
  /** Something in it is to be tried again then (ms); how often that has been so in a row. */
  retryAt: number;
  retries: number;
  /** Names at which no log lies, said already. */
  readonly odd: Set<string>;
  /** Paths of logs that the last listing found and that are not held, and why. */
  readonly unseen: Map<string, string>;
  /** Why it could not be listed; '' if it could. */
  trouble: string;
}

export function newDirectory(path: string, pod: PodName, container: string): Directory {
  return {
    path,
    pod,
    container,
    chains: new Map(),
    mtimeMs: -1,
    listedAt: 0,
    hasLinks: false,
    gone: false,
    retryAt: 0,
    retries: 0,
    odd: new Set(),
    unseen: new Map(),
    trouble: '',
  };
}
