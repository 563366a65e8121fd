/**
 * The level of a record, seen in the first bytes of its content: `log.level`.
 *
 * Only shapes that a logger writes are taken: klog's letter, a JSON member, logfmt, a word in brackets, a capital word set
 * off by spaces or colons. The sentence "no error found" has no level: a wrong level is worse than none.
 */
import type { Buffer } from 'node:buffer';
import { letters } from '../../util/ascii.ts';
import { isLevelKey, numberLevel, wordLevel } from '../format/words.ts';

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
const KIND = new Uint8Array(256);
for (const c of 'TDINWEFCPASV') KIND[c.charCodeAt(0)] = CAPITAL;
KIND[0x5b] = BRACKET;
KIND[0x3d] = EQUALS;
KIND[0x22] = QUOTE;
KIND[0x1b] = ESCAPE;
KIND[0x09] = TAB;
KIND[0x0a] = END;

const LETTER = letters('_');

/** What may stand before or after a level's word: white space, and the signs with which loggers set it off. */
const AROUND = new Uint8Array(256);
for (const c of ' \t[](){}<>|:,;-*\x1b\n') AROUND[c.charCodeAt(0)] = 1;

/** The level of the content bytes[from, to), 0 if unknown. */
export function level(bytes: Buffer, from: number, to: number): number {
  const stop = to - from > LOOK ? from + LOOK : to;
  const first = bytes[from];
  if (stop - from < 3 || first === 0x09) return 0;
  if (first === 0x7b) return jsonLevel(bytes, from, stop);
  const letter = LETTER[first!]!;
  if (letter === 2) {
    const klog = klogLevel(bytes, from, stop);
    if (klog !== 0) return klog;
  } else if (letter === 1) {
    const start = startLevel(bytes, from, stop);
    if (start !== 0) return start;
  }
  return textLevel(bytes, from, stop);
}

/** `I1120 01:02:03.000000`: klog and glog. */
function klogLevel(bytes: Buffer, from: number, stop: number): number {
  if (stop - from < 6 || bytes[from + 5] !== 0x20) return 0;
  for (let i = from + 1; i < from + 5; i++) if (LETTER[bytes[i]!] !== 4) return 0;
  switch (bytes[from]) {
    case 0x49:
      return 3;
    case 0x57:
      return 4;
    case 0x45:
      return 5;
    case 0x46:
      return 6;
    default:
      return 0;
  }
}

/** `info: text`: winston and .NET begin with a lower-case word. */
function startLevel(bytes: Buffer, from: number, stop: number): number {
  let i = from;
  while (i < stop && LETTER[bytes[i]!] === 1) i++;
  return i + 1 < stop && bytes[i] === 0x3a && bytes[i + 1] === 0x20 ? wordLevel(bytes, from, i) : 0;
}

function textLevel(bytes: Buffer, from: number, stop: number): number {
  for (let i = from; i < stop; i++) {
    const kind = KIND[bytes[i]!]!;
    if (kind === 0) continue;
    let found = 0;
    if (kind === CAPITAL) {
      if (i > from && AROUND[bytes[i - 1]!] === 0) continue;
      let e = i + 1;
      while (e < stop && LETTER[bytes[e]!] === 2) e++;
      if (e === stop || AROUND[bytes[e]!] === 1) found = wordLevel(bytes, i, e);
    } else if (kind === BRACKET) found = bracketLevel(bytes, i, stop);
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

/** `[error]`, `[ info]`, `[core:error]`, `[01:02:03 INF]`: the last word in brackets, in any case. */
function bracketLevel(bytes: Buffer, open: number, stop: number): number {
  let word = open + 1;
  for (let i = open + 1; i < stop; i++) {
    const c = bytes[i]!;
    if (c === 0x5d) return wordLevel(bytes, word, i);
    if (LETTER[c] !== 1 && LETTER[c] !== 2) word = i + 1;
  }
  return 0;
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

/** The first level member at the top of a JSON object, as far as it can be seen from here. */
function jsonLevel(bytes: Buffer, from: number, stop: number): number {
  let i = from + 1;
  while (i < stop) {
    while (i < stop && (bytes[i] === 0x20 || bytes[i] === 0x2c)) i++;
    if (bytes[i] !== 0x22) return 0;
    const key = i + 1;
    i = quoteEnd(bytes, key, stop);
    const keyEnd = i++;
    while (i < stop && (bytes[i] === 0x20 || bytes[i] === 0x3a)) i++;
    if (i >= stop) return 0;
    const value = i;
    const c = bytes[i]!;
    const wanted = isLevelKey(bytes, key, keyEnd);
    if (c === 0x22) {
      i = quoteEnd(bytes, value + 1, stop);
      if (wanted) return wordLevel(bytes, value + 1, i);
      i++;
    } else if (c === 0x7b || c === 0x5b) i = nestedEnd(bytes, value, stop);
    else {
      while (i < stop && bytes[i] !== 0x2c && bytes[i] !== 0x7d && bytes[i] !== 0x20) i++;
      if (wanted) return numberLevel(bytes, value, i);
    }
  }
  return 0;
}

function quoteEnd(bytes: Buffer, i: number, stop: number): number {
  while (i < stop && bytes[i] !== 0x22) i += bytes[i] === 0x5c ? 2 : 1;
  return i;
}

function nestedEnd(bytes: Buffer, i: number, stop: number): number {
  let depth = 0;
  for (; i < stop; i++) {
    const c = bytes[i];
    if (c === 0x22) i = quoteEnd(bytes, i + 1, stop);
    else if (c === 0x7b || c === 0x5b) depth++;
    else if ((c === 0x7d || c === 0x5d) && --depth === 0) return i + 1;
  }
  return i;
}
