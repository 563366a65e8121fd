/**
 * Whether content has one of some texts in it, or matches one of some patterns. Texts are looked for first: one pass finds all of them.
 */
import type { Buffer } from 'node:buffer';
import type { ContentPattern } from '../../types.ts';
import { TextSet } from './text-set.ts';

/** By the list, which is the rule's own: a search is made once, however many containers the rule matches. */
const made = new WeakMap<readonly (string | ContentPattern)[], TextSearch>();

export class TextSearch {
  readonly #texts: TextSet | undefined;
  readonly #patterns: readonly ContentPattern[];

  private constructor(wanted: readonly (string | ContentPattern)[]) {
    const texts = wanted.filter((each) => typeof each === 'string');
    this.#texts = texts.length === 0 ? undefined : new TextSet(texts);
    this.#patterns = wanted.filter((each) => typeof each !== 'string');
  }

  /** The search for these texts and patterns, none of them empty, the texts with fewer than 65,535 bytes together. */
  static of(wanted: readonly (string | ContentPattern)[]): TextSearch {
    let search = made.get(wanted);
    if (search === undefined) made.set(wanted, (search = new TextSearch(wanted)));
    return search;
  }

  /** Whether one of them is in bytes[from, to). */
  isIn(bytes: Buffer, from: number, to: number): boolean {
    if (this.#texts?.isIn(bytes, from, to) === true) return true;
    for (const pattern of this.#patterns) if (pattern.isIn(bytes, from, to)) return true;
    return false;
  }
}
