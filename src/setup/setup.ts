/**
 * `podferry setup`: templates, retention and Kibana objects on the server, so that documents are indexed as they should be. Looks at
 * everything that is there first, and changes nothing if any of it is newer than this podferry or was made by somebody else.
 */
import type { Config } from '../config/config.ts';
import { parse } from '../sinks/elasticsearch/answer.ts';
import { Caller } from '../sinks/elasticsearch/caller.ts';
import { recognise } from '../sinks/elasticsearch/server.ts';
import { OperatorError } from '../util/errors.ts';
import { asObject, asText, type Json } from '../util/json.ts';
import { abilitiesOf, newest, type Abilities } from './abilities.ts';
import { apiKey } from './api-key.ts';
import { writeFiles } from './files.ts';
import type { Step } from './item.ts';
import { importAll, planKibana, type Post } from './kibana.ts';
import { apply, plan, refusal, type Ask } from './plan.ts';
import { lifecyclesOf } from './retention.ts';
import { ndjson, savedObjects, type SavedObject } from './saved-objects.ts';
import { baseName, keptOf, templates, type Wanted } from './template.ts';

export interface SetupOptions {
  /** Prints what would change, and changes nothing. */
  readonly dryRun: boolean;
  /** Writes files into this directory instead. */
  readonly out: string | undefined;
  /** Makes a key that may ship, and prints it. */
  readonly apiKey: boolean;
  readonly version: string;
  readonly print: (line: string) => void;
}

/** A person waits for the answer. */
const PATIENCE_MS = 30_000;

/** @throws OperatorError with a sentence for everything that keeps it from being done */
export async function setup(config: Config, options: SetupOptions): Promise<void> {
  const { elasticsearch, setup: chosen } = config;
  const { version, print, out } = options;
  const wanted: Wanted = { ...chosen, dataset: elasticsearch.dataset, version };
  const server =
    elasticsearch.nodes.length === 0 ? undefined : caller(config, 'elasticsearch.nodes', elasticsearch.nodes, {});
  if (server === undefined && out === undefined)
    throw new OperatorError('elasticsearch.nodes is required, e.g. https://elasticsearch.example.com:9200.');
  try {
    const ask = server && askWith(server);
    const abilities = server
      ? await askAbilities(server, askWith(server), elasticsearch.flavor)
      : newest(named(elasticsearch.flavor));
    checkChoice(abilities, config);
    const objects = savedObjects(abilities.flavor, baseName(wanted), viewOf(wanted), version);
    if (out !== undefined) {
      await writeFiles(out, filesOf(abilities, wanted, objects, options.apiKey));
      print(
        `The files are in ${out}: PUT each JSON file to its path on the server, and import the other one into Kibana.`,
      );
      return;
    }
    await onServer(config, abilities, wanted, objects, ask!, options);
  } finally {
    await server?.close();
  }
}

async function onServer(
  config: Config,
  abilities: Abilities,
  wanted: Wanted,
  objects: readonly SavedObject[],
  ask: Ask,
  { dryRun, apiKey: wantsKey, version, print }: SetupOptions,
): Promise<void> {
  const base = baseName(wanted);
  const streams = await ask('GET', `_data_stream/${base}-*`);
  const lifecycles = lifecyclesOf(abilities, keptOf(wanted), streams.body);
  const steps = await plan(ask, [...templates(abilities, wanted), ...lifecycles], version);
  const { kibana_url: url, kibana_space: space } = config.setup;
  const kibana = url === '' ? undefined : caller(config, 'setup.kibana_url', [url], kibanaHeaders(abilities));
  try {
    const post = kibana && postWith(kibana, space);
    const shown = post ? await planKibana(post, objects, version) : [];
    report([...steps, ...shown], dryRun, print);
    if (!dryRun) {
      for (const step of steps) if (step.change !== 'none') await apply(ask, step);
      if (post && shown.some(({ change }) => change !== 'none')) await importAll(post, abilities.flavor, objects);
    }
  } finally {
    await kibana?.close();
  }
  for (const line of remarks(abilities, wanted, steps, streams.body, url)) print(line);
  if (wantsKey) print(dryRun ? 'API key podferry: would be made' : await madeKey(ask, abilities, base));
}

function report(steps: readonly Step[], dryRun: boolean, print: (line: string) => void): void {
  const did = { create: 'made', update: 'changed', none: 'as it should be' };
  for (const { item, change, diff } of steps) {
    print(`${item.kind} ${item.name}: ${dryRun && change !== 'none' ? `would be ${did[change]}` : did[change]}`);
    if (dryRun) for (const line of diff) print(`  ${line}`);
  }
}

/** What the operator should know besides. */
function remarks(
  { retention }: Abilities,
  wanted: Wanted,
  steps: readonly Step[],
  streams: Json,
  kibanaUrl: string,
): string[] {
  const list = (streams['data_streams'] ?? []) as readonly { readonly name: string }[];
  const changed = steps.some(({ item, change }) => change !== 'none' && item.kind !== 'data stream');
  const retained = keptOf(wanted).some(({ keep }) => keep !== null);
  return [
    ...(changed && list.length > 0
      ? [
          `There already: ${list.map(({ name }) => name).join(', ')}. Templates count from their next rollover on; ` +
            `POST /${list[0]!.name}/_rollover makes one now.`,
        ]
      : []),
    ...(retention === 'none' && retained
      ? [
          'This OpenSearch has no index state management: nothing deletes old documents. Delete old backing indices yourself.',
        ]
      : []),
    ...(kibanaUrl === '' ? ['setup.kibana_url is not set: no saved search and no dashboard are made.'] : []),
  ];
}

