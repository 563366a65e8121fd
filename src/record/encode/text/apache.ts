/**
 * The error log of Apache: `[Fri Nov 20 01:02:03.456789 2026] [core:error] [pid 7:tid 8] [client 10.1.2.3:5000] AH00035: text`, and that of
 * 2.2, which has neither module nor process.
 */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { same, wordLevel } from '../../format/words.ts';
import { targetOf } from '../ecs-names.ts';
import { digitsEnd, find } from './parts.ts';
import type { TextSaid } from './said.ts';

const LOGGER = targetOf('log.logger');
const PID = targetOf('process.pid');
const CODE = targetOf('error.code');
const DAYS = new Set(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].map(key3));
/** `[Fri Nov 20 01:02:03.456789 2026]` and a little more. */
const MOST_TIME = 40;
const MOST_PART = 256;

export function apache(bytes: Buffer, from: number, to: number, said: TextSaid): boolean {
  if (bytes[from + 4] !== SPACE || bytes[from + 8] !== SPACE || bytes[from + 14] !== 0x3a) return false;
  if (!DAYS.has(key(bytes, from + 1))) return false;
  const timeEnd = find(bytes, from + 18, Math.min(to, from + MOST_TIME), 0x5d);
  if (bytes[timeEnd + 1] !== SPACE || bytes[timeEnd + 2] !== 0x5b) return false;
  const word = timeEnd + 3;
  const wordTo = find(bytes, word, Math.min(to, word + MOST_PART), 0x5d);
  const colon = find(bytes, word, wordTo, 0x3a);
  const level = wordLevel(bytes, colon === wordTo ? word : colon + 1, wordTo);
  if (level === 0 || bytes[wordTo] !== 0x5d) return false;
  said.setLevel(level);
  if (colon < wordTo) said.text(LOGGER, bytes, word, colon);
  let i = wordTo + 2;
  for (;;) {
    // `(13)Permission denied: `
    if (bytes[i] === 0x28) i = find(bytes, i, Math.min(to, i + MOST_PART), 0x5b);
    if (bytes[i] !== 0x5b || i >= to) break;
    const part = i + 1;
    const close = closeOf(bytes, part, Math.min(to, part + MOST_PART));
    if (bytes[close] !== 0x5d) return true;
    if (same(bytes, part, 'pid ')) said.integer(PID, bytes, part + 4, digitsEnd(bytes, part + 4, close));
    else if (same(bytes, part, 'client ')) said.clientAndPort(bytes, part + 7, close, false);
    i = close + 2;
  }
  if (bytes[i] === 0x41 && bytes[i + 1] === 0x48) {
    const end = digitsEnd(bytes, i + 2, to);
    if (end === i + 7 && bytes[end] === 0x3a) said.text(CODE, bytes, i, end);
  }
  return true;
}

/** The bracket that closes; that of `[client [2001:db8::1]:80]` is the second one. */
function closeOf(bytes: Buffer, i: number, stop: number): number {
  const close = find(bytes, i, stop, 0x5d);
  return bytes[close + 1] === 0x3a ? find(bytes, close + 1, stop, 0x5d) : close;
}

function key(bytes: Buffer, i: number): number {
  return (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
}

function key3(text: string): number {
  return (text.charCodeAt(0) << 16) | (text.charCodeAt(1) << 8) | text.charCodeAt(2);
}
