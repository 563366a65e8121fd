/** Where settings are given: in the file, in the environment, and by flags. A later one of these wins. */
import { readFileSync } from 'node:fs';
import { readInline, readYaml, type Env } from './file.ts';
import type { Complain, Given, Layer } from '../util/given.ts';
import { nearest } from '../util/nearest.ts';
import { envName, KEYS, TABLE, type Key } from './table.ts';

export const DEFAULT_FILE = '/etc/podferry/podferry.yaml';

export interface GivenIn {
  /** -c FILE. Without it DEFAULT_FILE is read if it exists. */
  readonly file?: string | undefined;
  /** `--set key=value`, in order; the last one of a key wins. */
  readonly sets: readonly string[];
  readonly env: Env;
  /** For tests: the path of the default file. */
  readonly defaultFile?: string;
}

/** A value, and where it came from. */
export interface Layered {
  readonly layer: Layer;
  readonly given: Given;
}

export interface GivenSettings {
  /** The file that was read. */
  readonly file: string | undefined;
  /** False: the file cannot be read or is not YAML. */
  readonly isRead: boolean;
  /** Every setting, those that are not given by their default. */
  readonly given: ReadonlyMap<Key, Layered>;
  /** Of outputs, by `outputs.NAME.key`. */
  readonly outputs: ReadonlyMap<string, Layered>;
  /** Variables that look like settings and are none, one sentence each. */
  readonly strangers: readonly string[];
}

/** Collects what is given, as text. Complains of names that are no settings. */
export function givenSettings(input: GivenIn, complain: Complain): GivenSettings {
  const strangers: string[] = [];
  const { file, given: inFile } = fromFile(input, complain);
  const given = new Map<Key, Layered>();
  const outputs = new Map<string, Layered>();
  for (const key of KEYS) given.set(key, { layer: 'default', given: { at: '', value: TABLE[key].fallback } });
  const put = (layer: Layer, found: ReadonlyMap<string, Given>): void => {
    for (const [key, value] of found) {
      if (isKey(key)) given.set(key, { layer, given: value });
      else outputs.set(key, { layer, given: value });
    }
  };
  put('file', inFile ?? new Map());
  put('env', fromEnv(input.env, complain, strangers));
  put('flag', fromFlags(input.sets, complain));
  return { file, isRead: inFile !== undefined, given, outputs, strangers };
}

/** `given` is undefined if the file cannot be read or is not YAML. */
function fromFile({ file, env, defaultFile = DEFAULT_FILE }: GivenIn, complain: Complain) {
  const wanted = file ?? defaultFile;
  const given = new Map<string, Given>();
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
    if (isKey(key) || isOfOutput(key)) given.set(key, value);
    else complain(value.at, unknown(key, KEYS));
  }
  return { file: wanted, given: values && given };
}

const SECTIONS = [...new Set(KEYS.filter((key) => key.includes('.')).map((key) => key.split('.')[0]!))];

/** What Kubernetes puts into every container for a Service called podferry. */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_.*)?)$/;

function fromEnv(env: Env, complain: Complain, strangers: string[]): Map<string, Given> {
  const names = new Map(KEYS.map((key) => [envName(key), key]));
  const suffixes = KEYS.map((key) => envName(key).slice(9));
  const given = new Map<string, Given>();
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !name.startsWith('PODFERRY_') || SERVICE_LINK.test(name)) continue;
    const key = names.get(name);
    if (key !== undefined) {
      const read = inline(key, value, name, complain);
      if (read !== undefined) given.set(key, read);
    } else if (/^PODFERRY_OUTPUTS?(_|$)/.test(name)) {
      complain(
        '',
        `${name}: outputs are set in the file or by --set, not in the environment; the file takes \${VARIABLE}`,
      );
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

function fromFlags(sets: readonly string[], complain: Complain): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const set of sets) {
    const equals = set.indexOf('=');
    const key = equals < 0 ? set : set.slice(0, equals);
    if (!isKey(key) && !isOfOutput(key)) complain('--set', unknown(key, KEYS));
    else if (equals < 0) complain('--set', `${key} has no value; write --set ${key}=value`);
    else {
      const read = inline(key, set.slice(equals + 1), `--set`, complain);
      if (read !== undefined) given.set(key, read);
    }
  }
  return given;
}

/** Text from a flag or variable. Lists and rules may be written as YAML (or JSON) on one line. */
function inline(key: string, value: string, at: string, complain: Complain): Given | undefined {
  const bare = isOfOutput(key) ? key.split('.').slice(2).join('.') : key;
  const structured = isKey(bare) && TABLE[bare].kind.startsWith('list') && /^\s*[[{]/.test(value);
  return structured ? readInline(value, at, key, complain) : { at, value };
}

function isKey(key: string): key is Key {
  return Object.hasOwn(TABLE, key);
}

/** `outputs.NAME.key`, whatever it is. */
function isOfOutput(key: string): boolean {
  return key === 'outputs' || key.startsWith('outputs.');
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

/** A text as a sentence. */
export function sentence(text: string): string {
  return /[.?]$/.test(text) ? text : `${text}.`;
}
