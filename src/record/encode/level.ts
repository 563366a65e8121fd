/**
 * The level of a record, seen in the first bytes of its content: `log.level`.
 *
 * A level is taken where loggers write it: at the start, behind the time, in brackets, as a key, set off by signs. The sentence
 * "finished with 0 ERROR lines" has none: a wrong level is worse than none.
 */
import type { Buffer } from 'node:buffer';
import { INFO, isLevelKey, letter, same, wordLevel } from '../format/words.ts';
import { jsonLevel, quoteEnd } from './level-json.ts';
import { AROUND, BEFORE, LETTER, plainWords, stands } from './level-place.ts';
import { startsWithLevel } from './level-starts.ts';

/** How far we look. */
const LOOK = 100;
/* What a byte may begin, in running text. */
const CAPITAL = 1;
const BRACKET = 2;
const EQUALS = 3;
const QUOTE = 4;
const ESCAPE = 5;
const TAB = 6;
const END = 7;
const COLON = 8;
const ANGLE = 9;
const KIND = new Uint8Array(256);
for (const c of 'TDINWEFCPASVL') KIND[c.charCodeAt(0)] = CAPITAL;
KIND[0x3a] = COLON;
KIND[0x3c] = ANGLE;
KIND[0x5b] = BRACKET;
KIND[0x3d] = EQUALS;
KIND[0x22] = QUOTE;
KIND[0x1b] = ESCAPE;
KIND[0x09] = TAB;
KIND[0x0a] = END;

/** The level of the content bytes[from, to), 0 if unknown. */
export function level(bytes: Buffer, from: number, to: number): number {
  const stop = to - from > LOOK ? from + LOOK : to;
  const first = bytes[from];
  if (stop - from < 3 || first === 0x09) return 0;
  if (first === 0x7b) return jsonLevel(bytes, from, stop);
  return startsWithLevel(bytes, from, stop) || textLevel(bytes, from, stop);
}

function textLevel(bytes: Buffer, from: number, stop: number): number {
  for (let i = from; i < stop; i++) {
    const kind = KIND[bytes[i]!]!;
    if (kind === 0) continue;
    let found = 0;
    if (kind === CAPITAL) {
      if (i > from && BEFORE[bytes[i - 1]!] === 0) continue;
      let e = i + 1;
      while (e < stop && LETTER[bytes[e]!] === 2) e++;
      found = capitalLevel(bytes, from, i, e, stop);
    } else if (kind === BRACKET) found = bracketLevel(bytes, i, stop);
    else if (kind === COLON) found = timedLevel(bytes, from, i);
    else if (kind === ANGLE) found = angleLevel(bytes, i, stop);
    else if (kind === EQUALS) found = logfmtLevel(bytes, from, i, stop);
    else if (kind === QUOTE) {
      if (i === from || bytes[i - 1] !== 0x3d) return 0; // quoted text follows: a request line, a message
      i = quoteEnd(bytes, i + 1, stop); // logfmt: the value of a member
    } else if (kind === TAB) found = lowerLevel(bytes, i + 1, stop, 0x09);
    else if (kind === ESCAPE) {
      // a colour: ESC [ digits m; the word after it is set off as well as by a space
      let e = i + 1;
      while (e < stop && bytes[e] !== 0x6d && LETTER[bytes[e]!]! % 4 === 0) e++;
      if (bytes[e] === 0x6d) {
        found = colouredLevel(bytes, e + 1, stop);
        i = e;
      }
    } else return 0;
    if (found !== 0) return found;
  }
  return 0;
}

/** The word bytes[i, e) of capitals, if it is a level and stands where a level stands. */
function capitalLevel(bytes: Buffer, from: number, i: number, e: number, stop: number): number {
  if (e - i < 3) return e - i === 1 ? letterLevel(bytes, from, i, stop) : 0;
  const dotted = i > from && bytes[i - 1] === 0x2e;
  let end = e;
  let found: number;
  if (same(bytes, i, 'LOG') && e - i === 3)
    found = bytes[e] === 0x3a || bytes[e + 1] === 0x5b || bytes[i - 2] === 0x5d ? INFO : 0;
  else if (e < stop && AROUND[bytes[e]!] === 0) {
    // PostgreSQL's DEBUG1 to DEBUG5, and `npm ERR!`
    if (LETTER[bytes[e]!] === 4 ? !same(bytes, i, 'DEBUG') : bytes[e] !== 0x21) return 0;
    found = wordLevel(bytes, i, e);
    end = e + 1;
  } else found = wordLevel(bytes, i, e);
  return found !== 0 && stands(bytes, from, i, end, stop, dotted) ? found : 0;
}

