/**
 * What the author of a pod may ask for, as the annotation `podferry.io/<name>`: one list for whoever reads annotations and for the
 * setting that forbids them.
 */
import type { OverrideName } from '../types.ts';

export const OVERRIDE_PREFIX = 'podferry.io/';

/** A record, so that the compiler asks for a new one here too. */
const NAMES: Record<OverrideName, true> = {
  exclude: true,
  'exclude-containers': true,
  multiline: true,
  structured: true,
  sample: true,
  'min-level': true,
};

export const OVERRIDES = Object.keys(NAMES) as readonly OverrideName[];

/** @param name without the prefix */
export function isOverride(name: string): name is OverrideName {
  return Object.hasOwn(NAMES, name);
}
