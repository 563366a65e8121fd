/** Lines that tell their level at the start, each in a way of its own: klog, redis, syslog, PHP, Erlang, winston. */
import type { Buffer } from 'node:buffer';
import { ERROR, FATAL, INFO, letter, same, signLevel, SYSLOG, WARN, wordLevel } from '../format/words.ts';
import { LETTER } from './level-place.ts';

/** The level of bytes[from, stop) if it begins so, else 0. */
export function startsWithLevel(bytes: Buffer, from: number, stop: number): number {
  const first = bytes[from]!;
  switch (LETTER[first]) {
    case 1:
      return startLevel(bytes, from, stop);
    case 2:
      return klogLevel(bytes, from, stop) || phpLevel(bytes, from, stop);
    case 4:
      return redisLevel(bytes, from, stop);
    default:
      if (first === 0x3c) return priorityLevel(bytes, from, stop);
      return first === 0x3d ? reportLevel(bytes, from, stop) : 0;
  }
}

/** `I1120 01:02:03.000000`: klog and glog; `I20261120 …`, `I261120 …`: newer glog, CockroachDB. */
function klogLevel(bytes: Buffer, from: number, stop: number): number {
  let i = from + 1;
  while (i < stop && i < from + 10 && bytes[i]! >= 0x30 && bytes[i]! <= 0x39) i++;
  const digits = i - from - 1;
  if (i === stop || bytes[i] !== 0x20 || (digits !== 4 && digits !== 6 && digits !== 8)) return 0;
  const found = letter(bytes[from]!);
  return found >= INFO && LETTER[bytes[i + 1]!] === 4 ? found : 0;
}

/** `PHP Warning:  x`, `PHP Fatal error:  x` */
function phpLevel(bytes: Buffer, from: number, stop: number): number {
  if (stop - from < 12 || !same(bytes, from, 'PHP ')) return 0;
  if (same(bytes, from + 4, 'Warning:') || same(bytes, from + 4, 'Deprecated:')) return WARN;
  if (same(bytes, from + 4, 'Notice:')) return INFO;
  if (same(bytes, from + 4, 'Fatal error:')) return FATAL;
  return same(bytes, from + 4, 'Parse error:') ? ERROR : 0;
}

/** `1:M 20 Nov 2026 01:02:03.456 * x`: the sign behind the time. */
function redisLevel(bytes: Buffer, from: number, stop: number): number {
  let i = from;
  while (i < stop && bytes[i]! >= 0x30 && bytes[i]! <= 0x39) i++;
  if (bytes[i] !== 0x3a || LETTER[bytes[i + 1]!] !== 2 || bytes[i + 2] !== 0x20) return 0;
  for (let spaces = 0; i < stop && spaces < 5; i++) if (bytes[i] === 0x20) spaces++;
  if (i + 1 >= stop || bytes[i + 1] !== 0x20) return 0;
  return signLevel(bytes[i]!);
}

/** `<134>x`: syslog's priority, of which the last three bits are the severity. */
function priorityLevel(bytes: Buffer, from: number, stop: number): number {
  let n = 0;
  let i = from + 1;
  for (; i < stop && i < from + 4 && bytes[i]! >= 0x30 && bytes[i]! <= 0x39; i++) n = n * 10 + bytes[i]! - 0x30;
  return i > from + 1 && bytes[i] === 0x3e && n < 192 ? SYSLOG[n & 7]! : 0;
}

/** `=ERROR REPORT==== 20-Nov-2026::01:02:03 ===`: Erlang. */
function reportLevel(bytes: Buffer, from: number, stop: number): number {
  let e = from + 1;
  while (e < stop && LETTER[bytes[e]!] === 2) e++;
  return e + 11 < stop && same(bytes, e, ' REPORT====') ? wordLevel(bytes, from + 1, e) : 0;
}

/** `info: text`: winston and .NET begin with a lower-case word. */
function startLevel(bytes: Buffer, from: number, stop: number): number {
  let i = from;
  while (i < stop && LETTER[bytes[i]!] === 1) i++;
  return i + 1 < stop && bytes[i] === 0x3a && bytes[i + 1] === 0x20 ? wordLevel(bytes, from, i) : 0;
}
