/**
 * The presets of `multiline`: whose stack traces are joined. One list for the settings, the annotation and the code that joins.
 */
import type { TraceKind } from '../types.ts';

/** A record, so that the compiler asks for a new name here too. */
const NAMES: Record<TraceKind, true> = {
  java: true,
  dotnet: true,
  node: true,
  python: true,
  go: true,
  rust: true,
  ruby: true,
  php: true,
  erlang: true,
};

export const TRACE_KINDS = Object.keys(NAMES) as readonly TraceKind[];

/** What `multiline` of a rule and of a pod may be as one word. */
export const MULTILINE_WORDS: readonly string[] = ['auto', 'off', ...TRACE_KINDS];

/** What such a word asks for. It takes back whatever was asked for before. */
export function multilineOf(word: string): { multiline: boolean; traces: TraceKind | undefined; firstLine: undefined } {
  return { multiline: word !== 'off', traces: TRACE_KINDS.find((kind) => kind === word), firstLine: undefined };
}
