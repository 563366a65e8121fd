/**
 * `rules`: what the operator asks for some containers. A later rule overrides an earlier one. They are resolved once for a
 * container log, never for a line. A pattern has no special character but `*`, so that none can take long.
 */
import type { Level } from '../types.ts';
import { quote, type Complain, type Given } from '../util/given.ts';
import type { Setting } from '../util/setting.ts';
import { nearest } from '../util/nearest.ts';

/** A rule whose values are checked. Absent: the rule does not ask for it. */
export interface Rule {
  readonly match: Match;
  /** Never open the container's files. */
  readonly drop?: true;
  readonly minLevel?: Level;
  /** Keep one record in so many. */
  readonly sample?: number;
  readonly multiline?: boolean;
  readonly structured?: boolean;
}

/** Everything that is given must match. Each is a pattern in which `*` stands for any text. */
export interface Match {
  readonly namespace?: string;
  readonly pod?: string;
  readonly container?: string;
  /** By label key, verbatim. */
  readonly labels: ReadonlyMap<string, string>;
}

/** The container that rules are compared with. */
export interface Subject {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** What the matching rules ask for together. */
export function resolveRules(rules: readonly Rule[], subject: Subject): Omit<Rule, 'match'> {
  let asked: Omit<Rule, 'match'> = {};
  for (const { match, ...more } of rules) if (matches(match, subject)) asked = { ...asked, ...more };
  return asked;
}

/** Whether everything that is given in `match` matches. */
export function matches(match: Match, subject: Subject): boolean {
  if (match.namespace !== undefined && !glob(match.namespace, subject.namespace)) return false;
  if (match.pod !== undefined && !glob(match.pod, subject.pod)) return false;
  if (match.container !== undefined && !glob(match.container, subject.container)) return false;
  for (const [key, pattern] of match.labels) {
    const value = subject.labels.get(key);
    if (value === undefined || !glob(pattern, value)) return false;
  }
  return true;
}

/** Whether the pattern, such as `shop-*`, matches the whole text. It searches each piece once, from left to right: linear time. */
export function glob(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces.shift()!;
  const last = pieces.pop();
  if (last === undefined) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

const LEVELS: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const MEMBERS = ['match', 'drop', 'min_level', 'sample', 'multiline', 'structured'];
const MATCH_MEMBERS = ['namespace', 'pod', 'container', 'labels'];

export const rules = (help: string): Setting<readonly Rule[]> => ({
  kind: 'list of rules',
  fallback: '[]',
  shown: 'none',
  help,
  secret: false,
  read(given, key, complain) {
    if (given.value === '' || given.value === '[]') return [];
    if (!Array.isArray(given.value)) {
      return complain(
        given.at,
        `${key} takes a list such as [{match: {namespace: dev-*}, drop: true}], not ${quote(given)}`,
      );
    }
    return given.value.map((rule, i) => readRule(rule, `${key}[${i}]`, complain)).filter((rule) => rule !== undefined);
  },
});

function readRule(given: Given, key: string, complain: Complain): Rule | undefined {
  const members = given.value;
  if (!(members instanceof Map))
    return complain(given.at, `${key} takes a map with match and what to do, not ${quote(given)}`);
  known(members, MEMBERS, key, complain);
  const asks = MEMBERS.slice(1).some((member) => members.has(member));
  if (!asks) return complain(given.at, `${key} asks for nothing; give one of ${MEMBERS.slice(1).join(', ')}`);

  const minLevel = choice(members.get('min_level'), `${key}.min_level`, LEVELS, complain);
  const drop = choice(members.get('drop'), `${key}.drop`, ['true'], complain);
  const multiline = choice(members.get('multiline'), `${key}.multiline`, ['auto', 'off'], complain);
  const structured = choice(members.get('structured'), `${key}.structured`, ['auto', 'off'], complain);
  const sample = oneIn(members.get('sample'), `${key}.sample`, complain);
  return {
    match: readMatch(members.get('match') ?? { at: given.at, value: '' }, `${key}.match`, complain),
    ...(drop === undefined ? {} : { drop: true as const }),
    ...(minLevel === undefined ? {} : { minLevel }),
    ...(sample === undefined ? {} : { sample }),
    ...(multiline === undefined ? {} : { multiline: multiline === 'auto' }),
    ...(structured === undefined ? {} : { structured: structured === 'auto' }),
  };
}

function readMatch(given: Given, key: string, complain: Complain): Match {
  const labels = new Map<string, string>();
  if (!(given.value instanceof Map) || given.value.size === 0) {
    complain(given.at, `${key} takes a map such as {namespace: shop, pod: web-*}, not ${quote(given)}`);
    return { labels };
  }
  const members = given.value;
  known(members, MATCH_MEMBERS, key, complain);
  const labelMap = members.get('labels');
  if (labelMap !== undefined && !(labelMap.value instanceof Map)) {
    complain(labelMap.at, `${key}.labels takes a map such as {app: web}, not ${quote(labelMap)}`);
  } else if (labelMap !== undefined) {
    for (const [name, value] of labelMap.value as Map<string, Given>) {
      const wanted = pattern(value, `${key}.labels.${name}`, complain);
      if (wanted !== undefined) labels.set(name, wanted);
    }
  }
  const namespace = pattern(members.get('namespace'), `${key}.namespace`, complain);
  const pod = pattern(members.get('pod'), `${key}.pod`, complain);
  const container = pattern(members.get('container'), `${key}.container`, complain);
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(pod === undefined ? {} : { pod }),
    ...(container === undefined ? {} : { container }),
    labels,
  };
}

function pattern(given: Given | undefined, key: string, complain: Complain): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given.value === 'string' && given.value !== '' && given.value.length <= 256) return given.value;
  return complain(given.at, `${key} takes a name, with * for any text, not ${quote(given)}`);
}

function choice<T extends string>(
  given: Given | undefined,
  key: string,
  choices: readonly T[],
  complain: Complain,
): T | undefined {
  if (given === undefined) return undefined;
  const found = choices.find((c) => c === given.value);
  return (
    found ??
    complain(given.at, `${key} takes ${choices.join(', ').replace(/, ([^,]*)$/, ' or $1')}, not ${quote(given)}`)
  );
}

function oneIn(given: Given | undefined, key: string, complain: Complain): number | undefined {
  if (given === undefined) return undefined;
  const value = typeof given.value === 'string' && /^\d{1,7}$/.test(given.value) ? Number(given.value) : 0;
  if (value >= 1) return value;
  return complain(given.at, `${key} takes a whole number such as 10, to keep one record in 10, not ${quote(given)}`);
}

function known(members: Map<string, Given>, names: readonly string[], key: string, complain: Complain): void {
  for (const [name, { at }] of members) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    const hint = near === undefined ? `it may hold ${names.join(', ')}` : `did you mean ${near}?`;
    complain(at, `${key} has no member ${name}; ${hint}`);
  }
}
