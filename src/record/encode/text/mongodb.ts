/** MongoDB up to 4.2: `2026-11-20T01:02:03.456+0000 I  NETWORK  [listener] text`. Later ones write JSON. */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { letterLevel } from '../../format/words.ts';
import { targetOf } from '../ecs-names.ts';
import { afterSpaces, find, wordEnd } from './parts.ts';
import type { TextSaid } from './said.ts';
import type { Stamp } from './stamp.ts';

const LOGGER = targetOf('log.logger');
const THREAD = targetOf('process.thread.name');
const MOST_WORD = 128;

export function mongodb(bytes: Buffer, _from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  const word = stamp.to + 1;
  if (stamp.bracketed || stamp.slashed || bytes[word - 1] !== SPACE) return false;
  const wordTo = wordEnd(bytes, word, Math.min(to, word + 3));
  const level = bytes[wordTo] === SPACE && wordTo > word ? letterLevel(bytes, word, wordTo) : 0;
  if (level === 0) return false;
  const part = afterSpaces(bytes, wordTo, to);
  let end = part;
  while (end < to && ((bytes[end]! >= 0x41 && bytes[end]! <= 0x5a) || bytes[end] === 0x5f)) end++;
  const open = afterSpaces(bytes, end, to);
  if (end === part || bytes[open] !== 0x5b || open === end) return false;
  const close = find(bytes, open, Math.min(to, open + MOST_WORD), 0x5d);
  if (bytes[close] !== 0x5d) return false;
  said.setLevel(level);
  said.text(LOGGER, bytes, part, end);
  said.text(THREAD, bytes, open + 1, close);
  stamp.tell(bytes, said);
  return true;
}
