/**
 * Which lines go on with a stack trace. The files beside this one say it, each for a family of runtimes.
 *
 * Pure functions on the content of a line. continues() says whether a line can be the next one of a trace of that kind, and what
 * may come after it. A line that only looks like a part of a trace, with no head (head.ts) before it, stays a record of its own.
 */
import type { Buffer } from 'node:buffer';
import { isDigit, OPEN_BRACE } from '../../../util/ascii.ts';
import { next as beam } from './beam.ts';
import { next as block } from './block.ts';
import { next as framed } from './framed.ts';
import { next as go } from './go.ts';
import { BEAM, BLOCK, FRAMED, GO, LOGGER, NATIVE, NODE, NONE, PYTHON, PYTHON_TOO, SCRIPT, SPACED } from './kinds.ts';
import { next as logger } from './logger.ts';
import { next as native } from './native.ts';
import { next as node } from './node.ts';
import { next as python } from './python.ts';
import { next as script } from './script.ts';
import { LETTER } from './text.ts';

/**
 * Whether it is worth looking back: false if the line surely begins something. Cheap: asked for every line.
 * The line after a head must pass this as well as continues(), or it would matter whether the head is still at hand.
 */
export function looksBack(bytes: Buffer, from: number, to: number): boolean {
  if (from === to) return true;
  const c = bytes[from]!;
  switch (LETTER[c]) {
    case 4:
      return !isDigit(bytes[from + 1]);
    case 2: // klog
      return !isDigit(bytes[from + 1]);
    case 0:
      if (c === OPEN_BRACE) return bytes[from + 1] !== 0x22;
      return c !== 0x5b || (LETTER[bytes[from + 1]!]! & 1) === 1;
    default:
      return true;
  }
}

/** No trace has a line that begins with such a byte, but for the text of a message and the lines that boxes are drawn with. */
export function isForeign(c: number | undefined): boolean {
  return c !== undefined && c >= 0x80 && c !== 0xe2;
}

/** What the trace is at once this line has joined it, perhaps with OPEN; NONE if the line does not belong to it. */
export function continues(kind: number, bytes: Buffer, from: number, to: number): number {
  switch ((kind & ~SPACED) >> 3) {
    case LOGGER:
      return logger(kind, bytes, from, to);
    case FRAMED:
      return framed(kind, bytes, from, to);
    case PYTHON:
    case PYTHON_TOO:
      return python(kind, bytes, from, to);
    case GO:
      return go(kind, bytes, from, to);
    case NODE:
      return node(kind, bytes, from, to);
    case NATIVE:
      return native(kind, bytes, from, to);
    case SCRIPT:
      return script(kind, bytes, from, to);
    case BEAM:
      return beam(kind, bytes, from, to);
    case BLOCK:
      return block(kind, bytes, from, to);
    default:
      return NONE;
  }
}
