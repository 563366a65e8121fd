/** Parses the command line. Pure. The result says what is asked for; a mistake throws OperatorError with one sentence. */
import { parseArgs } from 'node:util';
import { DURATION_EXAMPLE, parseDuration } from './util/units.ts';
import { OperatorError } from './util/errors.ts';
import { nearest } from './util/nearest.ts';
import type { Wanted } from './sinks/deadletter/wanted.ts';

export const COMMANDS = ['run', 'replay', 'explain', 'verify', 'check', 'setup'] as const;
export type Command = (typeof COMMANDS)[number];
export const TOPICS = [...COMMANDS, 'config'] as const;
export type Topic = (typeof TOPICS)[number];
export const FORMATS = ['pretty', 'ndjson', 'bulk'] as const;
export type Format = (typeof FORMATS)[number];

/** Where settings come from, apart from the environment. */
interface Settings {
  readonly file: string | undefined;
  readonly sets: readonly string[];
}

export type Invocation =
  | { readonly command: 'help'; readonly topic: Topic | undefined }
  | { readonly command: 'version' }
  | ({ readonly command: 'run' | 'check' } & Settings)
  | ({
      readonly command: 'replay';
      readonly paths: readonly string[];
      readonly pods: string | undefined;
      readonly format: Format | undefined;
    } & Settings)
  /** replay --dead-letter */
  | ({
      readonly command: 'redeliver';
      readonly dir: string | undefined;
      readonly wanted: Wanted;
      readonly dryRun: boolean;
    } & Settings)
  | ({
      readonly command: 'explain';
      /** One with an offset; several with an id; `-` for stdin. */
      readonly paths: readonly string[];
      readonly offset: number | undefined;
      readonly id: string | undefined;
      readonly pods: string | undefined;
    } & Settings)
  | ({
      readonly command: 'verify';
      readonly paths: readonly string[];
      readonly pods: string | undefined;
      readonly against: string | undefined;
      /** Milliseconds. */
      readonly olderThan: number;
    } & Settings)
  | ({
      readonly command: 'setup';
      readonly dryRun: boolean;
      readonly out: string | undefined;
      readonly apiKey: boolean;
    } & Settings);

const OLDER_THAN_MS = 10_000;

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  set: { type: 'string', multiple: true },
  pods: { type: 'string' },
  format: { type: 'string' },
  against: { type: 'string' },
  id: { type: 'string' },
  'older-than': { type: 'string' },
  'newer-than': { type: 'string' },
  'dead-letter': { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  reason: { type: 'string' },
  namespace: { type: 'string' },
  out: { type: 'string' },
  'api-key': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
} as const;
type Option = keyof typeof OPTIONS;

/** What the value of an option is called. */
const VALUES: Partial<Record<Option, string>> = {
  config: 'a FILE',
  set: 'KEY=VALUE',
  pods: 'a FILE',
  format: `one of ${FORMATS.join(', ')}`,
  against: 'a FILE',
  id: 'a DOCUMENT_ID',
  'older-than': 'a DURATION',
  'newer-than': 'a DURATION',
  reason: 'a TYPE',
  namespace: 'a NAME',
  out: 'a DIRECTORY',
};
/** Only with --dead-letter. */
const OF_DEAD_LETTERS: readonly Option[] = ['dry-run', 'reason', 'namespace', 'older-than', 'newer-than'];
const EVERYWHERE: readonly Option[] = ['config', 'set', 'help', 'version'];
const ALLOWED: Record<Command, readonly Option[]> = {
  run: EVERYWHERE,
  check: EVERYWHERE,
  replay: [...EVERYWHERE, 'pods', 'format', 'dead-letter', ...OF_DEAD_LETTERS],
  explain: [...EVERYWHERE, 'pods', 'id'],
  verify: [...EVERYWHERE, 'pods', 'against', 'older-than'],
  setup: [...EVERYWHERE, 'dry-run', 'out', 'api-key'],
};

