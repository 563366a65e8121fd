/**
 * `kubernetes.pod_overrides`: what the authors of pods may ask for by annotation. `all`, `none`, or a list of names, each with
 * or without `podferry.io/` before it.
 */
import type { OverrideName } from '../types.ts';
import { nearest } from '../util/nearest.ts';
import { isOverride, OVERRIDE_PREFIX, OVERRIDES } from '../util/overrides.ts';
import { quote, type Complain, type Given } from '../util/given.ts';
import type { Setting } from '../util/setting.ts';

export const overrides = (help: string): Setting<readonly OverrideName[]> => ({
  kind: 'list | all | none',
  fallback: 'all',
  help,
  secret: false,
  read(given, key, complain) {
    const items = typeof given.value === 'string' ? split(given, given.value) : given.value;
    const takes = `${key} takes all, none or a list of ${OVERRIDES.join(', ')}`;
    // Nothing at all is more likely a variable that was left empty than a list of nothing.
    if (!Array.isArray(items) || (items.length === 0 && typeof given.value === 'string')) {
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

function split(given: Given, value: string): Given[] {
  const items = value.split(',').map((item) => item.trim());
  return items.filter((item) => item !== '').map((item) => ({ at: given.at, value: item }));
}
