/**
 * One thing that set-up puts on a server, and how it differs from what is there. Servers answer with other spellings of the same
 * (nested settings, numbers as texts, members of their own), so both sides are compared leaf by leaf, as texts.
 */
import { asObject, asText, isObject, type Json } from '../util/json.ts';

export interface Item {
  /** For people: `index template`. */
  readonly kind: string;
  readonly name: string;
  /** Where the API of the server has it, without `/` at the beginning. */
  readonly path: string;
  readonly body: Json;
  /** Takes what there is out of an answer to GET of the path; undefined: nothing. */
  readonly read: (answer: Json) => Json | undefined;
  /** The server adds members of its own: only ours are compared. */
  readonly adds?: true;
  /** The answer to GET, where it came with another one. */
  readonly known?: Json;
  /** It belongs to the operator: it is made where it is missing, and never looked into. */
  readonly once?: true;
}

export interface Step {
  readonly item: Item;
  readonly change: 'create' | 'update' | 'remove' | 'none';
  /** What would change, a line each: `+ path: value`, `- path: value`. */
  readonly diff: readonly string[];
  /** As it came: some servers want a mark of what they are asked to replace. */
  readonly answer: Json;
}

/** What everything we make carries, where its kind has room for it. */
export const mark = (version: string) => ({ managed_by: 'podferry', version });

/** The version of podferry that made it; undefined: somebody else did. */
export function madeBy(body: Json): string | undefined {
  const meta = asObject(body['_meta'] ?? asObject(body['policy'])['_meta']);
  if (meta['managed_by'] === 'podferry') return String(meta['version'] ?? 0);
  const text = asText(body['description'] ?? asObject(body['policy'])['description']);
  return /^Made by podferry ([\w-]+(?:\.[\w-]+)*)/.exec(text ?? '')?.[1];
}

/** Whether version `a` is newer than `b`. What is not a number counts as 0. */
export function isNewer(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) =>
    version
      .split('-')[0]!
      .split('.')
      .map((part) => Number(part) || 0),
  );
  for (let i = 0; i < Math.max(left!.length, right!.length); i++) {
    const difference = (left![i] ?? 0) - (right![i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** Compares what is wanted with the answer to GET; `answer` undefined: it is not there. */
export function compare(item: Item, answer: Json | undefined): Step {
  const before = answer && item.read(answer);
  if (before === undefined) return { item, change: 'create', diff: diffOf(new Map(), leaves(item.body)), answer: {} };
  if (item.once) return { item, change: 'none', diff: [], answer: {} };
  const after = leaves(item.body);
  const all = leaves(before);
  const relevant = item.adds ? new Map([...all].filter(([path]) => after.has(path))) : all;
  const diff = diffOf(relevant, after);
  return { item, change: diff.length === 0 ? 'none' : 'update', diff, answer: answer ?? {} };
}

/** A step that takes away what we made before. */
export function removal(item: Item): Step {
  return { item, change: 'remove', diff: diffOf(leaves(item.body), new Map()), answer: {} };
}

function diffOf(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return paths.flatMap((path) => {
    const [old, wanted] = [before.get(path), after.get(path)];
    if (old === wanted) return [];
    return [
      ...(old === undefined ? [] : [`- ${path}: ${old}`]),
      ...(wanted === undefined ? [] : [`+ ${path}: ${wanted}`]),
    ];
  });
}

/** `{a: {b: 1}, c: [{d: 2}]}` → `a.b: 1`, `c.0.d: 2`. A list of plain values is one leaf. */
function leaves(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  const members = isObject(value) ? Object.entries(value) : isListOfObjects(value) ? [...value.entries()] : undefined;
  if (members === undefined || members.length === 0)
    found.set(path, typeof value === 'string' ? value : JSON.stringify(value));
  else for (const [name, member] of members) leaves(member, path === '' ? String(name) : `${path}.${name}`, found);
  return found;
}

function isListOfObjects(value: unknown): value is readonly Json[] {
  return Array.isArray(value) && value.some(isObject);
}
