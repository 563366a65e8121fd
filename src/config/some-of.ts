/** A setting that takes some of a closed list of names: `all`, `none`, or a list of them. */
import { itemsOf, quote, type Complain, type Given } from '../util/given.ts';
import { nearest } from '../util/nearest.ts';
import type { Setting } from '../util/setting.ts';

interface SomeOf<N extends string> {
  readonly names: readonly N[];
  readonly fallback: string;
  readonly help: string;
  /** Follows "is": what a name that is none of them is not, such as `no field that can be dropped`. */
  readonly isNone: string;
  /** May stand in front of a name. */
  readonly prefix?: string;
}

/** Its value has them in the order of `names`, each once. */
export function someOf<N extends string>(kind: SomeOf<N>): Setting<readonly N[]> {
  const { names, fallback, help } = kind;
  return {
    kind: 'list | all | none',
    fallback,
    help,
    secret: false,
    read(given, key, complain) {
      const items = itemsOf(given);
      // An empty text is more likely a variable that was left empty than an empty list.
      if (items === undefined || (items.length === 0 && typeof given.value === 'string')) {
        return complain(given.at, `${key} takes ${takes(names)}, not ${quote(given)}`);
      }
      if (items.length === 1 && items[0]!.value === 'all') return names;
      if (items.length === 1 && items[0]!.value === 'none') return [];
      const read = items.map((item) => readName(kind, item, key, complain));
      return read.includes(undefined) ? undefined : names.filter((name) => read.includes(name));
    },
  };
}

function readName<N extends string>(kind: SomeOf<N>, given: Given, key: string, complain: Complain): N | undefined {
  const { names, isNone, prefix = '' } = kind;
  const { value } = given;
  if (typeof value === 'string') {
    const bare = value.startsWith(prefix) ? value.slice(prefix.length) : value;
    const known = names.find((name) => name === bare);
    if (known !== undefined) return known;
    const near = nearest(bare, names);
    if (near !== undefined) return complain(given.at, `${key}: ${quote(given)} is ${isNone}; did you mean ${near}?`);
  }
  return complain(given.at, `${key} takes ${takes(names)}, not ${quote(given)}`);
}

const takes = (names: readonly string[]): string => `all, none or a list of ${names.join(', ')}`;
