/** A pod as the store knows it. Plain data: replaced, never changed. */
import type { PodFacts } from './pod-facts.ts';
import type { AnnotationOverrides } from './pod-overrides.ts';

export interface StoredPod {
  readonly pod: PodFacts;
  /** The facts as JSON: two pods with the same text are rendered the same. */
  readonly text: string;
  readonly overrides: AnnotationOverrides;
  /** The key of the log directory that belongs to the pod. */
  readonly directory: string;
}
