/**
 * `outputs`: further sinks by name. Each is set as the one at the top, by the same keys behind `outputs.NAME.`; what it does not
 * give counts as it stands at the top. Settings that belong together (an address and the credentials for it) are given together:
 * no output sends the credentials of one server to another.
 */
import { SINKS, type SinkName } from '../sinks/index.ts';
import { quote, type Complain, type Given } from '../util/given.ts';
import { nearest } from '../util/nearest.ts';
import type { Purpose, Setting, Settings, SettingsLook } from '../util/setting.ts';
import { DEFAULT_OUTPUT, isOutputName, OUTPUT_NAME_TAKES } from '../util/output-name.ts';
import { checkSink } from './checks.ts';
import type { Derived } from './derive.ts';
import { readSecrets } from './secrets.ts';
import type { Layered } from './sources.ts';
import { TABLE, type Key, type Values } from './table.ts';

/** Each has batches of its own, and so memory. */
const MOST = 8;
/** One for all outputs: pods choose a dataset before anybody knows the output. */
const SHARED = ['elasticsearch.pod_datasets'];

/** What is given of each output, by its name and then by the key of the sink at the top. */
export type GivenOutputs = ReadonlyMap<string, ReadonlyMap<Key, Given>>;

/** The settings of one output: all there are, those of its sink its own. */
export interface OutputSettings {
  readonly name: string;
  readonly values: Values;
  /** What of Derived is its own. */
  readonly derived: Partial<Derived>;
}

/** Sorts what is given by output. Complains of names and keys that there cannot be. */
export function sortOutputs(given: ReadonlyMap<string, Given>, complain: Complain): GivenOutputs {
  const outputs = new Map<string, Map<Key, Given>>();
  const refused = new Set<string>();
  for (const [path, each] of given) {
    const [, name = '', ...rest] = path.split('.');
    const key = rest.join('.');
    if (refused.has(name)) continue;
    const why = outputs.has(name) ? undefined : whyNot(path, name, key, outputs.size, each);
    if (why !== undefined) {
      refused.add(name);
      complain(each.at, why);
      continue;
    }
    const mine = outputs.get(name) ?? new Map<Key, Given>();
    outputs.set(name, mine);
    if (isOfSink(key)) mine.set(key, each);
    else complain(each.at, notOfOutput(name, key));
  }
  return outputs;
}

/** Why there can be no output of this name. */
function whyNot(path: string, name: string, key: string, there: number, given: Given): string | undefined {
  if (path === 'outputs') return `outputs takes a map such as {audit: {sink: stdout}}, not ${quote(given)}`;
  if (name === DEFAULT_OUTPUT)
    return `outputs.${name}: ${name} is the output that sink and its settings at the top make; give this one another name`;
  if (!isOutputName(name)) return `outputs: ${JSON.stringify(name)} can be no name; it takes ${OUTPUT_NAME_TAKES}`;
  if (key === '') return `outputs.${name} takes a map such as {sink: stdout}, not ${quote(given)}`;
  return there < MOST ? undefined : `outputs takes ${MOST} names at most; ${name} is one more`;
}

const OF_SINKS = ['sink', ...Object.values(SINKS).flatMap(({ settings }) => Object.keys(settings))].filter(
  (key) => !SHARED.includes(key),
);

function isOfSink(key: string): key is Key {
  return OF_SINKS.includes(key);
}

function notOfOutput(name: string, key: string): string {
  const full = `outputs.${name}.${key}`;
  if (Object.hasOwn(TABLE, key)) return `${full}: ${key} is one for all outputs; set it at the top`;
  const near = nearest(key, OF_SINKS);
  if (near !== undefined) return `${full} is not a setting; did you mean outputs.${name}.${near}?`;
  return `${full} is not a setting; an output takes sink and the settings of its sink`;
}

/**
 * Reads one output, and looks at what it needs.
 * @param top what is told of the settings at the top
 * @param given the settings at the top, as they were given
 * @returns undefined if its sink is not known, or has nothing to do with the command
 */
export function readOutput(
  name: string,
  mine: ReadonlyMap<Key, Given>,
  top: SettingsLook<Values>,
  given: ReadonlyMap<Key, Layered>,
): OutputSettings | undefined {
  const own = (key: string): string => `outputs.${name}.${key}`;
  const sink = sinkOf(name, mine, top.complain);
  if (sink === undefined || !concerns(top.purpose, sink)) return undefined;
  const { settings, together, derive } = SINKS[sink] as Row;
  for (const [key, { at }] of mine)
    if (key !== 'sink' && !(key in settings)) top.complain(at, `${own(key)} is set, and ${own('sink')} is ${sink}`);

  const apart = new Set(together.filter((group) => group.some((key) => mine.has(key as Key))).flat());
  const isInherited = (key: Key): boolean => key in settings && !mine.has(key) && !apart.has(key);
  const values: Values = { ...top.values, sink };
  const wrong = new Set([...top.wrong].filter((key) => key !== 'sink' && !(key in settings)));
  for (const key of Object.keys(settings) as Key[]) {
    const setting: Setting<unknown> = TABLE[key];
    const raw = mine.get(key) ?? (isInherited(key) ? given.get(key)!.given : { at: '', value: setting.fallback });
    // What is wrong at the top was said there.
    const value = setting.read(raw, own(key), mine.has(key) ? top.complain : () => undefined);
    Object.assign(values, { [key]: value });
    if (value === undefined) wrong.add(key);
  }
  const look: SettingsLook<Values> = {
    purpose: top.purpose,
    values,
    wrong,
    at: (key) => mine.get(key)?.at ?? (apart.has(key) ? '' : top.at(key)),
    // Every sentence begins with the key of a setting.
    complain: (at, text) => top.complain(at, own(text)),
    warn: (text) => top.warn(own(text)),
  };
  if (top.purpose === 'verify' && SINKS[sink].lookUp === undefined)
    look.complain(
      look.at('sink'),
      `sink is ${sink}, which does not say what it holds; no log that goes there can be verified`,
    );
  const isGiven = (key: Key): boolean => mine.has(key) || (isInherited(key) && given.get(key)!.layer !== 'default');
  const derived = {
    ...(sink === 'elasticsearch' ? readSecrets(look, isGiven, own) : NO_SECRETS),
    ...derive(look as never),
  };
  checkSink(look);
  return { name, values, derived };
}

type Row = {
  readonly settings: Settings;
  readonly together: readonly (readonly string[])[];
  readonly derive: (look: never) => Partial<Derived>;
};

const NO_SECRETS = { secret_trouble: () => undefined, secrets: () => [] };

function sinkOf(name: string, mine: ReadonlyMap<Key, Given>, complain: Complain): SinkName | undefined {
  const given = mine.get('sink');
  if (given !== undefined) return TABLE.sink.read(given, `outputs.${name}.sink`, complain);
  const [[, first] = ['', { at: '' }]] = mine;
  return complain(first.at, `outputs.${name}.sink is required: elasticsearch, file or stdout`);
}

/** Some commands have to do with servers only. */
function concerns(purpose: Purpose, sink: SinkName): boolean {
  return sink === 'elasticsearch' || (purpose !== 'setup' && purpose !== 'redeliver');
}
