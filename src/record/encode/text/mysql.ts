/**
 * MySQL: `2026-11-20T01:02:03.456789Z 0 [Warning] [MY-010068] [Server] text`, with the code and the part since 8.0; MariaDB:
 * `2026-11-20  1:02:03 0 [Note] text`.
 */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { INFO, same, wordLevel } from '../../format/words.ts';
import { targetOf } from '../ecs-names.ts';
import { afterSpaces, digitsEnd, find } from './parts.ts';
import type { TextSaid } from './said.ts';
import type { Stamp } from './stamp.ts';

const LOGGER = targetOf('log.logger');
const CODE = targetOf('error.code');
const MOST_WORD = 32;

export function mysql(bytes: Buffer, _from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  if (stamp.bracketed || stamp.slashed || bytes[stamp.to] !== SPACE) return false;
  const thread = afterSpaces(bytes, stamp.to, to);
  const threadEnd = digitsEnd(bytes, thread, to);
  if (threadEnd === thread || bytes[threadEnd] !== SPACE || bytes[threadEnd + 1] !== 0x5b) return false;
  const word = threadEnd + 2;
  const wordTo = find(bytes, word, Math.min(to, word + MOST_WORD), 0x5d);
  if (bytes[wordTo] !== 0x5d) return false;
  const level = same(bytes, word, 'System]') ? INFO : wordLevel(bytes, word, wordTo);
  if (level === 0) return false;
  said.setLevel(level);
  stamp.tell(bytes, said);
  const code = wordTo + 3;
  if (!same(bytes, wordTo + 1, ' [MY-')) return true;
  const codeEnd = find(bytes, code, Math.min(to, code + MOST_WORD), 0x5d);
  if (bytes[codeEnd] !== 0x5d) return true;
  said.text(CODE, bytes, code, codeEnd);
  if (bytes[codeEnd + 2] !== 0x5b) return true;
  const part = codeEnd + 3;
  const partEnd = find(bytes, part, Math.min(to, part + MOST_WORD), 0x5d);
  if (bytes[partEnd] === 0x5d) said.text(LOGGER, bytes, part, partEnd);
  return true;
}