/** `[error]`, `[ info]`, `[info  ]`, `[core:error]`, `[01:02:03 INF]`, `[2026-11-20T01:02:03Z INFO  app]`, `[I 01:02:03 web:1]`, `[I]`. */
function bracketLevel(bytes: Buffer, open: number, stop: number): number {
  let i = open + 1;
  while (bytes[i] === 0x20) i++;
  const timed = LETTER[bytes[i]!] === 4;
  let last = 0; // the level of the last word, if nothing but a time or a sign stands before it
  while (i < stop) {
    const c = bytes[i]!;
    if (c === 0x5d) return last;
    if (LETTER[c] !== 1 && LETTER[c] !== 2) {
      if (c === 0x22) return 0;
      i++;
      continue;
    }
    const word = i;
    while (i < stop && LETTER[bytes[i]!] !== 0) i++;
    if (i === stop) return 0;
    const before = bytes[word - 1]!;
    if (i - word === 1 && word === open + 1) {
      if (bytes[i] === 0x5d || (bytes[i] === 0x20 && LETTER[bytes[i + 1]!] === 4)) return letter(bytes[word]!);
    }
    const found = wordLevel(bytes, word, i);
    // `[no error]` is no level, `[Server thread/INFO]` is one.
    last = before === 0x20 && !timed && !isBlank(bytes, open + 1, word) ? 0 : found;
    if (timed && found !== 0 && LETTER[bytes[word]!] === 2 && LETTER[bytes[i - 1]!] === 2) return found;
    if (bytes[i] === 0x20) {
      while (i < stop && bytes[i] === 0x20) i++;
      if (bytes[i] !== 0x5d) last = 0;
    }
  }
  return 0;
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0x20) return false;
  return true;
}

/** `2026-11-20 01:02:03 info: x`, with the colon at i: a word of small letters right behind the time or brackets. */
function timedLevel(bytes: Buffer, from: number, i: number): number {
  let word = i;
  while (word > from && (LETTER[bytes[word - 1]!] === 1 || LETTER[bytes[word - 1]!] === 2)) word--;
  if (i - word < 3 || word < from + 4 || bytes[word - 1] !== 0x20) return 0;
  // `[cause]: Error: x` is no line of a logger.
  const timed = LETTER[bytes[from]!] === 4 || LETTER[bytes[from + 1]!] === 4;
  const found = timed ? wordLevel(bytes, word, i) : 0;
  return found !== 0 && plainWords(bytes, from, word) === 0 ? found : 0;
}

/** `<Information>`, `<warn>`, with the `<` at i. */
function angleLevel(bytes: Buffer, i: number, stop: number): number {
  let e = i + 1;
  while (e < stop && LETTER[bytes[e]!]! % 4 !== 0) e++;
  return e < stop && bytes[e] === 0x3e ? wordLevel(bytes, i + 1, e) : 0;
}

/** A single letter at i: `… I | x` (etcd), `… I NETWORK  x` (MongoDB), `…: I tensorflow/x`, `… 1702 2395 D Tag: x`. */
function letterLevel(bytes: Buffer, from: number, i: number, stop: number): number {
  if (i < from + 9 || bytes[i - 1] !== 0x20 || bytes[i + 1] !== 0x20 || LETTER[bytes[i - 2]!] === 1) return 0;
  let next = i + 2;
  while (bytes[next] === 0x20) next++;
  let e = next;
  while (e < stop && LETTER[bytes[e]!] === 2) e++;
  const stands =
    bytes[i - 2] === 0x3a || bytes[next] === 0x7c || (e - next >= 3 && bytes[e] === 0x20) || isPid(bytes, from, i - 1);
  return stands && plainWords(bytes, from, i) === 0 ? letter(bytes[i]!) : 0;
}

/** Two numbers end at i, with spaces before them. */
function isPid(bytes: Buffer, from: number, i: number): boolean {
  for (let n = 0; n < 2; n++) {
    const end = i;
    while (i > from && bytes[i - 1]! >= 0x30 && bytes[i - 1]! <= 0x39) i--;
    if (i === end || bytes[i - 1] !== 0x20) return false;
    while (i > from && bytes[i - 1] === 0x20) i--;
  }
  return true;
}

/** `level=info`, `lvl="warn"`, with the `=` at i. */
function logfmtLevel(bytes: Buffer, from: number, i: number, stop: number): number {
  let key = i;
  while (key > from && (LETTER[bytes[key - 1]!] !== 0 || bytes[key - 1] === 0x2e)) key--;
  if (!isLevelKey(bytes, key, i)) return 0;
  const quote = bytes[i + 1] === 0x22 ? 1 : 0;
  let e = i + 1 + quote;
  while (e < stop && LETTER[bytes[e]!]! % 4 !== 0) e++;
  return wordLevel(bytes, i + 1 + quote, e);
}

/** A word that ends with a certain byte: zap's console form sets it between tabs. */
function lowerLevel(bytes: Buffer, from: number, stop: number, after: number): number {
  let e = from;
  while (e < stop && LETTER[bytes[e]!] === 1) e++;
  return e < stop && bytes[e] === after ? wordLevel(bytes, from, e) : 0;
}

/** A word after a colour: in any case if the colour ends with it, in capitals if a space does. */
function colouredLevel(bytes: Buffer, from: number, stop: number): number {
  let e = from;
  while (e < stop && LETTER[bytes[e]!]! % 4 !== 0) e++;
  if (e === stop || e === from) return 0;
  const ended = bytes[e] === 0x1b || (LETTER[bytes[from]!] === 2 && (bytes[e] === 0x20 || bytes[e] === 0x5b));
  return ended ? wordLevel(bytes, from, e) : 0;
}
