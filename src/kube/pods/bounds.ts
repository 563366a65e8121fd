/**
 * How much is kept of what the author of a pod writes. The API takes a megabyte of labels on one pod, a quarter of annotations,
 * and thousands of pods that name our node and never run: what podferry keeps of each must not depend on them.
 */
import { Buffer } from 'node:buffer';
import { isOverride, OVERRIDE_PREFIX } from '../../util/overrides.ts';
import { stringMembers } from '../../util/json.ts';

/** Keys and values. Documents carry no labels of more than half of that (render.ts); rules match those that are kept. */
const LABEL_CHARS = 64 * 1024;
/** Longer than what a document carries of an annotation, and than any wish that can be met. */
const VALUE_CHARS = 8 * 1024;
/** Of podferry's annotations that do not exist: enough to be reported. */
const MOST_UNKNOWN = 8;

/** What the names of service and owner are made of (render.ts, podfacts.ts): kept in any case. */
const TELLING = ['app.kubernetes.io/name', 'app', 'app.kubernetes.io/version', 'pod-template-hash'];
/** No label that the API takes is longer. */
const TELLING_CHARS = 1024;

/** The beginning of a text. A copy: a part of a string keeps all of the string in memory. */
export function beginning(value: string, chars: number): string {
  return value.length <= chars ? value : Buffer.from(value.slice(0, chars)).toString();
}

/** Labels, up to the one that is too much. */
export function keptLabels(labels: unknown): Record<string, string> {
  let chars = 0;
  const kept: [string, string][] = [];
  for (const [key, value] of Object.entries(stringMembers(labels))) {
    chars += key.length + value.length;
    if (chars <= LABEL_CHARS) kept.push([key, value]);
    else if (TELLING.includes(key)) kept.push([key, beginning(value, TELLING_CHARS)]);
  }
  return Object.fromEntries(kept);
}

/** @param chosen the keys to keep besides podferry's own */
export function keptAnnotations(annotations: unknown, chosen: readonly string[]): Record<string, string> {
  let unknown = 0;
  const kept = stringMembers(annotations, (key) => {
    if (chosen.includes(key)) return true;
    return (
      key.startsWith(OVERRIDE_PREFIX) && (isOverride(key.slice(OVERRIDE_PREFIX.length)) || unknown++ < MOST_UNKNOWN)
    );
  });
  return Object.fromEntries(Object.entries(kept).map(([key, value]) => [key, beginning(value, VALUE_CHARS)]));
}
