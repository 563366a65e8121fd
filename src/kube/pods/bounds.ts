/**
 * How much is kept of what the author of a pod writes. The API accepts 1 MiB of labels on one pod, 256 KiB of annotations, and
 * thousands of pods that name our node and never run. The memory of podferry must not depend on that.
 */
import { Buffer } from 'node:buffer';
import { isOverride, OVERRIDE_PREFIX } from '../../util/overrides.ts';
import { stringMembers } from '../../util/json.ts';

/** Of keys and values together. A document carries at most half of it (render.ts). Rules see the labels that are kept. */
const LABEL_CHARS = 64 * 1024;
/** More than a document carries of an annotation, and longer than any value that counts as an override. */
const VALUE_CHARS = 8 * 1024;
/** Annotations with podferry's prefix and an unknown name. So many are enough for a report. */
const MOST_UNKNOWN = 8;

/** Labels that are always kept: the names of service and owner come from them (render.ts, pod-facts.ts). */
const TELLING = ['app.kubernetes.io/name', 'app', 'app.kubernetes.io/version', 'pod-template-hash'];
/** The API accepts no longer label. */
const TELLING_CHARS = 1024;

/** The first characters of a text, as a copy: a part of a string would keep all of it in memory. */
export function beginning(value: string, chars: number): string {
  return value.length <= chars ? value : Buffer.from(value.slice(0, chars)).toString();
}

/** The labels to keep: each as long as all up to it fit into 64 Ki characters. */
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

/** The annotations to keep. @param chosen the keys to keep besides podferry's own */
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
