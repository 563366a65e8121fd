/**
 * What the author of a pod may ask for, as the annotation `podferry.io/<name>`: one list for whoever reads annotations and for the
 * setting that forbids them.
 */
import type { Override } from '../types.ts';

export const OVERRIDE_PREFIX = 'podferry.io/';

/** A record, so that the compiler asks for a new one here too. */
const NAMES: Record<Override, true> = {
  exclude: true,
  'exclude-containers': true,
  multiline: true,
  structured: true,
  sample: true,
  'min-level': true,
};

export const OVERRIDES = Object.keys(NAMES) as readonly Override[];

/** @param name without the prefix */
export function isOverride(name: string): name is Override {
  return Object.hasOwn(NAMES, name);
}
