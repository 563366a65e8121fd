/**
 * E-mail addresses: a local part as RFC 5321 has it without quotes, and a domain whose last part is letters. `user@host`, an image's
 * `name@sha256:…` and a package's `name@1.2.3` are none.
 */
import { DIGITS, isAt, LETTER, runEnd, table, WORD } from './characters.ts';
import { EMAIL } from './kinds.ts';
import type { Spans } from './spans.ts';

const DOT = 0x2e;
const DASH = 0x2d;
// Of what the standard allows without { | } / = and ?, which stand between an address and what is before it.
const LOCAL = table(`${DIGITS}abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.!#$%&'*+-^_\`~`);
/** Signs that set an address off rather than begin it. */
const AROUND = table(".'`*");
/** RFC 1035 allows 255. */
const LONGEST_DOMAIN = 255;

/** Looks around the @ at i. Answers where to go on. */
export function email(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  const floor = spans.end > from ? spans.end : from;
  let local = i;
  while (local > floor && LOCAL[bytes[local - 1]!] === 1) local--;
  while (local < i && AROUND[bytes[local]!] === 1) local++;
  // The local part may hold what was found before it, such as a number.
  if (local === i && (local !== floor || spans.count === 0)) return i + 1;
  const end = domainEnd(bytes, i + 1, to);
  return end < 0 ? i + 1 : spans.add(local, end, EMAIL);
}

/** Where the domain that begins at i ends, -1 if it is none. */
function domainEnd(bytes: Uint8Array, i: number, to: number): number {
  const stop = to - i > LONGEST_DOMAIN ? i + LONGEST_DOMAIN : to;
  let end = -1;
  for (let part = i, parts = 0; part < stop;) {
    let e = part;
    while (e < stop && (WORD[bytes[e]!] === 1 || bytes[e] === DASH)) e++;
    let last = e;
    while (last > part && bytes[last - 1] === DASH) last--;
    if (last === part) break;
    const isTop = runEnd(bytes, part, last, LETTER) === last || isAt(bytes, part, last, 'xn--');
    if (++parts > 1 && last - part > 1 && isTop) end = last;
    if (e === stop || bytes[e] !== DOT) break;
    part = e + 1;
  }
  return end;
}
