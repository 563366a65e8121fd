/**
 * The settings of one run: a flag wins over the environment, that over the file, and that over the default. All mistakes are
 * reported at once.
 *
 * `config.batch.max_bytes` is the setting `batch.max_bytes`. Sizes are bytes, durations milliseconds, and paths absolute. Secrets
 * and certificates are functions, since their files may change. The names stand in config/table.ts.
 */
import { join } from 'node:path';
import { crossCheck } from './checks.ts';
import { derive, type Derived } from './derive.ts';
import { checkOutputs } from './output-checks.ts';
import { readOutput, sortOutputs, type OutputSettings } from './outputs.ts';
import { givenSettings, sentence, type GivenIn } from './sources.ts';
import type { Complain, Layer } from '../util/given.ts';
import { TABLE, type Key, type Values } from './table.ts';
import type { Purpose, Section, Setting, SettingsLook } from '../util/setting.ts';
import { OperatorError } from '../util/errors.ts';
import { DEFAULT_OUTPUT, OUTPUTS_DIRECTORY } from '../util/output-name.ts';

export type { Address } from '../util/address.ts';
export type { Purpose } from '../util/setting.ts';
export type { Rule } from './rules.ts';
export { DEFAULT_FILE } from './sources.ts';

type SectionName = Key extends infer K ? (K extends `${infer S}.${string}` ? S : never) : never;
type Nested = { readonly [K in Key as K extends `${string}.${string}` ? never : K]: Values[K] } & {
  readonly [S in SectionName]: Section<typeof TABLE, S>;
};

/** All settings, nested as their names, and what derives from them. */
export interface Config extends Nested, Derived {
  /** Further outputs. See outputsOf(). */
  readonly outputs: readonly Output[];
}

/** Where documents go: a sink under a name. */
export interface Output {
  readonly name: string;
  /** All settings, with those of its own sink in their places. `state.dir` is its own; it has no further outputs. */
  readonly config: Config;
}

export interface ConfigInput extends GivenIn {
  readonly purpose: Purpose;
  readonly hostname: string;
}

export interface Loaded {
  readonly config: Config;
  /** The file that was read. */
  readonly file: string | undefined;
  /** What is allowed but probably not meant, one sentence each. */
  readonly warnings: readonly string[];
  /** Where each value came from. */
  readonly layers: ReadonlyMap<string, Layer>;
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
  const complain: Complain = (at, text) => void mistakes.push((at === '' ? '' : `${at}: `) + sentence(text));

  const { file, isRead, given, outputs: ofOutputs, strangers } = givenSettings(input, complain);

  const values = new Map<Key, unknown>();
  for (const [key, { given: raw }] of given) {
    const setting: Setting<unknown> = TABLE[key];
    values.set(key, setting.read(raw, key, complain));
  }
  const at = (key: Key) => given.get(key)!.given.at;
  const layers = new Map<string, Layer>([...given, ...ofOutputs].map(([key, { layer }]) => [key, layer]));
  const read = Object.fromEntries(values) as Values;
  // Without its file every setting in it would seem to be missing.
  if (!isRead) throw new ConfigError(mistakes, []);
  // A refused value is undefined. What depends on it is checked when it is right.
  const wrong = new Set([...values].filter(([, value]) => value === undefined).map(([key]) => key));
  const warnings = [...strangers];
  const warn = (text: string) => void warnings.push(sentence(text));
  const look: SettingsLook<Values> = { purpose: input.purpose, values: read, wrong, at, complain, warn };
  const derived = derive(look, layers, input);
  crossCheck(look, derived);
  // Whoever looks at logs without a sink sees all of them in one place.
  const isPlainReplay = input.purpose === 'replay' && layers.get('sink') === 'default';
  const named = sortOutputs(new Map([...ofOutputs].map(([key, each]) => [key, each.given])), complain);
  const outputs = [...(isPlainReplay ? [] : named)].flatMap(
    ([name, mine]) => readOutput(name, mine, look, given) ?? [],
  );
  checkOutputs(outputs, named, look, given.get('rules')!.given);
  if (mistakes.length > 0) throw new ConfigError([...new Set(mistakes)], strangers);
  const secrets = () => [derived, ...outputs.map((each) => each.derived)].flatMap((each) => each.secrets?.() ?? []);
  const config = Object.freeze({ ...nested(read), ...derived, secrets, outputs: outputs.map(outputOf) });
  return { config, file, warnings, layers };

  function outputOf({ name, values: own, derived: ofIts }: OutputSettings): Output {
    const dir = join(read['state.dir'], OUTPUTS_DIRECTORY, name);
    const { state, ...others } = nested(own);
    return { name, config: Object.freeze({ ...others, ...derived, ...ofIts, state: { ...state, dir }, outputs: [] }) };
  }
}

/** All outputs. The first is the one that the sink at the top makes. */
export function outputsOf(config: Config): readonly [Output, ...Output[]] {
  return [{ name: DEFAULT_OUTPUT, config }, ...config.outputs];
}

/** The names of all outputs, in the same order. */
export function namesOf(config: Config): readonly [string, ...string[]] {
  return [DEFAULT_OUTPUT, ...config.outputs.map(({ name }) => name)];
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
