/**
 * Credentials of HTTP: JSON web tokens, and what follows the words Bearer and Basic.
 */
import { BASE64, BASE64URL, isAt, isAtAnyCase, isWordAt, LETTER, runEnd, TOKEN } from './characters.ts';
import { AUTHORIZATION, JWT } from './kinds.ts';
import type { Spans } from './spans.ts';

const DOT = 0x2e;
const DASH = 0x2d;
const UNDERSCORE = 0x5f;
const COLON = 0x3a;
/** `{"alg":…` has some more. */
const SHORTEST_HEADER = 10;
const HEADER = 'authorization';

/**
 * A JSON web token around the J at i: `eyJ…`, a dot, claims, a dot, a signature, which may be empty; five parts if it is encrypted.
 * Answers where to go on.
 */
export function jwt(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  const begin = i - 2;
  if (begin < from || !isAt(bytes, begin, to, 'ey') || isPartOfToken(bytes, begin - 1, from)) return i + 1;
  const header = runEnd(bytes, i, to, BASE64URL);
  if (header - begin < SHORTEST_HEADER || header >= to || bytes[header] !== DOT) return i + 1;
  const claims = runEnd(bytes, header + 1, to, BASE64URL);
  if (claims >= to || bytes[claims] !== DOT) return i + 1;
  let end = claims;
  for (let parts = 2; parts < 5 && end < to && bytes[end] === DOT; parts++) end = runEnd(bytes, end + 1, to, BASE64URL);
  return spans.add(begin, end, JWT);
}

function isPartOfToken(bytes: Uint8Array, i: number, from: number): boolean {
  return i >= from && BASE64URL[bytes[i]!] === 1;
}

/**
 * `Bearer …` and `Basic …` with the B at i. Behind `Authorization:` everything counts. Elsewhere a word may follow, as in "basic
 * authentication": so what follows Bearer is long or more than letters, and what follows Basic is a name and a password in base64.
 * Answers where to go on.
 */
export function authorization(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  if (i > from && LETTER[bytes[i - 1]!] === 1) return i + 1;
  const isBearer = isAtAnyCase(bytes, i, to, 'bearer');
  if (!isBearer && !isAtAnyCase(bytes, i, to, 'basic')) return i + 1;
  const word = i + (isBearer ? 6 : 5);
  let token = word;
  while (token < to && (bytes[token] === 0x20 || bytes[token] === 0x09 || bytes[token] === 0x2b)) token++;
  if (token === word || token === to) return word;
  const end = runEnd(bytes, token, to, TOKEN);
  if (end === token) return word;
  if (isBehindHeader(bytes, i, from) || (isBearer ? isOpaque(bytes, token, end) : isNameAndPassword(bytes, token, end)))
    return spans.add(token, end, AUTHORIZATION);
  return word;
}

/** Whether the name of the header stands before i, with no more than signs in between. */
function isBehindHeader(bytes: Uint8Array, i: number, from: number): boolean {
  let k = i - 1;
  for (let signs = 0; k >= from && signs < 8 && !isWordAt(bytes, k, from, i); signs++) k--;
  return k - HEADER.length + 1 >= from && isAtAnyCase(bytes, k - HEADER.length + 1, i, HEADER);
}

function isOpaque(bytes: Uint8Array, i: number, end: number): boolean {
  return end - i >= 20 || (end - i >= 8 && runEnd(bytes, i, end, LETTER) < end);
}

/** Whether base64 says something with a colon: RFC 7617. */
function isNameAndPassword(bytes: Uint8Array, i: number, end: number): boolean {
  let bits = 0;
  let n = 0;
  for (; i < end && BASE64[bytes[i]!] === 1 && bytes[i] !== 0x3d; i++) {
    bits = ((bits << 6) | sextet(bytes[i]!)) & 0xffffff;
    n += 6;
    if (n >= 8) {
      n -= 8;
      const byte = (bits >> n) & 0xff;
      if (byte === COLON) return true;
      if (byte < 0x20) return false;
    }
  }
  return false;
}

function sextet(c: number): number {
  if (c >= 0x61) return c - 0x61 + 26;
  if (c >= 0x41) return c - 0x41;
  if (c >= 0x30 && c <= 0x39) return c - 0x30 + 52;
  return c === 0x2b || c === DASH ? 62 : c === 0x2f || c === UNDERSCORE ? 63 : 0;
}
