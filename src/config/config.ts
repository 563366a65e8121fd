/**
 * The settings of one run: a flag wins over the environment, that over the file, and that over the default. All mistakes are
 * reported at once.
 *
 * `config.batch.max_bytes` is the setting `batch.max_bytes`. Sizes are bytes, durations milliseconds, and paths absolute. Secrets
 * and certificates are functions, since their files may change. The names stand in config/table.ts.
 */
import { readFileSync } from 'node:fs';
import { crossCheck } from './checks.ts';
import { derive, type Derived } from './derive.ts';
import { readInline, readYaml, type Env } from './file.ts';
import type { Complain, Given, Layer } from '../util/given.ts';
import { envName, KEYS, TABLE, type Key, type Values } from './table.ts';
import type { Purpose, Section, Setting, SettingsLook } from '../util/setting.ts';
import { OperatorError } from '../util/errors.ts';
import { nearest } from '../util/nearest.ts';

export type { Address } from '../util/address.ts';
export type { Purpose } from '../util/setting.ts';
export type { Rule } from './rules.ts';

export const DEFAULT_FILE = '/etc/podferry/podferry.yaml';

type SectionName = Key extends infer K ? (K extends `${infer S}.${string}` ? S : never) : never;
type Nested = { readonly [K in Key as K extends `${string}.${string}` ? never : K]: Values[K] } & {
  readonly [S in SectionName]: Section<typeof TABLE, S>;
};

/** All settings, nested as their names, and what derives from them. */
export type Config = Nested & Derived;

export interface ConfigInput {
  readonly purpose: Purpose;
  /** -c FILE. Without it DEFAULT_FILE is read if it exists. */
  readonly file?: string | undefined;
  /** `--set key=value`, in order; the last one of a key wins. */
  readonly sets: readonly string[];
  readonly env: Env;
  readonly hostname: string;
  /** For tests: the path of the default file. */
  readonly defaultFile?: string;
}

export interface Loaded {
  readonly config: Config;
  /** The file that was read. */
  readonly file: string | undefined;
  /** What is allowed but probably not meant, one sentence each. */
  readonly warnings: readonly string[];
  /** Where each value came from. */
  readonly layers: ReadonlyMap<Key, Layer>;
}

/** All mistakes in the settings, one sentence each. */
export class ConfigError extends OperatorError {
  override name = 'ConfigError';
  readonly mistakes: readonly string[];
  /** They may explain a mistake: variables that look like settings but are not. */
  readonly warnings: readonly string[];

  constructor(mistakes: readonly string[], warnings: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
    this.warnings = warnings;
  }
}

/**
 * Reads the settings, and the certificates and secrets that they name.
 * @throws ConfigError with all mistakes
 */
export function loadConfig(input: ConfigInput): Loaded {
  const mistakes: string[] = [];
  const strangers: string[] = [];
  const complain: Complain = (at, text) => void mistakes.push((at === '' ? '' : `${at}: `) + sentence(text));

  const { file, given: inFile } = fromFile(input, complain);
  const given = new Map<Key, { layer: Layer; given: Given }>();
  for (const key of KEYS) given.set(key, { layer: 'default', given: { at: '', value: TABLE[key].fallback } });
  for (const [key, value] of inFile ?? []) given.set(key, { layer: 'file', given: value });
  for (const [key, value] of fromEnv(input.env, complain, strangers)) given.set(key, { layer: 'env', given: value });
  for (const [key, value] of fromFlags(input.sets, complain)) given.set(key, { layer: 'flag', given: value });

  const values = new Map<Key, unknown>();
  for (const [key, { given: raw }] of given) {
    const setting: Setting<unknown> = TABLE[key];
    values.set(key, setting.read(raw, key, complain));
  }
  const at = (key: Key) => given.get(key)!.given.at;
  const layers = new Map([...given].map(([key, { layer }]) => [key, layer]));
  const read = Object.fromEntries(values) as Values;
  // Without its file every setting in it would seem to be missing.
  if (inFile === undefined) throw new ConfigError(mistakes, []);
  // A refused value is undefined. What depends on it is checked when it is right.
  const wrong = new Set([...values].filter(([, value]) => value === undefined).map(([key]) => key));
  const warnings = [...strangers];
  const warn = (text: string) => void warnings.push(sentence(text));
  const look: SettingsLook<Values> = { purpose: input.purpose, values: read, wrong, at, complain, warn };
  const derived = derive(look, layers, input);
  crossCheck(look, derived);
  if (mistakes.length > 0) throw new ConfigError([...new Set(mistakes)], strangers);
  return { config: Object.freeze({ ...nested(read), ...derived }) as Config, file, warnings, layers };
}

