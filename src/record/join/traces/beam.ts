/** Elixir's and Erlang's reports, and Clojure's. */
import type { Buffer } from 'node:buffer';
import { SPACE, TAB } from '../../../util/ascii.ts';
import { CLOJURE, CLOJURE_PATH, ELIXIR, ELIXIR_GAP, ERLANG, ERLANG_BODY, NONE, OPEN, OVER } from './kinds.ts';
import { holds, isFresh, startsWith } from './text.ts';

/** The kind of report that the line begins. */
export function begins(bytes: Buffer, from: number, to: number): number {
  switch (bytes[from]) {
    case 0x2a:
      return isElixirError(bytes, from, to) ? ELIXIR : NONE;
    case 0x3d:
      return holds(bytes, from, Math.min(to, from + 40), ' REPORT==== ') ? ERLANG : NONE;
    default:
      return (startsWith(bytes, from, to, 'Execution error') || startsWith(bytes, from, to, 'Syntax error ')) &&
        holds(bytes, from, to, ' at ')
        ? CLOJURE
        : NONE;
  }
}

export function next(kind: number, bytes: Buffer, from: number, to: number): number {
  const indented = from < to && (bytes[from] === SPACE || bytes[from] === TAB);
  switch (kind) {
    case ELIXIR:
      if (from === to) return ELIXIR_GAP | OPEN;
      if (indented) return isFresh(bytes, from, to) ? NONE : ELIXIR;
      return isElixirPart(bytes, from, to) ? ELIXIR : NONE;
    case ELIXIR_GAP:
      return indented && !isFresh(bytes, from, to) && holds(bytes, from, to, ': ') ? ELIXIR : NONE;
    case ERLANG:
      if (from === to || isFresh(bytes, from, to)) return isTerm(bytes, from, to) ? ERLANG_BODY : NONE;
      return bytes[to - 1] === 0x3a && !indented ? ERLANG : ERLANG_BODY;
    case ERLANG_BODY:
      return indented && !isFresh(bytes, from, to) ? ERLANG_BODY : NONE;
    case CLOJURE:
      if (startsWith(bytes, from, to, 'Full report at:')) return CLOJURE_PATH;
      return isFresh(bytes, from, to) ? NONE : CLOJURE | OPEN;
    case CLOJURE_PATH:
      return bytes[from] === 0x2f && from < to ? OVER : NONE;
    default:
      return NONE;
  }
}

/** `** (ArithmeticError) bad argument in arithmetic expression` */
export function isElixirError(bytes: Buffer, from: number, to: number): boolean {
  return startsWith(bytes, from, to, '** (');
}

function isElixirPart(bytes: Buffer, from: number, to: number): boolean {
  return (
    isElixirError(bytes, from, to) ||
    startsWith(bytes, from, to, 'Last message') ||
    startsWith(bytes, from, to, 'State: ') ||
    startsWith(bytes, from, to, 'Client #PID<') ||
    startsWith(bytes, from, to, 'Function: ')
  );
}

/** `{badarith,[…]}` is a term of Erlang, `{"a":1}` is an object of JSON. */
function isTerm(bytes: Buffer, from: number, to: number): boolean {
  return to - from > 1 && bytes[from] === 0x7b && bytes[from + 1] !== 0x22;
}
