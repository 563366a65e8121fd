/**
 * Keys of clouds and of the services beside them, by the form that their makers gave them: Amazon, Google, Azure, GitHub, GitLab, Slack,
 * Stripe, npm. Each is found at a byte that is rare in text: the third of AKIA, the underscore of ghp_, the dash of xoxb-.
 */
import { BASE64, BASE64URL, DIGITS, isAt, isAtAnyCase, isWordAt, runEnd, table, WORD } from './characters.ts';
import { CLOUD_KEY } from './kinds.ts';
import type { Spans } from './spans.ts';

const AMAZON_ID = table(`${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZ`);
/** Characters of an id behind the four that tell its kind, of a secret key, of Google's key behind AIza, of Azure's key. */
const AMAZON_REST = 16;
const AMAZON_SECRET = 40;
const GOOGLE_REST = 35;
const AZURE = 88;
/** What a token of the other kinds has at least behind what it begins with. */
const SHORTEST = 16;

/** Looks at the capital A at i: an id of Amazon (AKIA, ASIA), a key of Google (AIza), Azure's AccountKey=. Answers where to go on. */
export function keyAtA(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  if (isWordAt(bytes, i - 1, from, to)) return i + 1;
  if (isAt(bytes, i, to, 'AKIA') || isAt(bytes, i, to, 'ASIA')) {
    const end = runEnd(bytes, i, to, AMAZON_ID);
    if (end - i === 4 + AMAZON_REST && !isWordAt(bytes, end, from, to)) return spans.add(i, end, CLOUD_KEY);
  } else if (isAt(bytes, i, to, 'AIza')) {
    const end = runEnd(bytes, i, to, BASE64URL);
    if (end - i >= 4 + GOOGLE_REST) return spans.add(i, end, CLOUD_KEY);
  } else if (isAt(bytes, i, to, 'AccountKey=')) {
    const key = i + 'AccountKey='.length;
    const end = runEnd(bytes, key, to, BASE64);
    if (end - key >= AZURE - 2) return spans.add(key, end, CLOUD_KEY);
  }
  return i + 1;
}

/**
 * Looks at a c that may be the first of `ccess` in `aws_secret_access_key`, `secretAccessKey`, `SecretAccessKey`: the secret is the next
 * 40 characters. Answers where to go on.
 */
export function secretAccessKey(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  if (!isAtAnyCase(bytes, i, to, 'ccess') || i - from < 7) return i + 1;
  let k = i - 2;
  if (bytes[k] === 0x5f || bytes[k] === 0x2d) k--;
  if (k - 5 < from || !isAtAnyCase(bytes, k - 5, i, 'secret')) return i + 1;
  k = i + 'ccess'.length;
  if (bytes[k] === 0x5f || bytes[k] === 0x2d) k++;
  if (!isAtAnyCase(bytes, k, to, 'key')) return i + 1;
  k += 'key'.length;
  for (let signs = 0; signs < 8 && k < to && (BASE64[bytes[k]!] === 0 || bytes[k] === 0x3d); signs++) k++;
  const end = runEnd(bytes, k, to, BASE64);
  return end - k >= AMAZON_SECRET ? spans.add(k, end, CLOUD_KEY) : i + 1;
}

/** Looks at the underscore at i: ghp_ and its like, github_pat_, npm_, sk_live_, rk_live_. Answers where to go on. */
export function keyAtUnderscore(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  let begin = -1;
  if (isAt(bytes, i - 3, i, 'gh') && i - 3 >= from && 'pousr'.includes(String.fromCharCode(bytes[i - 1]!)))
    begin = i - 3;
  else if (i - 3 >= from && isAt(bytes, i - 3, to, 'npm_')) begin = i - 3;
  else if (i - 6 >= from && isAt(bytes, i - 6, to, 'github_pat_')) begin = i - 6;
  else if (i - 2 >= from && (isAt(bytes, i - 2, to, 'sk_live_') || isAt(bytes, i - 2, to, 'rk_live_'))) begin = i - 2;
  if (begin < 0) return i + 1;
  return addToken(bytes, begin, i + 1, from, to, spans);
}

/** Looks at the dash at i: xoxb- and its like, xapp-, glpat-. Answers where to go on. */
export function keyAtDash(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  let begin = -1;
  if (i - 4 >= from && (isAt(bytes, i - 4, to, 'xox') || isAt(bytes, i - 4, to, 'xapp-'))) begin = i - 4;
  else if (i - 5 >= from && isAt(bytes, i - 5, to, 'glpat-')) begin = i - 5;
  if (begin < 0) return i + 1;
  return addToken(bytes, begin, i + 1, from, to, spans);
}

/** Adds the token that begins at `begin`, of which all behind `rest` is random. */
function addToken(bytes: Uint8Array, begin: number, rest: number, from: number, to: number, spans: Spans): number {
  if (isWordAt(bytes, begin - 1, from, to)) return rest;
  const end = runEnd(bytes, rest, to, BASE64URL);
  return end - rest >= SHORTEST && WORD[bytes[rest]!] === 1 ? spans.add(begin, end, CLOUD_KEY) : rest;
}
