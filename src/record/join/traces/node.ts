/** Node's uncaught exceptions: the place, the source line, a mark under it, an empty line, then what was thrown. */
import type { Buffer } from 'node:buffer';
import { SPACE, TAB } from '../../../util/ascii.ts';
import { opensMembers } from './framed.ts';
import { CARET, MEMBERS, MESSAGE, NONE, OPEN, PLACE, SOURCE } from './kinds.ts';
import { holds, isFresh, lineNumberStart, startsWith } from './text.ts';

/** `/app/server.js:10`, `node:internal/process/promises:391`, `file:///app/server.mjs:3`: nothing else in the line. */
export function begins(bytes: Buffer, from: number, to: number): number {
  const e = lineNumberStart(bytes, from, to);
  if (e < 0) return NONE;
  for (let i = from; i < to; i++) if (bytes[i] === SPACE) return NONE;
  return startsWith(bytes, from, to, 'node:') || holds(bytes, from, e, 'js:') || holds(bytes, from, e, '.ts:')
    ? PLACE
    : NONE;
}

export function next(kind: number, bytes: Buffer, from: number, to: number): number {
  switch (kind) {
    case PLACE:
      return from === to || isFresh(bytes, from, to) ? NONE : SOURCE | OPEN;
    case SOURCE:
      return isMark(bytes, from, to) ? CARET | OPEN : NONE;
    case CARET:
      if (from === to) return CARET | OPEN;
      if (isFresh(bytes, from, to)) return NONE;
      return (opensMembers(bytes, from, to) ? MEMBERS : MESSAGE) | OPEN;
    default:
      return NONE;
  }
}

/** Spaces, then one or more `^`. */
function isMark(bytes: Buffer, from: number, to: number): boolean {
  let i = from;
  while (i < to && (bytes[i] === SPACE || bytes[i] === TAB)) i++;
  if (i === to) return false;
  while (i < to && bytes[i] === 0x5e) i++;
  return i === to;
}
