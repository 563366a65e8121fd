/**
 * The mapping: every member of a document (docs/design.md, "The document") has a type here, so that no application can take the
 * room for it. What applications name themselves (`json`, labels) takes one field each, or none.
 */
import type { Json } from '../util/json.ts';
import type { Abilities } from './abilities.ts';

/** A text that is longer is stored and not indexed. A term may have 32,766 bytes; a character takes up to 4. */
const KEYWORD = { type: 'keyword', ignore_above: 4096 };

const KEYWORDS =
  'stream log.file.path log.level kubernetes.namespace kubernetes.pod.name kubernetes.pod.uid kubernetes.container.name ' +
  'kubernetes.node.name kubernetes.deployment.name kubernetes.replicaset.name kubernetes.statefulset.name ' +
  'kubernetes.daemonset.name kubernetes.job.name kubernetes.cronjob.name container.id container.name container.image.name ' +
  'container.image.hash.all container.runtime host.name service.name service.version orchestrator.cluster.name ecs.version ' +
  'agent.type agent.version event.kind event.action event.reason event.dataset log.logger log.origin.file.name log.origin.function ' +
  'error.code http.request.method http.request.referrer http.version process.name process.thread.name source.address span.id trace.id transaction.id ' +
  'url.domain url.full url.original url.path url.query user.name user_agent.original error.type podferry.repaired';
const LONGS =
  'log.offset kubernetes.container.restart podferry.size podferry.lost_bytes log.origin.file.line event.duration ' +
  'http.response.body.bytes http.response.status_code log.syslog.priority process.pid';
const FLAGS =
  'kubernetes.truncated podferry.unparsed podferry.unfinished podferry.truncated podferry.partial_metadata podferry.partial_json ' +
  'podferry.lost_unknown';
/** Nanoseconds: the order of lines depends on them. */
const TIMES = '@timestamp event.created event.start event.end';
const MAPS = 'labels kubernetes.labels kubernetes.annotations kubernetes.namespace_labels';
const STREAM_NAMES = 'data_stream.type data_stream.dataset data_stream.namespace';

/** All members of a map as keywords under one field, of which only the first 64 levels count. */
const FLATTENED = { type: 'flattened', ignore_above: 8191, depth_limit: 64 };

export function mappingOf(abilities: Abilities, json: 'flattened' | 'dynamic', version: string): Json {
  const { flavor, stack, patterns } = abilities;
  const isElasticsearch = flavor === 'elasticsearch';
  const properties: Json = {
    ...each(TIMES, { type: 'date_nanos' }),
    // Without the distribution Elasticsearch lacks the module of match_only_text.
    ...each('message error.message error.stack_trace podferry.moved', {
      type: stack || !isElasticsearch ? 'match_only_text' : 'text',
    }),
    ...each(KEYWORDS, KEYWORD),
    ...each(LONGS, { type: 'long' }),
    ...each(FLAGS, { type: 'boolean' }),
    ...each('kubernetes.pod.ip client.ip', { type: 'ip' }),
    // The stack has them as constant_keyword in logs@mappings.
    ...(stack ? {} : each(STREAM_NAMES, KEYWORD)),
    json: jsonOf(flavor, json),
    ...(isElasticsearch ? each(MAPS, FLATTENED) : patterns ? {} : each(MAPS, { type: 'object', dynamic: true })),
  };
  return {
    _meta: { managed_by: 'podferry', version },
    date_detection: false,
    ...(patterns ? { dynamic_properties: each(MAPS, KEYWORD, '.*') } : {}),
    ...(isElasticsearch && json === 'dynamic' ? { dynamic_templates: TYPED_JSON } : {}),
    properties,
  };
}

function jsonOf(flavor: Abilities['flavor'], json: 'flattened' | 'dynamic'): Json {
  // An aggregation on flat_object answers with the names of Java objects: not so for labels, but json has no other way.
  if (flavor === 'opensearch') return { type: 'flat_object' };
  // A name with dots is one field, so that `a` and `a.b` go together.
  return json === 'flattened' ? FLATTENED : { type: 'object', subobjects: false, dynamic: true };
}

/** Numbers of all kinds as one type, since the first value decides and a whole number may be followed by a fraction. */
const TYPED_JSON = [
  typed('json_numbers', ['long', 'double'], { type: 'double', ignore_malformed: true }),
  typed('json_texts', ['string', 'boolean', 'date'], { type: 'keyword', ignore_above: 8191 }),
];

function typed(name: string, types: readonly string[], mapping: Json): Json {
  return { [name]: { path_match: 'json.*', match_mapping_type: types, mapping } };
}

/** What nothing else maps, such as members that a pipeline adds. Composed last, so that the templates of the stack come first. */
export const OTHER_TEXTS = {
  dynamic_templates: [{ texts: { match_mapping_type: 'string', mapping: { type: 'keyword', ignore_above: 1024 } } }],
};

function each(names: string, mapping: Json, suffix = ''): Json {
  return Object.fromEntries(names.split(' ').map((name) => [name + suffix, mapping]));
}
