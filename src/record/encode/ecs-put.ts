/** Writes the ECS members that a JSON line has, as nested objects in the order of ecs-names.ts. */
import { Buffer } from 'node:buffer';
import { paste } from './bytes.ts';
import { FILE, TARGETS } from './ecs-names.ts';
import type { JsonSaid } from './json-said.ts';

/** The first ones are members of `log`, which is open already. */
const LOG_COUNT = TARGETS.findIndex(({ path }) => !path.startsWith('log.'));
const LOG_MASK = (1 << LOG_COUNT) - 1;

const PARTS = TARGETS.map(({ path }, t) => (t < LOG_COUNT ? path.split('.').slice(1) : path.split('.')));
/** By target and by how many of its parts are open already: the rest of them, with their braces. */
const OPEN = PARTS.map((parts) =>
  parts.map((_, shared) =>
    Buffer.from(
      parts
        .slice(shared)
        .map((part) => `"${part}":`)
        .join('{'),
    ),
  ),
);
/** By two targets: how many parts they have in common. */
const SHARED = PARTS.map((a) =>
  PARTS.map((b) => {
    let n = 0;
    while (n < a.length - 1 && n < b.length - 1 && a[n] === b[n]) n++;
    return n;
  }),
);

/** Bound on the bytes that putEcs() writes besides the values. */
export const ECS_BYTES = PARTS.flat().reduce((n, part) => n + part.length + 6, 0);

/** Writes the members of `log`: `,"logger":…`. Answers where it ended. */
export function putLog(said: JsonSaid, bytes: Buffer, out: Buffer, o: number): number {
  return put(said, said.found & LOG_MASK, bytes, out, o);
}

/** Writes all others: `,"client":{"ip":…},…`. */
export function putEcs(said: JsonSaid, bytes: Buffer, out: Buffer, o: number): number {
  return put(said, said.found & ~LOG_MASK, bytes, out, o);
}

function put(said: JsonSaid, targets: number, bytes: Buffer, out: Buffer, o: number): number {
  let last = -1;
  for (let rest = targets; rest !== 0; rest &= rest - 1) {
    const t = 31 - Math.clz32(rest & -rest);
    const shared = last < 0 ? 0 : SHARED[last]![t]!;
    if (last >= 0) for (let n = PARTS[last]!.length - 1; n > shared; n--) out[o++] = 0x7d;
    out[o++] = 0x2c;
    const open = OPEN[t]![shared]!;
    o = paste(open, 0, open.length, out, o);
    o = paste(bytes, said.from[t]!, said.to[t]!, out, o);
    if (t === FILE && said.cutFile) out[o++] = 0x22;
    last = t;
  }
  if (last >= 0) for (let n = PARTS[last]!.length - 1; n > 0; n--) out[o++] = 0x7d;
  return o;
}
