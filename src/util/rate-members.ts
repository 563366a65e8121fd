/** The members of a rate, for rules and annotations alike: how much a container may ship a second, and over how long that is counted. */
import type { RateLimit } from '../types.ts';
import { duration, int, size } from './setting-kinds.ts';

export const RATE_MEMBERS = {
  records: int('', 1, 1_000_000, ''),
  bytes: size('', 1, 1024 ** 3, ''),
  /** Milliseconds. */
  burst: duration('', 1000, 60_000, ''),
};

const BURST_MS = 10_000;

/** The limit that these members ask for; what is not given limits nothing, and the burst is ten seconds. */
export function rateOf(records = Infinity, bytes = Infinity, burstMs = BURST_MS): RateLimit {
  return { records, bytes, burst: Math.ceil(burstMs / 1000) };
}
