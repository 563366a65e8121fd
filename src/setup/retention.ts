/**
 * How long documents are kept, in the way of the server: the lifecycle of data streams, index lifecycle management (ILM), or index
 * state management (ISM). All delete a backing index some time after it was rolled over, so it is rolled over in steps that are
 * short against that time.
 */
import { asArray, asObject, isObject, type Json } from '../util/json.ts';
import type { Abilities } from './abilities.ts';
import { mark, type Item } from './item.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Which data streams, and how long in milliseconds; null: for ever. */
export interface Kept {
  /** Of the template and the policy. */
  readonly name: string;
  readonly patterns: readonly string[];
  /** The template of the highest priority counts. */
  readonly priority: number;
  readonly keep: number | null;
}

/** A time as servers write it: `30d`, `36h`. */
export const timeUnit = (ms: number): string => (ms % DAY === 0 ? `${ms / DAY}d` : `${Math.ceil(ms / HOUR)}h`);

/** After what time an index is rolled over: the steps of Elasticsearch's own lifecycle of data streams. */
function rollover(keep: number): string {
  return keep <= DAY ? '1h' : keep <= 14 * DAY ? '1d' : keep <= 90 * DAY ? '7d' : '30d';
}

/** What stands in the index template: a part of `template`. */
export function retentionInTemplate({ retention, serverless }: Abilities, { name, keep }: Kept) {
  if (keep === null) return { settings: {}, lifecycle: undefined };
  if (retention === 'ilm') return { settings: { 'index.lifecycle.name': name }, lifecycle: undefined };
  if (retention !== 'lifecycle') return { settings: {}, lifecycle: undefined };
  return {
    // The stack's own templates name a policy of ILM, which would win, and which deletes nothing.
    settings: serverless ? {} : { 'index.lifecycle.prefer_ilm': 'false' },
    lifecycle: { enabled: true, data_retention: timeUnit(keep) },
  };
}

/** The policy that the template names, or that names the data streams; undefined: none is needed. */
export function policyOf({ retention }: Abilities, kept: Kept, version: string): Item | undefined {
  const { name, keep } = kept;
  if (keep === null) return undefined;
  if (retention === 'ilm') {
    return {
      kind: 'ILM policy',
      name,
      path: `_ilm/policy/${name}`,
      body: ilm(keep, version),
      read: (answer) => {
        const { policy } = asObject(answer[name]);
        return isObject(policy) ? { policy } : undefined;
      },
      adds: true,
    };
  }
  if (retention !== 'ism') return undefined;
  return {
    kind: 'ISM policy',
    name,
    path: `_plugins/_ism/policies/${name}`,
    body: ism(kept, keep, version),
    read: ({ policy }) => (isObject(policy) ? { policy } : undefined),
    adds: true,
  };
}

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-ilm-put-lifecycle */
function ilm(keep: number, version: string): Json {
  const hot = { rollover: { max_age: rollover(keep), max_primary_shard_size: '50gb' } };
  const phases = {
    hot: { min_age: '0ms', actions: hot },
    delete: { min_age: timeUnit(keep), actions: { delete: { delete_searchable_snapshot: true } } },
  };
  return { policy: { _meta: mark(version), phases } };
}

/** https://docs.opensearch.org/latest/im-plugin/ism/policies/ */
function ism({ patterns, priority }: Kept, keep: number, version: string): Json {
  const rolled = { rollover: { min_index_age: rollover(keep), min_primary_shard_size: '50gb' } };
  const old = { state_name: 'delete', conditions: { min_rollover_age: timeUnit(keep) } };
  return {
    policy: {
      description: `Made by podferry ${version}.`,
      default_state: 'hot',
      states: [
        { name: 'hot', actions: [rolled], transitions: [old] },
        { name: 'delete', actions: [{ delete: {} }], transitions: [] },
      ],
      // The name of the data stream, and of its backing indices: which one is compared, its documentation does not say.
      ism_template: [{ index_patterns: [...patterns, ...patterns.map((pattern) => `.ds-${pattern}`)], priority }],
    },
  };
}

/**
 * The lifecycles of data streams that are there already: a template counts only for new ones.
 * @param answer to `GET _data_stream/PATTERN`
 */
export function lifecyclesOf({ retention }: Abilities, kept: readonly Kept[], answer: Json): Item[] {
  if (retention !== 'lifecycle') return [];
  return asArray(answer['data_streams']).flatMap((stream) => {
    const { name, template, lifecycle } = asObject(stream);
    const keep = kept.find((each) => each.name === template)?.keep ?? null;
    if (typeof name !== 'string' || keep === null) return [];
    return {
      kind: 'data stream',
      name,
      path: `_data_stream/${name}/_lifecycle`,
      body: { enabled: true, data_retention: timeUnit(keep) },
      read: (answer) => answer,
      adds: true as const,
      known: asObject(lifecycle),
    };
  });
}
