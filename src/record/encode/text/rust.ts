/**
 * Rust: `2026-11-20T01:02:03.456789Z  INFO shop::orders: text` of tracing, perhaps with spans before the module;
 * `[2026-11-20T01:02:03Z WARN  shop::orders] text` of env_logger.
 */
import type { Buffer } from 'node:buffer';
import { SPACE } from '../../../util/ascii.ts';
import { targetOf } from '../ecs-names.ts';
import { levelAt, nameEnd } from './names.ts';
import { afterSpaces } from './parts.ts';
import type { TextSaid } from './said.ts';
import type { Stamp } from './stamp.ts';

const LOGGER = targetOf('log.logger');

export function rust(bytes: Buffer, _from: number, to: number, said: TextSaid, stamp: Stamp): boolean {
  // Both write UTC only.
  if (stamp.slashed || bytes[stamp.to - 1] !== 0x5a || bytes[stamp.to] !== SPACE) return false;
  const word = afterSpaces(bytes, stamp.to, to);
  const level = levelAt(bytes, word, to);
  if (level === 0) return false;
  const name = afterSpaces(bytes, nameEnd(bytes, word, to), to);
  const end = nameEnd(bytes, name, to);
  if (!isModule(bytes, name, end, stamp)) return false;
  const close = stamp.bracketed ? 0x5d : 0x3a;
  if (bytes[end] !== close || bytes[end + 1] !== SPACE) return false;
  said.setLevel(level);
  said.text(LOGGER, bytes, name, end);
  stamp.tell(bytes, said);
  return true;
}

/** `shop::orders`, and `shop` where the microseconds tell that tracing wrote it: any word of small letters could be a sentence's. */
function isModule(bytes: Buffer, from: number, to: number, stamp: Stamp): boolean {
  let isPath = false;
  for (let i = from; i < to; i++) {
    const c = bytes[i]!;
    if (c === 0x3a) isPath = true;
    else if (c !== 0x5f && (c < 0x61 || c > 0x7a) && (i === from || c < 0x30 || c > 0x39)) return false;
  }
  return to > from && (isPath || stamp.bracketed || bytes[stamp.to - 8] === 0x2e);
}