/** `given` is undefined if the file cannot be read or is not YAML. */
function fromFile({ file, env, defaultFile = DEFAULT_FILE }: ConfigInput, complain: Complain) {
  const wanted = file ?? defaultFile;
  const given = new Map<Key, Given>();
  let source: string;
  try {
    source = readFileSync(wanted, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (file === undefined && code === 'ENOENT') return { file: undefined, given };
    return { file, given: complain(file === undefined ? '' : '-c', `cannot read the file ${wanted} (${code})`) };
  }
  const values = readYaml(source, wanted, env, isKey, complain);
  for (const [key, value] of values ?? []) {
    if (isKey(key)) given.set(key, value);
    else complain(value.at, unknown(key, KEYS));
  }
  return { file: wanted, given: values && given };
}

const SECTIONS = [...new Set(KEYS.filter((key) => key.includes('.')).map((key) => key.split('.')[0]!))];

/** What Kubernetes puts into every container for a Service called podferry. */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_.*)?)$/;

function fromEnv(env: Env, complain: Complain, strangers: string[]): Map<Key, Given> {
  const names = new Map(KEYS.map((key) => [envName(key), key]));
  const suffixes = KEYS.map((key) => envName(key).slice(9));
  const given = new Map<Key, Given>();
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !name.startsWith('PODFERRY_') || SERVICE_LINK.test(name)) continue;
    const key = names.get(name);
    if (key !== undefined) {
      const read = inline(key, value, name, complain);
      if (read !== undefined) given.set(key, read);
    } else if (
      nearest(name.slice(9), suffixes) !== undefined ||
      SECTIONS.some((s) => name.startsWith(`${envName(s)}_`))
    ) {
      complain('', unknown(name, names.keys()));
    } else {
      strangers.push(`${name} is set in the environment but is not a setting of podferry.`);
    }
  }
  return given;
}

function fromFlags(sets: readonly string[], complain: Complain): Map<Key, Given> {
  const given = new Map<Key, Given>();
  for (const set of sets) {
    const equals = set.indexOf('=');
    const key = equals < 0 ? set : set.slice(0, equals);
    if (!isKey(key)) complain('--set', unknown(key, KEYS));
    else if (equals < 0) complain('--set', `${key} has no value; write --set ${key}=value`);
    else {
      const read = inline(key, set.slice(equals + 1), `--set`, complain);
      if (read !== undefined) given.set(key, read);
    }
  }
  return given;
}

/** Text from a flag or variable. Lists and rules may be written as YAML (or JSON) on one line. */
function inline(key: Key, value: string, at: string, complain: Complain): Given | undefined {
  const structured = TABLE[key].kind.startsWith('list') && /^\s*[[{]/.test(value);
  return structured ? readInline(value, at, key, complain) : { at, value };
}

function isKey(key: string): key is Key {
  return Object.hasOwn(TABLE, key);
}

/** A sentence for a name that is not a setting: with the nearest name, else with the names of its section. */
function unknown(name: string, names: Iterable<string>): string {
  const near = nearest(name, names);
  if (near !== undefined) return `${name} is not a setting; did you mean ${near}?`;
  const section = SECTIONS.find((s) => name.startsWith(`${s}.`) || name.startsWith(`${envName(s)}_`));
  const members = KEYS.filter((key) => key.startsWith(`${section}.`)).map((key) => key.slice(key.indexOf('.') + 1));
  if (section !== undefined) return `${name} is not a setting; ${section} has ${members.join(', ')}`;
  return `${name} is not a setting; podferry help config lists them`;
}

function sentence(text: string): string {
  return /[.?]$/.test(text) ? text : `${text}.`;
}

/** `{'batch.max_age': 1}` → `{batch: {max_age: 1}}`. */
function nested(values: Values): Nested {
  const config: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const dot = key.indexOf('.');
    if (dot < 0) config[key] = value;
    else ((config[key.slice(0, dot)] ??= {}) as Record<string, unknown>)[key.slice(dot + 1)] = value;
  }
  return config as Nested;
}
