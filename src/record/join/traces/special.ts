/**
 * First lines that a runtime prints, known by how they begin. Asked of many lines: the first byte decides whether more is looked at.
 */
import type { Buffer } from 'node:buffer';
import { isDigit, SPACE } from '../../../util/ascii.ts';
import { begins as beam } from './beam.ts';
import { begins as block } from './block.ts';
import { begins as go } from './go.ts';
import { DUMP_TIME, JUL, MESSAGE, NONE, THREADS } from './kinds.ts';
import { begins as native } from './native.ts';
import { begins as node } from './node.ts';
import { begins as python } from './python.ts';
import { begins as script } from './script.ts';
import { startsWith } from './text.ts';

/** The kind of trace that such a line begins, else NONE. */
export function special(bytes: Buffer, from: number, to: number): number {
  if (from === to) return NONE;
  const found = block(bytes, from, to) || script(bytes, from, to);
  if (found !== NONE) return found;
  switch (bytes[from]) {
    case SPACE:
    case 0x50: // P
      return python(bytes, from, to);
    case 0x54: // T
      if (startsWith(bytes, from, to, 'Trace: ')) return MESSAGE;
      return python(bytes, from, to);
    case 0x53: // S
      return python(bytes, from, to) || go(bytes, from, to) || beam(bytes, from, to) || month(bytes, from, to);
    case 0x45: // E
      return python(bytes, from, to) || beam(bytes, from, to);
    case 0x46: // F
      if (startsWith(bytes, from, to, 'Full thread dump ')) return THREADS;
      if (startsWith(bytes, from, to, 'Fatal error: ')) return MESSAGE;
      return python(bytes, from, to) || month(bytes, from, to);
    case 0x57: // W
    case 0x67: // g
    case 0x70: // p
    case 0x72: // r
      return go(bytes, from, to) || python(bytes, from, to);
    case 0x66: // f
      return go(bytes, from, to) || node(bytes, from, to);
    case 0x3d: // =
      return go(bytes, from, to) || native(bytes, from, to) || beam(bytes, from, to);
    case 0x74: // t
      return native(bytes, from, to);
    case 0x2a: // *
      return beam(bytes, from, to);
    case 0x2f: // /
      return node(bytes, from, to) || python(bytes, from, to);
    case 0x6e: // n
      return node(bytes, from, to);
    case 0x55: // U
      return startsWith(bytes, from, to, 'Unhandled exception') || startsWith(bytes, from, to, 'Uncaught ')
        ? MESSAGE
        : NONE;
    case 0x32: // 2
      return to - from === 19 && bytes[from + 10] === SPACE && isDigit(bytes[to - 1]) ? DUMP_TIME : NONE;
    case 0x41: // A, D, J, M, N, O
    case 0x44:
    case 0x4a:
    case 0x4d:
    case 0x4e:
    case 0x4f:
      return month(bytes, from, to);
    case 0x63: // c
    case 0x6d: // m
      return bytes[to - 1] === 0x3a || bytes[to - 1] === SPACE ? python(bytes, from, to) : NONE;
    default:
      return NONE;
  }
}

/** `Nov 26, 2026 1:03:28 AM com.example.Shop main`: the first line of java.util.logging. */
function month(bytes: Buffer, from: number, to: number): number {
  if (to - from < 26 || bytes[from + 3] !== SPACE || !isDigit(bytes[from + 4])) return NONE;
  const comma = isDigit(bytes[from + 5]) ? from + 6 : from + 5;
  if (!startsWith(bytes, comma, to, ', 2')) return NONE;
  for (let i = comma + 7; i < comma + 20 && i < to - 4; i++)
    if (bytes[i] === SPACE && bytes[i + 2] === 0x4d && bytes[i + 3] === SPACE) return JUL;
  return NONE;
}