async function madeKey(ask: Ask, { flavor }: Abilities, base: string): Promise<string> {
  if (flavor === 'opensearch')
    throw new OperatorError(`OpenSearch has no API keys: make a user whose role may create documents in ${base}-*.`);
  const { status, body } = await ask('POST', '_security/api_key', undefined, apiKey(base));
  const key = asText(body['encoded']);
  if (status === 200 && key !== undefined) return `API key podferry, shown only this once: ${key}`;
  throw new OperatorError(
    `${refusal('POST', { kind: 'API key', name: 'podferry', path: '_security/api_key' }, status, body)} ` +
      'Making one needs the cluster privilege manage_own_api_key, and security must be on.',
  );
}

/** By path below the directory. */
function filesOf(
  abilities: Abilities,
  wanted: Wanted,
  objects: readonly SavedObject[],
  wantsKey: boolean,
): Map<string, string> {
  const files = new Map(templates(abilities, wanted).map(({ path, body }) => [`${path}.json`, pretty(body)]));
  files.set('kibana/podferry.ndjson', ndjson(abilities.flavor, objects));
  if (wantsKey) files.set('_security/api_key.json', pretty(apiKey(baseName(wanted))));
  return files;
}

const pretty = (body: Json): string => `${JSON.stringify(body, undefined, 2)}\n`;

/** What the data view covers: the streams of the dataset, and those that have a retention of their own. */
function viewOf(wanted: Wanted): string {
  const [all, ...others] = keptOf(wanted).map(({ pattern }) => pattern);
  return [all!, ...others.filter((pattern) => !pattern.startsWith(`${baseName(wanted)}-`))].join(',');
}

function checkChoice({ flavor }: Abilities, { setup: { json, index, kibana_space: space } }: Config): void {
  if (flavor !== 'opensearch') return;
  const only = 'works with Elasticsearch only';
  if (json === 'dynamic') throw new OperatorError(`setup.json dynamic ${only}: OpenSearch has no subobjects: false.`);
  if (index === 'logsdb') throw new OperatorError(`setup.index logsdb ${only}; sorted works with both.`);
  if (space !== '') throw new OperatorError(`setup.kibana_space ${only}: OpenSearch Dashboards has no spaces.`);
}

function named(flavor: Config['elasticsearch']['flavor']): Abilities['flavor'] {
  if (flavor !== 'auto') return flavor;
  throw new OperatorError(
    'elasticsearch.flavor is auto, and no server can be asked what it is; set it to elasticsearch or opensearch.',
  );
}

async function askAbilities(server: Caller, ask: Ask, flavor: Config['elasticsearch']['flavor']): Promise<Abilities> {
  const root = await server.ask({ method: 'GET', path: '/' });
  const found = recognise(root);
  if (flavor === 'auto' && found.flavor === 'unknown')
    throw new OperatorError(
      `${server.place} does not say what it is (GET /: ${root.status}); set elasticsearch.flavor.`,
    );
  return abilitiesOf({
    flavor: flavor === 'auto' ? (found.flavor as Abilities['flavor']) : flavor,
    version: found.version,
    serverless: asObject((parse(root) ?? {})['version'])['build_flavor'] === 'serverless',
    has: async (path) => (await ask('GET', path)).status,
  });
}

function caller(
  config: Config,
  setting: string,
  nodes: readonly string[],
  headers: Readonly<Record<string, string>>,
): Caller {
  const { api_key: apiKey, username, password } = config.elasticsearch;
  return new Caller({
    nodes,
    setting,
    headers,
    apiKey,
    username,
    password,
    ca: config.elasticsearch_ca,
    timeoutMs: PATIENCE_MS,
  });
}

/** Both products refuse what a web page of another origin could send. */
function kibanaHeaders({ flavor }: Abilities): Record<string, string> {
  return { [flavor === 'opensearch' ? 'osd-xsrf' : 'kbn-xsrf']: 'podferry' };
}

const askWith =
  (server: Caller): Ask =>
  async (method, path, query, body) => {
    const sent = body && { body: Buffer.from(JSON.stringify(body)) };
    const answer = await server.ask({ method, path: `/${path}`, ...(query === undefined ? {} : { query }), ...sent });
    return { status: answer.status, body: parse(answer) ?? {} };
  };

const postWith =
  (kibana: Caller, space: string): Post =>
  async (path, query, contentType, body) => {
    const api = `${space === '' ? '' : `/s/${encodeURIComponent(space)}`}/api/saved_objects/${path}`;
    const answer = await kibana.ask({
      method: 'POST',
      path: api,
      ...(query === undefined ? {} : { query }),
      contentType,
      body,
    });
    return { status: answer.status, text: Buffer.concat(answer.chunks).toString() };
  };
