/** Writes the ECS members that a line has, as nested objects in the order of ecs-names.ts. */
import type { Buffer } from 'node:buffer';
import { paste, Words } from './bytes.ts';
import { CREATED, DURATION, FILE, INTEGER_VALUE, TARGETS } from './ecs-names.ts';
import { escape, escapeLossy } from './escape.ts';
import type { JsonSaid } from './json-said.ts';
import type { TextSaid } from './text/said.ts';

/** The first ones are members of `log`, which is open already. */
const LOG_COUNT = TARGETS.findIndex(({ path }) => !path.startsWith('log.'));
const LOG_MASK = (1 << LOG_COUNT) - 1;

const PARTS = TARGETS.map(({ path }, t) => (t < LOG_COUNT ? path.split('.').slice(1) : path.split('.')));
/** By two targets: how many parts they have in common. */
const SHARED = PARTS.map((a) =>
  PARTS.map((b) => {
    let n = 0;
    while (n < a.length - 1 && n < b.length - 1 && a[n] === b[n]) n++;
    return n;
  }),
);

/** By target: whether its value is written without quotes. */
const IS_NUMBER = TARGETS.map(({ value }) => value === INTEGER_VALUE);

/** The same, and of texts that hold nothing that JSON escapes (text/said.ts). */
const IS_PLAIN = TARGETS.map(({ path }, t) => IS_NUMBER[t]! || /^(client.ip|http.request.method)$/.test(path));

const quoteOf = (t: number): string => (IS_NUMBER[t] ? '' : '"');
/** By target: what is written behind its value if it is the last one. */
const BEHIND = PARTS.map((parts, t) => new Words(quoteOf(t) + '}'.repeat(parts.length - 1)));
/** By two targets, and behind the last for none: what is written behind the value of the first and before that of the second. */
const BETWEEN = [...PARTS, []].map((before, last) =>
  PARTS.map((parts, t) => {
    const shared = before.length === 0 ? 0 : SHARED[last]![t]!;
    const names = parts.slice(shared).map((part) => `"${part}":`);
    const end = before.length === 0 ? '' : quoteOf(last) + '}'.repeat(before.length - 1 - shared);
    return new Words(`${end},${names.join('{')}${quoteOf(t)}`);
  }),
);

/** Bound on the bytes that putLog() and putEcs() write besides the values. */
export const ECS_BYTES = PARTS.flat().reduce((n, part) => n + part.length + 6, 0) + 2 * TARGETS.length;

/** Writes the members of `log` that a JSON line has: `,"logger":…`. Answers where it ended. */
export function putLog(said: JsonSaid, bytes: Buffer, out: Buffer, o: number): number {
  return put(said, said.found & LOG_MASK, bytes, out, o);
}

/** Writes all others: `,"client":{"ip":…},…`. */
export function putEcs(said: JsonSaid, bytes: Buffer, out: Buffer, o: number): number {
  return put(said, said.found & ~LOG_MASK, bytes, out, o);
}

/** The same as putLog() for a line of text; `valid`: it is UTF-8. */
export function putTextLog(said: TextSaid, valid: boolean, out: Buffer, o: number): number {
  return putText(said, said.found & LOG_MASK, valid, out, o);
}

/** The same as putEcs() for a line of text. */
export function putTextEcs(said: TextSaid, valid: boolean, out: Buffer, o: number): number {
  return putText(said, said.found & ~LOG_MASK, valid, out, o);
}

function put(said: JsonSaid, targets: number, bytes: Buffer, out: Buffer, o: number): number {
  if (targets === 0) return o;
  let last = TARGETS.length;
  for (let rest = targets; rest !== 0; rest &= rest - 1) {
    const t = 31 - Math.clz32(rest & -rest);
    o = BETWEEN[last]![t]!.put(out, o);
    last = t;
    // The places of texts are those of their quotes. The file of a place such as `main.go:12` has none behind it.
    const quote = IS_NUMBER[t] ? 0 : 1;
    const to = said.to[t]! - (t === FILE && said.cutFile ? 0 : quote);
    o = paste((said.made & (1 << t)) === 0 ? bytes : said.madeBytes, said.from[t]! + quote, to, out, o);
  }
  return BEHIND[last]!.put(out, o);
}

function putText(said: TextSaid, targets: number, valid: boolean, out: Buffer, o: number): number {
  if (targets === 0) return o;
  const { bytes } = said;
  let last = TARGETS.length;
  for (let rest = targets; rest !== 0; rest &= rest - 1) {
    const t = 31 - Math.clz32(rest & -rest);
    o = BETWEEN[last]![t]!.put(out, o);
    last = t;
    const from = said.from[t]!;
    const to = said.to[t]!;
    if (t === CREATED || t === DURATION) o = paste(said.made, from, to, out, o);
    else if (IS_PLAIN[t]) for (let i = from; i < to; i++) out[o++] = bytes[i]!;
    else o = valid ? escape(bytes, from, to, out, o) : escapeLossy(bytes, from, to, out, o);
  }
  return BEHIND[last]!.put(out, o);
}
