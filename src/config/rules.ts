/**
 * `rules`: what the operator asks for some containers. A later rule overrides an earlier one. If some keep, nothing is read but
 * what one of them matches. They are resolved once for a container log, never for a line.
 */
import type { ContentPattern, Level, OwnSecret, Parse, Preset, RateLimit, TraceKind } from '../types.ts';
import { quote, type Complain, type Given } from '../util/given.ts';
import { PRESETS } from '../util/presets.ts';
import type { Setting } from '../util/setting.ts';
import { fits } from '../util/pattern.ts';
import type { StreamPart } from '../util/stream-name.ts';
import { multiline as multilineValue, redaction, texts } from './rule-patterns.ts';
import {
  choice,
  constants,
  known,
  oneIn,
  outputName,
  parseValue,
  pattern,
  rateLimit,
  streamPart,
} from './rule-values.ts';

/** A rule whose values are checked. Absent: the rule does not ask for it. */
export interface Rule {
  readonly match: Match;
  /** Never open the container's files; false: open them although an earlier rule says so. */
  readonly drop?: boolean;
  /** Open no files but those of containers that such a rule matches. */
  readonly keep?: true;
  readonly minLevel?: Level;
  /** Keep one record in so many. */
  readonly sample?: number;
  /** Three together. */
  readonly multiline?: boolean;
  readonly traces?: TraceKind | undefined;
  readonly firstLine?: ContentPattern | undefined;
  readonly structured?: boolean;
  readonly parse?: Parse;
  /** The name of the output that the logs go to. */
  readonly output?: string;
  /** Of the data stream, in place of those of the Elasticsearch sink. */
  readonly dataset?: StreamPart;
  readonly namespace?: StreamPart;
  /** Each once, in the order of PRESETS. */
  readonly redact?: readonly Preset[];
  readonly secrets?: readonly OwnSecret[];
  /** Drop records that have none of these in them, or one of these. */
  readonly include?: readonly (string | ContentPattern)[];
  readonly exclude?: readonly (string | ContentPattern)[];
  /** Drop what is more. */
  readonly rate?: RateLimit;
  /** Constant members of documents, by name. */
  readonly add?: Readonly<Record<string, string>>;
}

/** Everything that is given must match. Each is a pattern. */
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
  /** Undefined: its pod is not known. */
  readonly labels: ReadonlyMap<string, string> | undefined;
}

/** What the matching rules ask for together. What is to be redacted, and what is to be added, adds up: no later rule takes it back. */
export function resolveRules(rules: readonly Rule[], subject: Subject): Omit<Rule, 'match' | 'keep'> {
  let asked: Omit<Rule, 'match' | 'keep'> = {};
  let isKept = !rules.some(({ keep }) => keep);
  const redacted = new Set<Preset>();
  const found: OwnSecret[] = [];
  for (const { match, keep, redact = [], secrets = [], ...more } of rules) {
    // In doubt a log is read, and redacted.
    const mayMatch = matches(match, subject, true);
    if (keep && mayMatch) isKept = true;
    if (mayMatch) for (const preset of redact) redacted.add(preset);
    if (mayMatch) found.push(...secrets);
    if (matches(match, subject, false))
      asked = { ...asked, ...more, ...(asked.add && more.add ? { add: { ...asked.add, ...more.add } } : {}) };
  }
  if (redacted.size > 0) asked = { ...asked, redact: PRESETS.filter((preset) => redacted.has(preset)) };
  if (found.length > 0) asked = { ...asked, secrets: found };
  return isKept ? asked : { ...asked, drop: true };
}

/**
 * Whether everything that is given in `match` matches.
 * @param otherwise the answer if it depends on what is not known
 */
export function matches(match: Match, { namespace, pod, container, labels }: Subject, otherwise: boolean): boolean {
  // The path names no pod, and the pod is not known.
  if (namespace === '' && (match.namespace ?? match.pod) !== undefined) return otherwise;
  if (match.namespace !== undefined && !fits(match.namespace, namespace)) return false;
  if (match.pod !== undefined && !fits(match.pod, pod)) return false;
  if (match.container !== undefined && !fits(match.container, container)) return false;
  if (labels === undefined) return match.labels.size === 0 || otherwise;
  for (const [key, pattern] of match.labels) {
    const value = labels.get(key);
    // A label that is not there is another one than any that is named.
    if (value === undefined ? !pattern.startsWith('!') : !fits(pattern, value)) return false;
  }
  return true;
}

const LEVELS: readonly Level[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const MEMBERS = [
  'match',
  'drop',
  'keep',
  'min_level',
  'sample',
  'multiline',
  'structured',
  'parse',
  'output',
  'dataset',
  'namespace',
  'redact',
  'include',
  'exclude',
  'rate',
  'add',
];
/** An optional prefix, and a name. */
const LABEL_KEY = /^(?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;
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
  const drop = choice(members.get('drop'), `${key}.drop`, ['true', 'false'], complain);
  const keep = choice(members.get('keep'), `${key}.keep`, ['true'], complain);
  if (keep === 'true' && drop !== undefined)
    return complain(given.at, `${key} has keep and drop; what it keeps alone is read, so drop needs a rule of its own`);
  const multiline = multilineValue(members.get('multiline'), `${key}.multiline`, complain);
  const structured = choice(members.get('structured'), `${key}.structured`, ['auto', 'off'], complain);
  const parse = parseValue(members.get('parse'), `${key}.parse`, complain);
  const output = outputName(members.get('output'), `${key}.output`, complain);
  const dataset = streamPart(members.get('dataset'), `${key}.dataset`, complain);
  const namespace = streamPart(members.get('namespace'), `${key}.namespace`, complain);
  const redacted = redaction(members.get('redact'), `${key}.redact`, complain);
  const include = texts(members.get('include'), `${key}.include`, complain);
  const exclude = texts(members.get('exclude'), `${key}.exclude`, complain);
  const rate = rateLimit(members.get('rate'), `${key}.rate`, complain);
  const add = constants(members.get('add'), `${key}.add`, complain);
  const sample = oneIn(members.get('sample'), `${key}.sample`, complain);
  return {
    match: readMatch(members.get('match') ?? { at: given.at, value: '' }, `${key}.match`, complain),
    ...(drop === undefined ? {} : { drop: drop === 'true' }),
    ...(keep === undefined ? {} : { keep: true as const }),
    ...(minLevel === undefined ? {} : { minLevel }),
    ...(sample === undefined ? {} : { sample }),
    ...multiline,
    ...(structured === undefined ? {} : { structured: structured === 'auto' }),
    ...(parse === undefined ? {} : { parse }),
    ...(output === undefined ? {} : { output }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(redacted === undefined || redacted.presets.length === 0 ? {} : { redact: redacted.presets }),
    ...(redacted === undefined || redacted.secrets.length === 0 ? {} : { secrets: redacted.secrets }),
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(rate === undefined ? {} : { rate }),
    ...(add === undefined ? {} : { add }),
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
      if (!LABEL_KEY.test(name)) complain(value.at, `${key}.labels: ${JSON.stringify(name)} can be no label`);
      const wanted = pattern(value, `${key}.labels.${name}`, 'label', complain);
      if (wanted !== undefined) labels.set(name, wanted);
    }
  }
  const namespace = pattern(members.get('namespace'), `${key}.namespace`, 'namespace', complain);
  const pod = pattern(members.get('pod'), `${key}.pod`, 'pod', complain);
  const container = pattern(members.get('container'), `${key}.container`, 'container', complain);
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(pod === undefined ? {} : { pod }),
    ...(container === undefined ? {} : { container }),
    labels,
  };
}
