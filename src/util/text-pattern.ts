/**
 * Patterns that the content of records is searched for: RE2's syntax, which has neither look-around nor references back, so that
 * every search is linear in the content. What is linear may still be slow and large: so the length of a pattern, the steps it becomes
 * and the memory of its automaton are bounded here.
 *
 * The library is loaded when the first pattern is met: most agents have none.
 */
import type { RE2JS } from 're2js';
import { PatternSpans, type Step } from './pattern-spans.ts';

/** Characters of a pattern. */
const LONGEST = 1000;
/**
 * Steps of a pattern. Where its automaton would get too many states, a byte costs time for each of them: 1 MiB takes a few seconds
 * with so many, in the worst case.
 */
const MOST_STEPS = 300;
/** What the states of its automaton may take, as the library counts it. It begins anew when they are full. */
const STATE_BYTES = 1024 * 1024;

/** Each place in a pattern where what repeats may be empty costs all steps once more. */
const MOST_ROUNDS = 8;

type Library = typeof import('re2js');
let library: Library | undefined;

/** Thrown where a pattern is met and the library is not loaded. */
class LibraryMissing extends Error {}

/**
 * What `read` answers or throws. If it meets a pattern it is called once more, with the library loaded: settings are read in one go,
 * and loading takes a moment.
 */
export async function withPatterns<T>(read: () => T): Promise<T> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LibraryMissing)) throw error;
    library = await import('re2js');
    return read();
  }
}

/** A pattern that can be used. Everyone may read its fields. */
export class TextPattern {
  /** As the operator wrote it. */
  readonly source: string;
  readonly #compiled: RE2JS;
  #spans: PatternSpans | undefined;

  private constructor(source: string, compiled: RE2JS) {
    this.source = source;
    this.#compiled = compiled;
  }

  /**
   * The pattern, or why it cannot be used, in words that follow "cannot be used: ". The same text twice makes two patterns.
   * @throws LibraryMissing, which withPatterns() answers
   */
  static of(source: string): TextPattern | string {
    if (source.length > LONGEST) return `it has ${source.length} characters; ${LONGEST} are the most`;
    if (library === undefined) throw new LibraryMissing();
    let compiled: RE2JS;
    try {
      compiled = library.RE2JS.compile(source);
    } catch (error) {
      if (!(error instanceof library.RE2JSException)) throw error;
      return why(source, error.message);
    }
    const steps = compiled.programSize();
    if (steps > MOST_STEPS)
      return `it takes ${steps} steps, and ${MOST_STEPS} are the most; repeat less: {1000} counts a thousand times`;
    const { dfa } = compiled.re2();
    dfa.stateBudget = dfa.memBudget = STATE_BYTES;
    return new TextPattern(source, compiled);
  }

  /** Whether it matches somewhere in bytes[from, to). `^` and `$` are the ends of that. */
  isIn(bytes: Uint8Array, from: number, to: number): boolean {
    return this.#compiled.test(bytes.subarray(from, to));
  }

  /** Why find() cannot be asked, in the same words; undefined: it can. */
  get whyNoFind(): string | undefined {
    const { matchesNothing, rounds } = this.#finder();
    if (matchesNothing) return 'it matches the empty text';
    return rounds > MOST_ROUNDS ? 'it repeats too often what may be empty, such as (a*)*' : undefined;
  }

  /**
   * Where it matches in bytes[from, to), from left to right: `found` is told of the first group of each match, of all of it if it has
   * none. `goesOn`: the content is not whole; then a match that its rest could complete counts.
   */
  find(bytes: Uint8Array, from: number, to: number, goesOn: boolean, found: (from: number, to: number) => void): void {
    if (goesOn || this.isIn(bytes, from, to)) this.#finder().find(bytes, from, to, goesOn, found);
  }

  #finder(): PatternSpans {
    const { prog } = this.#compiled.re2() as unknown as { prog: { inst: readonly Step[]; start: number } };
    return (this.#spans ??= new PatternSpans(prog.inst, prog.start));
  }
}

/** The library's words, and where operators know other syntaxes, ours. */
function why(source: string, message: string): string {
  const text = message.replace(/^error parsing regexp: /, '').replaceAll('`', '"');
  const isOther = /\(\?<?[=!]|\\[1-9]/.test(source);
  const hint = isOther ? '; it takes the syntax of RE2, without look-around and references back' : '';
  return (text.length > 120 ? `${text.slice(0, 120)}…` : text) + hint;
}
