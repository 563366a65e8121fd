/**
 * The pod overrides: what the author of a pod may ask for by the annotation `podferry.io/<name>`. One list for the reader of
 * annotations and for the setting that forbids them.
 */
import type { OverrideName } from '../types.ts';

export const OVERRIDE_PREFIX = 'podferry.io/';

/** A record, so that the compiler asks for a new name here too. */
const NAMES: Record<OverrideName, true> = {
  exclude: true,
  'exclude-containers': true,
  multiline: true,
  structured: true,
  sample: true,
  'min-level': true,
  redact: true,
  rate: true,
  dataset: true,
};

export const OVERRIDES = Object.keys(NAMES) as readonly OverrideName[];

/** @param name without the prefix */
export function isOverride(name: string): name is OverrideName {
  return Object.hasOwn(NAMES, name);
}
