/**
 * PostgreSQL: `2026-11-20 01:02:03.456 UTC [71] kim@shop ERROR:  text`, whatever `log_line_prefix` puts between the process and the level.
 * What follows an error (`DETAIL:`, `STATEMENT:`) has no level of its own.
 */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { DEBUG, INFO, same, wordLevel } from '../../format/words.ts';
import { targetOf } from '../ecs-names.ts';
import { afterSpaces, digitsEnd, find, wordEnd } from './parts.ts';
import type { TextSaid } from './said.ts';
import type { Stamp } from './stamp.ts';

const PID = targetOf('process.pid');
const USER = targetOf('user.name');
const MOST_PREFIX = 256;
const CONTINUED = new Set(['DETAIL', 'HINT', 'QUERY', 'CONTEXT', 'LOCATION', 'STATEMENT', 'BACKTRACE']);

export function postgresql(bytes: Buffer, _from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  if (stamp.bracketed || stamp.slashed) return false;
  let i = afterSpaces(bytes, stamp.to, to);
  // `KST`: a name tells no zone for sure
  while (i < to && bytes[i]! >= 0x41 && bytes[i]! <= 0x5a) i++;
  i = afterSpaces(bytes, i, to);
  if (bytes[i] !== 0x5b) return false;
  const pidEnd = digitsEnd(bytes, i + 1, to);
  if (pidEnd === i + 1 || bytes[pidEnd] !== 0x5d) return false;
  const stop = Math.min(to, pidEnd + MOST_PREFIX);
  for (let colon = pidEnd + 1; colon < stop; colon++) {
    if (bytes[colon] !== 0x3a || bytes[colon + 1] !== SPACE || bytes[colon + 2] !== SPACE) continue;
    let word = colon;
    while (isOfLevel(bytes[word - 1]!)) word--;
    const found = severity(bytes, word, colon);
    if (found < 0) return false;
    said.setLevel(found);
    said.integer(PID, bytes, i + 1, pidEnd);
    tellUser(bytes, pidEnd + 1, word, said);
    stamp.tell(bytes, said);
    return true;
  }
  return false;
}

function isOfLevel(c: number): boolean {
  return (c >= 0x41 && c <= 0x5a) || (c >= 0x31 && c <= 0x35);
}

/** The level that PostgreSQL writes as bytes[from, to), 0 for what has none, -1: it is none of its words. */
function severity(bytes: Buffer, from: number, to: number): number {
  if (to - from < 3 || to - from > 9) return -1;
  if (same(bytes, from, 'LOG') && to - from === 3) return INFO;
  if (same(bytes, from, 'DEBUG')) return DEBUG;
  const found = wordLevel(bytes, from, to);
  return found !== 0 ? found : CONTINUED.has(bytes.toString('latin1', from, to)) ? 0 : -1;
}

/** `kim@shop` or `user=kim,db=shop`, among the words that stand before the level. */
function tellUser(bytes: Buffer, from: number, to: number, said: TextSaid): void {
  for (let word = from; word < to;) {
    const end = wordEnd(bytes, word, to);
    if (same(bytes, word, 'user=')) return said.text(USER, bytes, word + 5, find(bytes, word + 5, end, 0x2c));
    const at = find(bytes, word, end, 0x40);
    if (at < end) return said.text(USER, bytes, word, at);
    word = end + 1;
  }
}