/** `args`: process.argv without its first two. */
export function parseArgv(args: readonly string[]): Invocation {
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const given = new Map<Option, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const name = optionName(token.name, token.rawName);
    const needs = VALUES[name];
    const value = token.value ?? '';
    const swallowed = token.inlineValue === false && value.length > 1 && value.startsWith('-');
    if (needs !== undefined && (token.value === undefined || swallowed))
      throw new OperatorError(`${token.rawName} needs ${needs}.`);
    if (needs === undefined && token.value !== undefined) throw new OperatorError(`${token.rawName} takes no value.`);
    given.set(name, [...(given.get(name) ?? []), value]);
  }

  const [word, ...rest] = words;
  if (given.has('version')) return { command: 'version' };
  if (word === 'help' || given.has('help')) {
    const topic = word === 'help' ? rest[0] : word;
    if (topic === undefined || topic === 'help') return { command: 'help', topic: undefined };
    return { command: 'help', topic: oneOf(topic, TOPICS, 'is not a topic of help') };
  }
  if (word === undefined) {
    throw new OperatorError(`a command is missing: ${COMMANDS.join(', ')}; podferry --help tells what each does.`);
  }
  const command = oneOf(word, COMMANDS, 'is not a command');
  for (const name of given.keys()) {
    if (!ALLOWED[command].includes(name)) throw new OperatorError(`--${name} is not an option of podferry ${command}.`);
  }
  for (const name of Object.keys(VALUES).filter((each) => each !== 'set') as Option[]) {
    if ((given.get(name)?.length ?? 0) > 1) throw new OperatorError(`--${name} is given twice.`);
  }
  const settings = { file: given.get('config')?.[0], sets: given.get('set') ?? [] };
  const age = (option: Option): number | undefined => {
    const text = given.get(option)?.[0];
    const ms = text === undefined ? undefined : parseDuration(text);
    if (text === undefined || ms !== undefined) return ms;
    throw new OperatorError(`--${option} takes a duration such as ${DURATION_EXAMPLE}, not ${JSON.stringify(text)}.`);
  };
  if (command === 'replay' && given.has('dead-letter')) {
    for (const name of ['pods', 'format'] as const)
      if (given.has(name)) throw new OperatorError(`--${name} does not go with --dead-letter.`);
    if (rest.length > 1)
      throw new OperatorError(`--dead-letter takes one directory; ${JSON.stringify(rest[1])} is another one.`);
    return {
      command: 'redeliver',
      ...settings,
      dir: rest[0],
      dryRun: given.has('dry-run'),
      wanted: {
        reason: given.get('reason')?.[0],
        namespace: given.get('namespace')?.[0],
        olderThan: age('older-than'),
        newerThan: age('newer-than'),
      },
    };
  }
  for (const name of command === 'replay' ? OF_DEAD_LETTERS : [])
    if (given.has(name)) throw new OperatorError(`--${name} is an option of podferry replay with --dead-letter alone.`);
  if (command === 'explain') return { command, ...settings, ...explained(rest, given), pods: given.get('pods')?.[0] };
  if ((command === 'replay' || command === 'verify') && rest.length === 0) {
    throw new OperatorError(
      `podferry ${command} needs a PATH: a log file, a directory like /var/log/pods, or - for stdin.`,
    );
  }
  if (command === 'verify') {
    const against = given.get('against')?.[0];
    if (against === '-' && rest.includes('-')) throw new OperatorError('--against - and the PATH - are both stdin.');
    const olderThan = age('older-than') ?? OLDER_THAN_MS;
    return { command, ...settings, paths: rest, pods: given.get('pods')?.[0], against, olderThan };
  }
  if (command === 'replay') {
    const format = given.get('format')?.[0];
    return {
      command,
      ...settings,
      paths: rest,
      pods: given.get('pods')?.[0],
      format: format === undefined ? undefined : oneOf(format, FORMATS, 'is not a --format'),
    };
  }
  if (rest.length > 0)
    throw new OperatorError(`podferry ${command} takes no argument such as ${JSON.stringify(rest[0])}.`);
  if (command !== 'setup') return { command, ...settings };
  const out = given.get('out')?.[0];
  if (out !== undefined && given.has('dry-run'))
    throw new OperatorError(
      '--out and --dry-run are both given: --out changes nothing on the server either; keep one.',
    );
  return { command, ...settings, dryRun: given.has('dry-run'), out, apiKey: given.has('api-key') };
}

const DOCUMENT_ID = /^[\w-]{28}$/;
/** Digits of the largest offset. */
const PLACE = /^(.+):(\d{1,15})$/;

/** What is to be explained. */
function explained(
  paths: readonly string[],
  given: ReadonlyMap<Option, readonly string[]>,
): { paths: readonly string[]; offset: number | undefined; id: string | undefined } {
  const id = given.get('id')?.[0];
  if (id !== undefined) {
    if (!DOCUMENT_ID.test(id))
      throw new OperatorError(
        `--id takes the _id of a document, 28 letters, digits, - and _, not ${JSON.stringify(id)}.`,
      );
    if (paths.length === 0)
      throw new OperatorError(
        '--id needs a PATH to look in: a log file, a directory like /var/log/pods, or - for stdin.',
      );
    return { paths, offset: undefined, id };
  }
  const [place] = paths;
  if (paths.length === 1 && place === '-') return { paths, offset: undefined, id };
  const [, file, offset] = PLACE.exec(place ?? '') ?? [];
  if (paths.length !== 1 || file === undefined)
    throw new OperatorError(
      'podferry explain needs one FILE:OFFSET such as 0.log:1042, --id DOCUMENT_ID and a PATH, or - for lines on stdin.',
    );
  return { paths: [file], offset: Number(offset), id };
}

function optionName(name: string, rawName: string): Option {
  if (Object.hasOwn(OPTIONS, name)) return name as Option;
  const near = rawName.startsWith('--') ? nearest(name, Object.keys(OPTIONS)) : undefined;
  const hint = near === undefined ? 'podferry --help lists them' : `did you mean --${near}?`;
  throw new OperatorError(`${rawName} is not an option; ${hint}${near === undefined ? '.' : ''}`);
}

function oneOf<T extends string>(word: string, choices: readonly T[], complaint: string): T {
  const found = choices.find((choice) => choice === word);
  if (found !== undefined) return found;
  const near = nearest(word, choices);
  const hint = near === undefined ? `there are ${choices.join(', ')}.` : `did you mean ${near}?`;
  throw new OperatorError(`${JSON.stringify(word)} ${complaint}; ${hint}`);
}
