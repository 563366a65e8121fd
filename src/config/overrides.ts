/**
 * `kubernetes.pod_overrides`: which overrides the authors of pods may ask for by annotation. `all`, `none`, or a list of names,
 * with or without the prefix `podferry.io/`.
 */
import type { OverrideName } from '../types.ts';
import { nearest } from '../util/nearest.ts';
import { isOverride, OVERRIDE_PREFIX, OVERRIDES } from '../util/overrides.ts';
import { itemsOf, quote, type Complain, type Given } from '../util/given.ts';
import type { Setting } from '../util/setting.ts';

export const overrides = (help: string): Setting<readonly OverrideName[]> => ({
  kind: 'list | all | none',
  fallback: 'all',
  help,
  secret: false,
  read(given, key, complain) {
    const items = itemsOf(given);
    const takes = `${key} takes all, none or a list of ${OVERRIDES.join(', ')}`;
    // An empty text is more likely a variable that was left empty than an empty list.
    if (items === undefined || (items.length === 0 && typeof given.value === 'string')) {
      return complain(given.at, `${takes}, not ${quote(given)}`);
    }
    if (items.length === 1 && items[0]!.value === 'all') return OVERRIDES;
    if (items.length === 1 && items[0]!.value === 'none') return [];
    const names = items.map((item) => readName(item, key, takes, complain));
    return names.includes(undefined) ? undefined : OVERRIDES.filter((name) => names.includes(name));
  },
});

function readName(given: Given, key: string, takes: string, complain: Complain): OverrideName | undefined {
  const { value } = given;
  if (typeof value !== 'string') return complain(given.at, `${takes}, not ${quote(given)}`);
  const name = value.startsWith(OVERRIDE_PREFIX) ? value.slice(OVERRIDE_PREFIX.length) : value;
  if (isOverride(name)) return name;
  const near = nearest(name, OVERRIDES);
  if (near === undefined) return complain(given.at, `${takes}, not ${quote(given)}`);
  return complain(given.at, `${key}: ${quote(given)} is nothing a pod may ask for; did you mean ${near}?`);
}
