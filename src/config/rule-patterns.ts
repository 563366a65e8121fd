/**
 * The members of a rule that hold texts and patterns to look for in records: `include`, `exclude`, `redact`,
 * `multiline`.
 *
 * A pattern is a map, `{pattern: "GET /health[a-z]*"}`, and not a text between slashes: `/api/` is a text that people exclude.
 */
import type { OwnSecret, Preset, TraceKind } from '../types.ts';
import { quote, type Complain, type Given } from '../util/given.ts';
import { nearest } from '../util/nearest.ts';
import { PRESETS } from '../util/presets.ts';
import { TextPattern } from '../util/text-pattern.ts';
import { MULTILINE_WORDS, multilineOf } from '../util/trace-kinds.ts';
import { known } from './rule-values.ts';

const MOST_PATTERNS = 16;

/** A pattern, or a sentence that says why it cannot be used. `whyNot`: what else speaks against it. */
export function textPattern(
  given: Given,
  key: string,
  complain: Complain,
  whyNot: (pattern: TextPattern) => string | undefined = () => undefined,
): TextPattern | undefined {
  const { at, value } = given;
  if (typeof value !== 'string' || value === '')
    return complain(at, `${key} takes a pattern such as "GET /health[a-z]*", not ${quote(given)}`);
  const pattern = TextPattern.of(value);
  const why = typeof pattern === 'string' ? pattern : whyNot(pattern);
  if (why !== undefined) return complain(at, `${key}: pattern ${quote(given)} cannot be used: ${why}`);
  return pattern as TextPattern;
}

const MOST_TEXTS = 64;
const MOST_CHARACTERS = 4096;

/** Texts and patterns that records are searched for. */
export function texts(
  given: Given | undefined,
  key: string,
  complain: Complain,
): readonly (string | TextPattern)[] | undefined {
  if (given === undefined) return undefined;
  const items = listOf(given);
  const odd = items.find(({ value }) => value === '' || Array.isArray(value));
  if (odd !== undefined || items.length === 0)
    return complain(
      given.at,
      `${key} takes a list of texts such as ["GET /healthz"] and patterns such as {pattern: "GET /health[a-z]*"}, not ` +
        quote(odd ?? given),
    );
  const found = items.filter(({ value }) => typeof value === 'string').map(({ value }) => value as string);
  const characters = found.reduce((sum, { length }) => sum + length, 0);
  if (found.length > MOST_TEXTS || characters > MOST_CHARACTERS)
    return complain(given.at, `${key} takes ${MOST_TEXTS} texts with ${MOST_CHARACTERS} characters together at most`);
  const patterns = items.flatMap((item, i) => {
    if (!(item.value instanceof Map) || hasStrangers(item.value, ['pattern'], `${key}[${i}]`, complain)) return [];
    return textPattern(item.value.get('pattern') ?? item, `${key}[${i}]`, complain) ?? [];
  });
  if (items.length - found.length > MOST_PATTERNS)
    return complain(given.at, `${key} takes ${MOST_PATTERNS} patterns at most`);
  return [...found, ...patterns];
}

/** Which lines are joined: `auto`, `off`, a preset, or a map with the pattern of first lines. */
export function multiline(given: Given | undefined, key: string, complain: Complain): Multiline | undefined {
  if (given === undefined) return undefined;
  const { value } = given;
  if (value instanceof Map) {
    if (hasStrangers(value, ['first_line'], key, complain)) return undefined;
    const firstLine = textPattern(value.get('first_line') ?? given, `${key}.first_line`, complain);
    return firstLine && { multiline: true, traces: undefined, firstLine };
  }
  if (typeof value === 'string' && MULTILINE_WORDS.includes(value)) return multilineOf(value);
  const near = typeof value === 'string' ? nearest(value, MULTILINE_WORDS) : undefined;
  if (near !== undefined) return complain(given.at, `${key} has no preset ${quote(given)}; did you mean ${near}?`);
  const takes = `${MULTILINE_WORDS.join(', ')} or a pattern of first lines such as {first_line: '^\\d{4}-'}`;
  return complain(given.at, `${key} takes ${takes}, not ${quote(given)}`);
}

interface Multiline {
  readonly multiline: boolean;
  readonly traces: TraceKind | undefined;
  readonly firstLine: TextPattern | undefined;
}

/** What a name of a secret may be: it stands in documents as it is. */
const SECRET_NAME = /^[a-z][a-z0-9_]{0,15}$/;
const UNNAMED = 'pattern';

/** What a rule redacts. */
export interface Redaction {
  /** Each once, in the order of PRESETS. */
  readonly presets: readonly Preset[];
  readonly secrets: readonly OwnSecret[];
}

/** What is to be redacted: presets, and patterns such as `{pattern: 'token=(\S+)', name: token}`. */
export function redaction(given: Given | undefined, key: string, complain: Complain): Redaction | undefined {
  if (given === undefined) return undefined;
  const items = listOf(given);
  const takes = `${key} takes a list of ${PRESETS.join(', ')} and of patterns such as {pattern: 'token=(\\S+)', name: token}`;
  if (items.length === 0) return complain(given.at, `${takes}, and at least one`);
  const names = new Set(items.map(({ value }) => value));
  const secrets: OwnSecret[] = [];
  items.forEach((item, i) => {
    if (PRESETS.some((preset) => preset === item.value)) return;
    if (item.value instanceof Map) {
      const secret = ownSecret(item, `${key}[${i}]`, complain);
      if (secret !== undefined) secrets.push(secret);
      return;
    }
    const near = typeof item.value === 'string' ? nearest(item.value, PRESETS) : undefined;
    complain(
      item.at,
      near === undefined
        ? `${takes}, not ${quote(item)}`
        : `${key} has no preset ${quote(item)}; did you mean ${near}?`,
    );
  });
  if (secrets.length > MOST_PATTERNS) return complain(given.at, `${key} takes ${MOST_PATTERNS} patterns at most`);
  return { presets: PRESETS.filter((preset) => names.has(preset)), secrets };
}

function ownSecret(given: Given, key: string, complain: Complain): OwnSecret | undefined {
  const members = given.value as Map<string, Given>;
  if (hasStrangers(members, ['pattern', 'name'], key, complain)) return undefined;
  const pattern = textPattern(members.get('pattern') ?? given, key, complain, ({ whyNoFind }) => whyNoFind);
  const named = members.get('name');
  const name = named === undefined ? UNNAMED : named.value;
  if (typeof name !== 'string' || !SECRET_NAME.test(name))
    return complain(
      named!.at,
      `${key}.name takes small letters, digits and _, 16 at most, not ${quote(named!)}: it stands in documents as [redacted:<name>]`,
    );
  if (PRESETS.some((preset) => preset === name))
    return complain(named!.at, `${key}.name is ${name}, which is the name of a preset; it takes another one`);
  return pattern && { name, pattern };
}

/** Complains of members that are none of these. */
function hasStrangers(members: Map<string, Given>, names: readonly string[], key: string, complain: Complain): boolean {
  known(members, names, key, complain);
  return [...members.keys()].some((name) => !names.includes(name));
}

/** One item may stand without its list. */
function listOf(given: Given): readonly Given[] {
  return Array.isArray(given.value) ? given.value : [given];
}
