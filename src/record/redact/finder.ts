/**
 * Finds what is to be redacted in a text, in one pass: most bytes are looked up in a table and passed over. Only a byte at which
 * something may be found (a digit, an @, the J of eyJ) is looked at, and what is looked at then is bounded or not looked at again: the
 * time is linear whatever the text is.
 */
import type { Buffer } from 'node:buffer';
import { isDigit } from '../../util/ascii.ts';
import { ipv4, ipv6 } from './addresses.ts';
import { WORD } from './characters.ts';
import { keyAtA, keyAtDash, keyAtUnderscore, secretAccessKey } from './cloud-keys.ts';
import { authorization, jwt } from './credentials.ts';
import { email } from './email.ts';
import {
  AUTHORIZATION,
  CARD,
  CLOUD_KEY,
  CUT,
  EMAIL,
  IPV4,
  IPV6,
  JWT,
  PHONE,
  PRIVATE_KEY,
  RESIDENT_NUMBER,
} from './kinds.ts';
import { card, internationalPhone, phone, phoneInParentheses, residentNumber } from './numbers.ts';
import { blockEnd, hasEnd, isMaterial, privateKey } from './private-keys.ts';
import { Spans } from './spans.ts';
import { isFold } from './unfold.ts';

/* What a byte may be the sign of. */
const DIGIT = 1;
const AT = 2;
const COLON = 3;
const DASH = 4;
const UNDERSCORE = 5;
const PLUS = 6;
const OPEN = 7;
const CAPITAL_A = 8;
const LETTER_B = 9;
const LETTER_C = 10;
const CAPITAL_J = 11;
const FOLD = 12;

const NUMBERS = IPV4 | CARD | RESIDENT_NUMBER | PHONE;

/** Which bytes are signs of what these kinds look for. */
function signsOf(mask: number): Uint8Array {
  const signs = new Uint8Array(256);
  const set = (kinds: number, characters: string, sign: number): void => {
    if ((mask & kinds) !== 0) for (const c of characters) signs[c.charCodeAt(0)] = sign;
  };
  set(NUMBERS, '0123456789', DIGIT);
  set(EMAIL, '@', AT);
  set(IPV6, ':', COLON);
  set(PRIVATE_KEY | CLOUD_KEY, '-', DASH);
  set(CLOUD_KEY, '_', UNDERSCORE);
  set(PHONE, '+', PLUS);
  set(PHONE, '(', OPEN);
  set(CLOUD_KEY, 'A', CAPITAL_A);
  set(AUTHORIZATION, 'bB', LETTER_B);
  set(CLOUD_KEY, 'cC', LETTER_C);
  set(JWT, 'J', CAPITAL_J);
  for (const c of '\\%\x1b') signs[c.charCodeAt(0)] = FOLD;
  return signs;
}

export class Finder {
  readonly spans = new Spans();
  /** A block of a private key begins in the text and does not end. */
  keyGoesOn = false;
  readonly #signs = new Map<number, Uint8Array>();

  /**
   * Finds what `mask` asks for in bytes[from, to); see `spans`. `inKey`: the text comes within a block of a private key, as far as that
   * goes. `unfolded`: it has no escapes. False: it has, and what was found does not count.
   */
  find(bytes: Buffer, from: number, to: number, mask: number, inKey: boolean, unfolded: boolean): boolean {
    const { spans } = this;
    spans.begin();
    this.keyGoesOn = false;
    let i = from;
    if (inKey) {
      const isLast = hasEnd(bytes, from, to);
      this.keyGoesOn = !isLast;
      if (isLast) i = spans.add(from, blockEnd(bytes, from, to), PRIVATE_KEY);
      else if (isMaterial(bytes, from, to)) i = spans.add(from, to, PRIVATE_KEY);
    }
    const signs = this.#signsOf(mask);
    for (;;) {
      while (i < to && signs[bytes[i]!] === 0) i++;
      if (i >= to) return true;
      const sign = signs[bytes[i]!];
      switch (sign) {
        case DIGIT:
          i = this.#number(bytes, i, from, to, mask);
          break;
        case AT:
          i = email(bytes, i, from, to, spans);
          break;
        case COLON:
          i = ipv6(bytes, i, from, to, spans);
          break;
        case DASH:
          i = this.#dash(bytes, i, from, to, mask);
          break;
        case UNDERSCORE:
          i = keyAtUnderscore(bytes, i, from, to, spans);
          break;
        case PLUS:
          i = internationalPhone(bytes, i, from, to, spans);
          break;
        case OPEN:
          i = phoneInParentheses(bytes, i, from, to, spans);
          break;
        case CAPITAL_A:
          i = keyAtA(bytes, i, from, to, spans);
          break;
        case LETTER_B:
          i = authorization(bytes, i, from, to, spans);
          break;
        case LETTER_C:
          i = secretAccessKey(bytes, i, from, to, spans);
          break;
        case CAPITAL_J:
          i = jwt(bytes, i, from, to, spans);
          break;
        default:
          if (!unfolded && isFold(bytes, i, to)) return false;
          i++;
      }
    }
  }

