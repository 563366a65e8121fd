/** zerolog's console form, as Traefik 3 has it: `2026-11-20T01:02:03Z DBG github.com/traefik/x.go:17 > text name=value`. */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { same } from '../../format/words.ts';
import { levelAt } from './names.ts';
import { wordEnd } from './parts.ts';
import type { TextSaid } from './said.ts';
import type { Stamp } from './stamp.ts';

const MOST_NAME = 256;

export function traefik(bytes: Buffer, _from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  const word = stamp.to + 1;
  if (stamp.bracketed || stamp.slashed || bytes[word - 1] !== SPACE || bytes[word + 3] !== SPACE) return false;
  const level = levelAt(bytes, word, to);
  const file = word + 4;
  const end = wordEnd(bytes, file, Math.min(to, file + MOST_NAME));
  if (level === 0 || !same(bytes, end, ' > ') || !said.place(bytes, file, end)) return false;
  said.setLevel(level);
  stamp.tell(bytes, said);
  return true;
}
