/**
 * The sinks, a row each: a new one is a folder and a row here.
 *
 * A row has the settings of the sink and what is wrong with them together, which every start needs; what does the work is loaded
 * when it is asked for, so that no command pays for a sink that it does not use.
 */
import type { Acknowledged, Log, Sink } from '../types.ts';
import type { SecretKind, Settings, SettingsLook } from '../util/setting.ts';
import type { DocumentLookup } from './batch/document-lookup.ts';
import { bareNode } from './elasticsearch/credentials.ts';
import * as elasticsearch from './elasticsearch/settings.ts';
import { listed } from './elasticsearch/stream-names.ts';
import { REQUEST_WORDS, RETRY_WORDS } from './elasticsearch/words.ts';
import * as file from './file/settings.ts';
import type { StdoutOptions } from './stdout/stdout.ts';

/** What a command gives its sink. */
export interface CommandParts {
  readonly stdout: Omit<StdoutOptions, 'acknowledged'>;
  /** Told of every document once it is acknowledged. */
  readonly acknowledged: (outcome: Acknowledged) => void;
  /** Told in a word why something is sent or written again. */
  readonly retried: (reason: string) => void;
  /** Told of every request to a server: its outcome in a word, and how long it took. */
  readonly request: (outcome: string, ms: number) => void;
  /** The paths that a replay was given: a sink must not write there. */
  readonly reads: readonly string[];
  readonly log: Log;
}

/** What a sink is made of besides its settings. */
export interface SinkParts extends CommandParts {
  /** Bytes of the largest batch there can be. */
  readonly largestBatch: number;
  /**
   * Takes the lock of a directory that no other podferry may use.
   * @throws OperatorError if another one has it
   */
  readonly lock: (dir: string, lockedFor: { setting: string; second: string }) => Promise<{ release(): Promise<void> }>;
}

/** What `podferry check` found out about a sink. */
export interface SinkCheck {
  readonly ok: boolean;
  /** It works, but somebody should look at it. */
  readonly warn?: boolean;
  /** The findings, fit to print. */
  readonly lines: readonly string[];
}

interface Row {
  /** By dotted key: a part of the table of all settings. */
  readonly settings: Settings;
  /** Which of the settings are secrets. Each has a `<key>_file` beside it. */
  readonly secrets: Readonly<Record<string, SecretKind>>;
  /** Settings of which an output that gives one inherits none of the others. */
  readonly together: readonly (readonly string[])[];
  /** The words of `request` and `retried` that are known beforehand. */
  readonly words: { readonly requests: readonly string[]; readonly retries: readonly string[] };
  /** Where documents go, for people. */
  readonly place: (config: never) => string;
  /** What follows from the settings, as members of the config; made whichever sink is used. */
  readonly derive: (look: SettingsLook<never>) => object;
  /** Complains of settings that are missing or do not go together. */
  readonly check: (look: SettingsLook<never>) => void;
  readonly create: (config: never, parts: SinkParts) => Promise<Sink>;
  /** For `podferry check`, which must change nothing. Undefined: there is nothing to find out. */
  readonly probe: ((config: never, parts: Pick<SinkParts, 'largestBatch'>) => Promise<SinkCheck>) | undefined;
  /** For `podferry verify`: what asks which documents are stored. Undefined: this sink cannot say. */
  readonly lookUp: ((config: never, log: Log) => Promise<DocumentLookup>) | undefined;
}

type ElasticsearchConfig = elasticsearch.ElasticsearchConfig;
type FileConfig = file.FileConfig;
const fileWiring = () => import('./file/wiring.ts');
const elasticsearchWiring = () => import('./elasticsearch/wiring.ts');

/** Follows from no settings. */
const nothing: (look: object) => Record<never, never> = () => ({});

export const SINKS = {
  elasticsearch: {
    settings: elasticsearch.SETTINGS,
    secrets: elasticsearch.SECRETS,
    together: elasticsearch.TOGETHER,
    words: { requests: REQUEST_WORDS, retries: RETRY_WORDS },
    place: ({ elasticsearch, data_streams }: ElasticsearchConfig) =>
      `${listed(data_streams)} at ${elasticsearch.nodes.map(bareNode).join(', ')}`,
    derive: elasticsearch.derive,
    check: elasticsearch.check,
    create: async (config: ElasticsearchConfig, parts: SinkParts) =>
      (await elasticsearchWiring()).create(config, parts),
    probe: async (config: ElasticsearchConfig) => (await elasticsearchWiring()).probe(config),
    lookUp: async (config: ElasticsearchConfig, log: Log) => (await elasticsearchWiring()).lookUp(config, log),
  },
  file: {
    settings: file.SETTINGS,
    secrets: {},
    together: [],
    words: { requests: [], retries: ['disk'] },
    place: ({ file }: FileConfig) => file.dir,
    derive: nothing,
    check: file.check,
    create: async (config: FileConfig, parts: SinkParts) => (await fileWiring()).create(config, parts),
    probe: async (config: FileConfig, parts: Pick<SinkParts, 'largestBatch'>) =>
      (await fileWiring()).probe(config, parts),
    // Its oldest file is deleted for a new one: what is not found there may have been stored.
    lookUp: undefined,
  },
  stdout: {
    settings: {},
    secrets: {},
    together: [],
    words: { requests: [], retries: [] },
    place: () => 'stdout',
    derive: nothing,
    check: nothing,
    create: async (_: object, { stdout, acknowledged }: SinkParts) => {
      const { StdoutSink } = await import('./stdout/stdout.ts');
      return new StdoutSink({ ...stdout, acknowledged });
    },
    probe: undefined,
    lookUp: undefined,
  },
} as const satisfies Record<string, Row>;

export type SinkName = keyof typeof SINKS;
export const SINK_NAMES = Object.keys(SINKS) as SinkName[];

/** What all rows have under `M`, as one type. */
type Merged<M> = (M extends unknown ? (each: M) => void : never) extends (all: infer All) => void ? All : never;
type Rows = (typeof SINKS)[SinkName];

/** The settings of all sinks. */
export const SINK_SETTINGS = merged(({ settings }) => settings) as Merged<Rows['settings']>;
/** Their secrets. */
export const SINK_SECRETS = merged(({ secrets }) => secrets) as Merged<Rows['secrets']>;

type Look = Merged<Parameters<Rows['derive']>[0]>;

/** What follows from the settings of all sinks. */
export function deriveOfSinks(look: Look): Merged<ReturnType<Rows['derive']>> {
  return merged(({ derive }) => derive(look)) as Merged<ReturnType<Rows['derive']>>;
}

function merged(part: (row: Rows) => object): object {
  return Object.assign({}, ...SINK_NAMES.map((name) => part(SINKS[name]))) as object;
}
