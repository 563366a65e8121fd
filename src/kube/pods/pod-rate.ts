/** The annotation `podferry.io/rate`: how much a container of the pod may ship. A pod may ask for less than the operator lets it have. */
import type { RateLimit } from '../../types.ts';
import { RATE_MEMBERS, rateOf } from '../../util/rate-members.ts';

const MEMBER = /^(records|bytes|burst)\s*=\s*(\S{1,16})$/;
/** Characters: no value that counts is longer. */
const LONGEST = 80;

/** Which values count. */
export const RATE_TAKES =
  'records=100, bytes=1MiB, burst=10s: records or bytes a second, or both, and a burst of 1s to 60s';

/** Reads `records=100, bytes=1MiB, burst=10s`; undefined: it is something else. */
export function podRate(value: string): RateLimit | undefined {
  if (value.length > LONGEST) return undefined;
  const members = new Map<string, string>();
  for (const part of value.split(',')) {
    const [, name, text] = MEMBER.exec(part.trim()) ?? [];
    if (name === undefined || text === undefined || members.has(name)) return undefined;
    members.set(name, text);
  }
  if (!members.has('records') && !members.has('bytes')) return undefined;
  const read = (name: keyof typeof RATE_MEMBERS): number | undefined => {
    const text = members.get(name);
    return text === undefined ? undefined : RATE_MEMBERS[name].read({ at: '', value: text }, name, () => undefined);
  };
  const [records, bytes, burst] = [read('records'), read('bytes'), read('burst')];
  const isWrong = members.size > [records, bytes, burst].filter((each) => each !== undefined).length;
  return isWrong ? undefined : rateOf(records, bytes, burst);
}

/** Both limits at once; undefined: there is none. */
export function stricter(a: RateLimit | undefined, b: RateLimit | undefined): RateLimit | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    records: Math.min(a.records, b.records),
    bytes: Math.min(a.bytes, b.bytes),
    burst: Math.min(a.burst, b.burst),
  };
}
