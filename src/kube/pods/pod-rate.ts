/** The annotation `podferry.io/rate`: how much a container of the pod may ship. A pod may ask for less than the operator lets it have. */
import type { RateLimit } from '../../types.ts';
import { parseDuration, parseSize } from '../../util/units.ts';

const MEMBER = /^(records|bytes|burst)\s*=\s*(\S{1,16})$/;
/** Characters: no value that counts is longer. */
const LONGEST = 80;
const MOST_RECORDS = 1_000_000;
const MOST_BYTES = 1024 ** 3;
const MOST_BURST_MS = 60_000;
const BURST_MS = 10_000;

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
  const read = (
    name: string,
    parse: (text: string) => number | undefined,
    least: number,
    most: number,
    else_: number,
  ) => {
    const text = members.get(name);
    if (text === undefined) return else_;
    const number = parse(text);
    return number !== undefined && number >= least && number <= most ? number : undefined;
  };
  const records = read('records', (text) => (/^\d+$/.test(text) ? Number(text) : undefined), 1, MOST_RECORDS, Infinity);
  const bytes = read('bytes', parseSize, 1, MOST_BYTES, Infinity);
  const burst = read('burst', parseDuration, 1000, MOST_BURST_MS, BURST_MS);
  if (records === undefined || bytes === undefined || burst === undefined) return undefined;
  return { records, bytes, burst: Math.ceil(burst / 1000) };
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
