/**
 * IP addresses. 0.0.0.0, 127.0.0.0/8, :: and ::1 stay: they are every machine's own and tell of nobody.
 */
import { isDigit } from '../../util/ascii.ts';
import { isDigitAt, isWordAt, runEnd, table, WORD } from './characters.ts';
import { IPV4, IPV6 } from './kinds.ts';
import type { Spans } from './spans.ts';

const DOT = 0x2e;
const COLON = 0x3a;
const PERCENT = 0x25;
const UNDERSCORE = 0x5f;
const HEX_OR_COLON = table('0123456789abcdefABCDEF:');
/** Eight groups of four and their colons. */
const LONGEST = 39;

/**
 * Looks at the digits that begin at i, with neither a letter nor a digit before them. Answers where the address ends, -1 if it is
 * none. `1.2.3.4.5` is none, and so is a number with a leading zero.
 */
export function ipv4(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  if (i > from && bytes[i - 1] === DOT && isDigitAt(bytes, i - 2, from, to)) return -1;
  const end = ipv4End(bytes, i, to);
  if (end < 0 || isWordAt(bytes, end, from, to) || (bytes[end] === DOT && isDigitAt(bytes, end + 1, from, to)))
    return -1;
  const isOwn = isOwnIpv4(bytes, i);
  return isOwn ? end : spans.add(i, end, IPV4);
}

function ipv4End(bytes: Uint8Array, i: number, to: number): number {
  for (let octet = 0; octet < 4; octet++) {
    if (octet > 0 && (i >= to || bytes[i++] !== DOT)) return -1;
    const first = i;
    let value = 0;
    while (i < to && i - first < 3 && isDigit(bytes[i])) value = value * 10 + bytes[i++]! - 0x30;
    if (i === first || value > 255 || (bytes[first] === 0x30 && i - first > 1)) return -1;
  }
  return i;
}

function isOwnIpv4(bytes: Uint8Array, i: number): boolean {
  if (bytes[i] === 0x30) return bytes[i + 2] === 0x30 && bytes[i + 4] === 0x30 && bytes[i + 6] === 0x30;
  return bytes[i] === 0x31 && bytes[i + 1] === 0x32 && bytes[i + 2] === 0x37;
}

/** Looks around the colon at i. Answers where to go on: behind all colons and hexadecimal digits that follow each other. */
export function ipv6(bytes: Uint8Array, i: number, from: number, to: number, spans: Spans): number {
  const floor = spans.end > from ? spans.end : from;
  let begin = i;
  while (begin > floor && i - begin < 4 && HEX_OR_COLON[bytes[begin - 1]!] === 1) begin--;
  let end = i + 1;
  while (end < to && HEX_OR_COLON[bytes[end]!] === 1) end++;
  const goOn = end;
  // `client:2001:db8::1`: what is in front of the first colon is a word.
  if (isPartOfWord(bytes, begin - 1, from)) {
    if (i + 1 < to && bytes[i + 1] === COLON) return goOn;
    begin = i + 1;
  } else if (begin === i && bytes[i + 1] !== COLON) begin = i + 1;
  if (end - begin > LONGEST) return goOn;
  let last = end;
  if (last < to && bytes[last] === DOT) {
    // The last group may be the first octet of an IPv4 address.
    let octet = last;
    while (octet > begin && bytes[octet - 1] !== COLON) octet--;
    const four = ipv4End(bytes, octet, to);
    if (four > 0 && !isDigitAt(bytes, four, from, to) && isIpv6(bytes, begin, octet, 2))
      return addUpTo(bytes, begin, four, to, spans);
  }
  if (isPartOfWord(bytes, last, from) && last < to) return goOn;
  if (last - begin > 2 && bytes[last - 1] === COLON && bytes[last - 2] !== COLON) last--;
  if (!isIpv6(bytes, begin, last, 0) || isOwnIpv6(bytes, begin, last)) return goOn;
  const zoneEnd = addUpTo(bytes, begin, last, to, spans);
  return zoneEnd > goOn ? zoneEnd : goOn;
}

/** Adds an address and its zone, such as `%eth0`. Answers where it ends. */
function addUpTo(bytes: Uint8Array, begin: number, end: number, to: number, spans: Spans): number {
  if (end + 1 < to && bytes[end] === PERCENT && WORD[bytes[end + 1]!] === 1) end = runEnd(bytes, end + 1, to, WORD);
  return spans.add(begin, end, IPV6);
}

function isPartOfWord(bytes: Uint8Array, i: number, from: number): boolean {
  return i >= from && (bytes[i] === UNDERSCORE || isWordAt(bytes, i, from, i + 1));
}

/** Whether bytes[i, to), colons and hexadecimal digits, is an address together with so many further groups. */
function isIpv6(bytes: Uint8Array, i: number, to: number, further: number): boolean {
  let groups = further;
  let gap = false;
  let digits = further > 0;
  const from = i;
  while (i < to) {
    if (bytes[i] === COLON) {
      if (bytes[i + 1] === COLON && i + 1 < to) {
        if (gap) return false;
        gap = true;
        i += 2;
        continue;
      }
      if (i === from || (i + 1 >= to && further === 0)) return false;
      i++;
      continue;
    }
    const group = i;
    while (i < to && bytes[i] !== COLON) if (isDigit(bytes[i++])) digits = true;
    if (i - group > 4) return false;
    groups++;
  }
  // `Fd::Add` is a path of a program rather than an address.
  return gap ? groups < 8 && (digits || groups > 2) : groups === 8;
}

/** `::` and `::1`. */
function isOwnIpv6(bytes: Uint8Array, i: number, to: number): boolean {
  return to - i === 2 || (to - i === 3 && bytes[i + 2] === 0x31 && bytes[i] === COLON);
}
