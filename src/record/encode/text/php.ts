/** Monolog and Laravel: `[2026-11-20T01:02:03.456789+00:00] app.ERROR: text`, with the channel, or Laravel's environment, for a logger. */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { targetOf } from '../ecs-names.ts';
import { levelAt, nameEnd } from './names.ts';
import { find } from './parts.ts';
import type { TextSaid } from './said.ts';
import type { Stamp } from './stamp.ts';

const LOGGER = targetOf('log.logger');
const MOST_NAME = 128;

export function monolog(bytes: Buffer, _from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  const name = stamp.to + 2;
  if (!stamp.bracketed || stamp.slashed || bytes[name - 2] !== 0x5d || bytes[name - 1] !== SPACE) return false;
  const stop = Math.min(to, name + MOST_NAME);
  let dot = find(bytes, name, stop, 0x3a);
  const colon = dot;
  while (dot > name && bytes[dot] !== 0x2e) dot--;
  if (bytes[colon] !== 0x3a || dot === name || bytes[colon + 1] !== SPACE) return false;
  const level = levelAt(bytes, dot + 1, colon);
  if (level === 0 || nameEnd(bytes, name, to) !== colon) return false;
  said.setLevel(level);
  said.text(LOGGER, bytes, name, dot);
  stamp.tell(bytes, said);
  return true;
}