  /**
   * Adds what a secret may have begun with at the end of a text that was cut: its last word, and groups of digits before it. `all`: whatever
   * it is; else only if it does not look like a word of a language: it is long, or has a digit, an @ or a later capital in it.
   */
  cut(bytes: Buffer, from: number, to: number, all: boolean): void {
    const { spans } = this;
    const floor = spans.end > from ? spans.end : from;
    let begin = to;
    let isMore = all;
    while (begin > floor && APART[bytes[begin - 1]!] === 0) {
      begin--;
      const c = bytes[begin]!;
      if (isDigit(c) || c === AT_SIGN || (isCapital(c) && begin > floor && APART[bytes[begin - 1]!] === 0))
        isMore = true;
    }
    if (to - begin >= LONG) isMore = true;
    let more = begin;
    while (more > floor && begin - more < LONGEST_NUMBER && NUMBER[bytes[more - 1]!] === 1) {
      more--;
      if (isDigit(bytes[more])) {
        begin = more;
        isMore = true;
      }
    }
    if (isMore && begin < to) spans.add(begin, to, CUT);
  }

  /** Looks at the digits that begin at i. Answers where to go on. */
  #number(bytes: Buffer, i: number, from: number, to: number, mask: number): number {
    if (i === from || WORD[bytes[i - 1]!] === 0) {
      const { spans } = this;
      let end = (mask & IPV4) !== 0 ? ipv4(bytes, i, from, to, spans) : -1;
      if (end < 0 && (mask & RESIDENT_NUMBER) !== 0) end = residentNumber(bytes, i, from, to, spans);
      if (end < 0 && (mask & CARD) !== 0) end = card(bytes, i, from, to, spans);
      if (end < 0 && (mask & PHONE) !== 0) end = phone(bytes, i, from, to, spans);
      if (end >= 0) return end;
    }
    while (i < to && isDigit(bytes[i])) i++;
    return i;
  }

  #dash(bytes: Buffer, i: number, from: number, to: number, mask: number): number {
    if ((mask & PRIVATE_KEY) !== 0) {
      const end = privateKey(bytes, i, to, this.spans);
      if (end > i + 1) {
        this.keyGoesOn = end === to && !hasEnd(bytes, i, to);
        return end;
      }
    }
    return (mask & CLOUD_KEY) !== 0 ? keyAtDash(bytes, i, from, to, this.spans) : i + 1;
  }

  #signsOf(mask: number): Uint8Array {
    let signs = this.#signs.get(mask);
    if (signs === undefined) this.#signs.set(mask, (signs = signsOf(mask)));
    return signs;
  }
}

/** What is between the words of a text, of JSON and of logfmt: bytes that are part of no secret. */
const APART = new Uint8Array(256);
APART.fill(1, 0, 0x21);
for (const c of '"\'`,;(){}[]<>|') APART[c.charCodeAt(0)] = 1;
/** What a number of several groups has. */
const NUMBER = new Uint8Array(256);
for (const c of '0123456789 -.()+') NUMBER[c.charCodeAt(0)] = 1;
const LONGEST_NUMBER = 40;
/** Characters: a shorter word is no key, but may be one of a language. */
const LONG = 16;
const AT_SIGN = 0x40;

function isCapital(c: number): boolean {
  return c >= 0x41 && c <= 0x5a;
}
