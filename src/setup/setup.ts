/**
 * `podferry setup`: templates, retention and Kibana objects on the server, so that documents are indexed as they should be. Looks at
 * everything that is there first, and changes nothing if any of it is newer than this podferry or was made by somebody else.
 */
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { tasksOf } from '../setup-tasks.ts';
import { askAbilities, askWith, caller, kibanaHeaders, named, postWith } from '../servers.ts';
import { OperatorError } from '../util/errors.ts';
import { asText, type Json } from '../util/json.ts';
import { DEFAULT_OUTPUT } from '../util/output-name.ts';
import { glob } from '../util/pattern.ts';
import { newest, type Abilities } from './abilities.ts';
import { apiKey } from './api-key.ts';
import { writeFiles } from './files.ts';
import type { Step } from './item.ts';
import { importAll, planKibana } from './kibana.ts';
import { apply, plan, refusal, removals, type Ask } from './plan.ts';
import { lifecyclesOf } from './retention.ts';
import { ndjson, savedObjects, type SavedObject } from './saved-objects.ts';
import { baseName, keptOf, isBroad, patternsOf, templates, type Wanted } from './template.ts';

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

/** @throws OperatorError with a sentence for everything that keeps it from being done */
export async function setup(config: Config, options: SetupOptions): Promise<void> {
  const tasks = tasksOf(config);
  for (const { name, config: own } of tasks) {
    if (tasks.length === 1) return await setupOne(own, options);
    options.print(`${name === DEFAULT_OUTPUT ? 'sink' : `outputs.${name}`}: ${own.elasticsearch.nodes.join(', ')}`);
    const out = options.out === undefined ? undefined : join(options.out, name);
    await setupOne(own, { ...options, out });
  }
}

async function setupOne(config: Config, options: SetupOptions): Promise<void> {
  const { elasticsearch, setup: chosen } = config;
  const { version, print, out } = options;
  const wanted: Wanted = { ...chosen, dataset: config.data_stream.dataset, streams: config.data_streams, version };
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
  const streams = await ask('GET', `_data_stream/${viewOf(wanted)}`);
  const lifecycles = lifecyclesOf(abilities, keptOf(wanted), streams.body);
  const items = [...templates(abilities, wanted), ...lifecycles];
  const steps = [...(await plan(ask, items, version)), ...(await removals(ask, `${base}-for-*`, items, version))];
  const { kibana_url: url, kibana_space: space } = config.setup;
  const kibana = url === '' ? undefined : caller(config, 'setup.kibana_url', [url], kibanaHeaders(abilities));
  try {
    const post = kibana && postWith(kibana, space);
    const shown = post ? await planKibana(post, objects, version) : [];
    for (const step of steps) {
      if (!dryRun) await apply(ask, step);
      report(step, dryRun, print);
    }
    const isChanged = shown.some(({ change }) => change !== 'none');
    if (post && isChanged && !dryRun) await importAll(post, abilities.flavor, objects);
    for (const step of shown) report(step, dryRun, print);
  } finally {
    await kibana?.close();
  }
  for (const line of remarks(abilities, wanted, steps, streams.body, url)) print(line);
  if (wantsKey) print(dryRun ? 'API key podferry: would be made' : await madeKey(ask, abilities, patternsOf(wanted)));
}

function report({ item, change, diff }: Step, dryRun: boolean, print: (line: string) => void): void {
  const did = { create: 'made', update: 'changed', remove: 'removed', none: 'as it should be' }[change];
  print(`${item.kind} ${item.name}: ${dryRun && change !== 'none' ? `would be ${did}` : did}`);
  if (dryRun) for (const line of diff) print(`  ${line}`);
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
    ...(isBroad(patternsOf(wanted))
      ? [
          `The template ${baseName(wanted)} covers ${patternsOf(wanted).join(', ')}, and so data streams of others that no template of a ` +
            'higher priority covers. An elasticsearch.dataset that begins with a text, such as k8s.{kubernetes.namespace}, covers its own only.',
        ]
      : []),
    ...(kibanaUrl === '' ? ['setup.kibana_url is not set: no saved search and no dashboard are made.'] : []),
  ];
}

async function madeKey(ask: Ask, { flavor }: Abilities, patterns: readonly string[]): Promise<string> {
  if (flavor === 'opensearch')
    throw new OperatorError(
      `OpenSearch has no API keys: make a user whose role may create documents in ${patterns.join(', ')}.`,
    );
  const { status, body } = await ask('POST', '_security/api_key', undefined, apiKey(patterns));
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
  if (wantsKey) files.set('_security/api_key.json', pretty(apiKey(patternsOf(wanted))));
  return files;
}

const pretty = (body: Json): string => `${JSON.stringify(body, undefined, 2)}\n`;

/** What the data view covers: the streams of the datasets, and those that have a retention of their own. */
function viewOf(wanted: Wanted): string {
  const all = patternsOf(wanted);
  const others = keptOf(wanted).flatMap(({ patterns }) => patterns);
  return [...all, ...others.filter((name) => !all.some((pattern) => glob(pattern, name)))].join(',');
}

function checkChoice({ flavor }: Abilities, { setup: { json, index, kibana_space: space } }: Config): void {
  if (flavor !== 'opensearch') return;
  const only = 'works with Elasticsearch only';
  if (json === 'dynamic') throw new OperatorError(`setup.json dynamic ${only}: OpenSearch has no subobjects: false.`);
  if (index === 'logsdb') throw new OperatorError(`setup.index logsdb ${only}; sorted works with both.`);
  if (space !== '') throw new OperatorError(`setup.kibana_space ${only}: OpenSearch Dashboards has no spaces.`);
}
