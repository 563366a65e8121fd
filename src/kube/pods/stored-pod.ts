/** A pod as the book knows it. Plain data: replaced, never changed. */
import type { PodFacts } from './pod-facts.ts';
import type { PodWishes } from './pod-overrides.ts';

export interface Entry {
  readonly pod: PodFacts;
  /** JSON of it: two that are equal render equally. */
  readonly text: string;
  readonly overrides: PodWishes;
  /** The directory it speaks for, as a key. */
  readonly directory: string;
}
