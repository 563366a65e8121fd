/** Redis and Valkey: `1:M 20 Nov 2026 01:02:03.456 # text`, with a sign for the level. The time has no zone. */
import type { Buffer } from 'node:buffer';
import { isDigit, SPACE } from '../../../util/ascii.ts';
import { signLevel } from '../../format/words.ts';
import { targetOf } from '../ecs-names.ts';
import { digitsEnd } from './parts.ts';
import type { TextSaid } from './said.ts';

const PID = targetOf('process.pid');
/** ` 20 Nov 2026 01:02:03.456 ` */
const TIME_LENGTH = 26;

export function redis(bytes: Buffer, from: number, to: number, said: TextSaid): boolean {
  const pidEnd = digitsEnd(bytes, from, to);
  const role = bytes[pidEnd + 1];
  if (bytes[pidEnd] !== 0x3a || (role !== 0x4d && role !== 0x53 && role !== 0x43 && role !== 0x58)) return false;
  const time = pidEnd + 2;
  const sign = time + TIME_LENGTH;
  if (sign + 1 >= to || bytes[sign + 1] !== SPACE || bytes[sign - 1] !== SPACE) return false;
  if (bytes[time] !== SPACE || bytes[time + 15] !== 0x3a || bytes[time + 21] !== 0x2e || !isDigit(bytes[time + 1]))
    return false;
  const level = signLevel(bytes[sign]!);
  if (level === 0) return false;
  said.setLevel(level);
  said.integer(PID, bytes, from, pidEnd);
  return true;
}
