/** The index template, its components and the policies behind it, as data for one kind of server. */
import { asArray, asObject, isObject, type Json } from '../util/json.ts';
import type { Abilities } from './abilities.ts';
import { mark, type Item } from './item.ts';
import { mappingOf, OTHER_TEXTS } from './mapping.ts';
import { policyOf, retentionInTemplate, type Kept } from './retention.ts';

/** What the operator chose. */
export interface Wanted {
  readonly version: string;
  /** Of the data stream of most documents: the middle of its name. */
  readonly dataset: string;
  /** Names and patterns of all data streams. */
  readonly streams: readonly string[];
  readonly retention: {
    readonly all: number | null;
    readonly others: readonly { readonly streams: string; readonly keep: number | null }[];
  };
  readonly json: 'flattened' | 'dynamic';
  readonly index: 'default' | 'sorted' | 'logsdb';
}

/** Above the stack (100) and Fleet (up to 200). Each exception stands above the one before it. */
const PRIORITY = 250;
/** Of patterns that cover data streams of others too: below those that Fleet has for them. */
const BROAD_PRIORITY = 150;

/** `logs-podferry`: what everything that belongs to these data streams is called. */
export const baseName = ({ dataset }: Wanted): string => `logs-${dataset}`;

/**
 * How long which data streams are kept: all of the datasets first, then the exceptions. An index template covers every namespace of a
 * dataset, so that another one needs no further set-up.
 */
export function keptOf(wanted: Wanted): Kept[] {
  const base = baseName(wanted);
  const patterns = patternsOf(wanted);
  const others = wanted.retention.others.map(({ streams, keep }, i) => ({
    priority: PRIORITY + 1 + i,
    name: `${base}-for-${streams.replaceAll('*', 'any')}`,
    patterns: [`logs-${streams}`],
    keep,
  }));
  return [
    { name: base, priority: isBroad(patterns) ? BROAD_PRIORITY : PRIORITY, patterns, keep: wanted.retention.all },
    ...others,
  ];
}

/** All data streams of the datasets, whatever their namespace. */
export function patternsOf({ streams }: Wanted): readonly string[] {
  return [...new Set(streams.map((name) => `${name.split('-').slice(0, 2).join('-')}-*`))];
}

/** Whether they cover data streams that others name. */
export function isBroad(patterns: readonly string[]): boolean {
  return patterns.some((pattern) => pattern.startsWith('logs-*'));
}

/** In the order in which they can be made. */
export function templates(abilities: Abilities, wanted: Wanted): Item[] {
  const base = baseName(wanted);
  const meta = mark(wanted.version);
  const component = (name: string, template: Json, once?: true): Item => ({
    kind: 'component template',
    name,
    path: `_component_template/${name}`,
    body: { template, ...(once ? {} : { _meta: meta }) },
    read: (answer) => bodyIn(answer, 'component_template'),
    ...(once && { once }),
  });
  const [mappings, settings, custom] = [`${base}-mappings`, `${base}-settings`, `${base}@custom`];
  const kept = keptOf(wanted);
  return [
    component(mappings, { mappings: mappingOf(abilities, wanted.json, wanted.version) }),
    component(settings, { settings: settingsOf(abilities, wanted) }),
    // Where a template must not name what is not there, the operator's part is made, empty.
    ...(abilities.modern ? [] : [component(custom, {}, true)]),
    ...kept.flatMap((each) => policyOf(abilities, each, wanted.version) ?? []),
    ...kept.map(indexTemplate),
  ];

  function indexTemplate(each: Kept): Item {
    const { settings: lifecycleSettings, lifecycle } = retentionInTemplate(abilities, each);
    const hooks = ['logs@custom', custom];
    return {
      kind: 'index template',
      name: each.name,
      path: `_index_template/${each.name}`,
      body: {
        index_patterns: each.patterns,
        data_stream: {},
        priority: each.priority,
        composed_of: abilities.modern
          ? ['logs@mappings', 'logs@settings', mappings, settings, ...hooks, 'ecs@mappings']
          : [mappings, settings, custom],
        ...(abilities.modern
          ? { ignore_missing_component_templates: ['logs@mappings', 'logs@settings', ...hooks, 'ecs@mappings'] }
          : {}),
        template: {
          ...(Object.keys(lifecycleSettings).length === 0 ? {} : { settings: lifecycleSettings }),
          mappings: OTHER_TEXTS,
          ...(lifecycle && { lifecycle }),
        },
        _meta: meta,
      },
      read: (answer) => bodyIn(answer, 'index_template'),
    };
  }
}

function settingsOf({ flavor, modern }: Abilities, { json, index }: Wanted): Json {
  return {
    'index.mapping.total_fields.limit': '1000',
    'index.mapping.ignore_malformed': 'true',
    ...(modern ? { 'index.mapping.total_fields.ignore_dynamic_beyond_limit': 'true' } : {}),
    // A search that names no field looks into these.
    'index.query.default_field': json === 'flattened' ? ['message', 'json'] : ['message', 'json.*'],
    ...(flavor === 'opensearch' ? { 'index.codec': 'best_compression' } : {}),
    ...(index === 'logsdb' ? { 'index.mode': 'logsdb' } : {}),
    ...(index === 'sorted'
      ? { 'index.sort.field': ['host.name', '@timestamp'], 'index.sort.order': ['asc', 'desc'] }
      : {}),
  };
}

/** The only template of an answer, without what servers add of their own. */
function bodyIn(answer: Json, kind: string): Json | undefined {
  const [first] = asArray(answer[`${kind}s`]);
  const { [kind]: body } = asObject(first);
  if (!isObject(body)) return undefined;
  // The defaults of data_stream are spelt out by the servers, each in its way.
  const kept = Object.entries(body).filter(([name]) => !name.endsWith('_date_millis'));
  return Object.fromEntries(kept.map(([name, value]) => [name, name === 'data_stream' ? {} : value]));
}
