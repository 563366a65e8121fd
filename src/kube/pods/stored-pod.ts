/** A pod as the book knows it. Plain data: replaced, never changed. */
import type { PodFacts } from './pod-facts.ts';
import type { AnnotationOverrides } from './pod-overrides.ts';

export interface StoredPod {
  readonly pod: PodFacts;
  /** JSON of it: two that are equal render equally. */
  readonly text: string;
  readonly overrides: AnnotationOverrides;
  /** The directory it speaks for, as a key. */
  readonly directory: string;
}
