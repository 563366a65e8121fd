/** RabbitMQ: `2026-11-20 01:02:03.456789+00:00 [info] <0.9.0> text`, with the process of Erlang for a thread. */
import type { Buffer } from 'node:buffer';
import { isDigit, SPACE } from '../../../util/ascii.ts';
import { targetOf } from '../ecs-names.ts';
import { levelAt } from './names.ts';
import { find } from './parts.ts';
import type { TextSaid } from './said.ts';
import type { Stamp } from './stamp.ts';

const THREAD = targetOf('process.thread.name');
const MOST_WORD = 16;
const MOST_PROCESS = 32;

export function rabbitmq(bytes: Buffer, _from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  const word = stamp.to + 2;
  if (stamp.bracketed || stamp.slashed || bytes[word - 2] !== SPACE || bytes[word - 1] !== 0x5b) return false;
  const close = find(bytes, word, Math.min(to, word + MOST_WORD), 0x5d);
  const level = levelAt(bytes, word, close);
  if (level === 0 || bytes[close + 1] !== SPACE || bytes[close + 2] !== 0x3c || !isDigit(bytes[close + 3]))
    return false;
  const end = find(bytes, close + 3, Math.min(to, close + MOST_PROCESS), 0x3e);
  if (bytes[end] !== 0x3e) return false;
  said.setLevel(level);
  said.plain(THREAD, close + 2, end + 1);
  stamp.tell(bytes, said);
  return true;
}
