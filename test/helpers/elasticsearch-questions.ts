/** What the fake Elasticsearch answers when asked: who it is, what one may do, which documents it holds. */
import type { FakeRequest, Manners } from './elasticsearch.ts';
import type { StoredDocument } from './elasticsearch-bulk.ts';
import { errorBody, refusedByServerless, refusedCredentials, refusedMediaType } from './elasticsearch-refusals.ts';
import { filterPath } from './filter-path.ts';

type Response = [status: number, body: unknown];

/** Everything but bulk requests. */
export function answerQuestion(request: FakeRequest, manners: Manners, docs: Map<string, StoredDocument>): Response {
  const refusal =
    refusedMediaType(request, manners) ?? refusedCredentials(request, manners) ?? refusedByServerless(request, manners);
  if (refusal !== undefined) return [refusal.status, errorBody(refusal, manners)];
  const told = manners.question(request);
  if (told !== undefined) return told;
  const [, first = '', second = ''] = request.path.split('/');
  if (first === '') return root(manners);
  if (first === '_cluster') return [200, { status: 'green', timed_out: false }];
  if (first === '_data_stream') return dataStream(second, manners, docs);
  if (first === '_index_template') return templates(second, request, manners);
  if (second === '_mapping') return mapping(first, manners, docs);
  if (request.path === '/_security/user/_has_privileges') return privileges(request, manners);
  if (second === '_search') return [200, filterPath(search(request, docs), request.query.get('filter_path'))];
  if (second === '_mget') return [200, filterPath(multiGet(request, docs), request.query.get('filter_path'))];
  if (second === '_count') return [200, { count: docs.size }];
  if (second === '_refresh') return [200, { _shards: { total: 1, successful: 1, failed: 0 } }];
  return notFound(request.path);
}

function root({ flavor, version, serverless, mayMonitor }: Manners): Response {
  if (!mayMonitor) {
    const reason =
      'action [cluster:monitor/main] is unauthorized for API key, this action is granted by the cluster privileges [monitor,manage,all]';
    return [403, { error: { type: 'security_exception', reason }, status: 403 }];
  }
  if (flavor === 'opensearch')
    return [
      200,
      {
        name: 'fake',
        version: { distribution: 'opensearch', number: version },
        tagline: 'The OpenSearch Project: https://opensearch.org/',
      },
    ];
  const said = serverless
    ? { number: '8.11.0', build_flavor: 'serverless' }
    : { number: version, build_flavor: 'default' };
  return [200, { name: 'fake', version: said, tagline: 'You Know, for Search' }];
}

function dataStream(name: string, { template, flavor }: Manners, docs: Map<string, StoredDocument>): Response {
  if (template && docs.size > 0) return [200, { data_streams: [{ name, status: 'GREEN' }] }];
  // As OpenSearch 3.8 was seen to answer.
  return flavor === 'opensearch' ? [200, { data_streams: [] }] : noSuchIndex(name);
}

function mapping(name: string, { template, mappings }: Manners, docs: Map<string, StoredDocument>): Response {
  if (docs.size === 0) return noSuchIndex(name);
  return [200, { [template ? `.ds-${name}-2026.11.20-000001` : name]: { mappings: template ? mappings : {} } }];
}

function templates(second: string, { body: sent }: FakeRequest, { template, mappings }: Manners): Response {
  // A body would be the template to simulate, and needs patterns.
  if (second === '_simulate_index' && sent.length > 0)
    return [400, { error: { type: 'illegal_argument_exception', reason: 'Required [index_patterns]' }, status: 400 }];
  if (second === '_simulate_index') return [200, template ? { template: { mappings }, overlapping: [] } : {}];
  const body = { index_patterns: ['logs-*-*'], priority: 100, data_stream: { hidden: false } };
  return [200, { index_templates: template ? [{ name: 'logs', index_template: body }] : [] }];
}

function noSuchIndex(name: string): Response {
  return [404, { error: { type: 'index_not_found_exception', reason: `no such index [${name}]` }, status: 404 }];
}

function privileges(request: FakeRequest, { flavor, apiKeys, users, mayCreate }: Manners): Response {
  if (flavor === 'opensearch' || (apiKeys === undefined && users === undefined)) return notFound(request.path);
  const asked = JSON.parse(request.body.toString()) as { index: { names: string[]; privileges: string[] }[] };
  const index: Record<string, Record<string, boolean>> = {};
  for (const { names, privileges } of asked.index)
    for (const name of names) index[name] = Object.fromEntries(privileges.map((privilege) => [privilege, mayCreate]));
  return [200, { username: 'fake', has_all_requested: mayCreate, cluster: {}, index, application: {} }];
}

function notFound(path: string): Response {
  const reason = `no handler found for uri [${path}] and method [GET]`;
  return [400, { error: { type: 'illegal_argument_exception', reason }, status: 400 }];
}

interface Search {
  query: { ids?: { values: string[] }; bool?: { must_not?: unknown; filter?: unknown } };
  size?: number;
  /** By these two fields. */
  sort?: [{ 'log.offset': 'asc' }, { '@timestamp': 'asc' }];
  search_after?: [number, string];
  aggs?: { logs: { filters: { filters: { term: { 'log.file.path': string } }[] } } };
}

/** By ids, or how many there are of each file. As in the real one, 10 hits unless told, and at most 10,000. */
function search(request: FakeRequest, docs: Map<string, StoredDocument>): unknown {
  const { query, size = 10, aggs, sort } = JSON.parse(request.body.toString()) as Search;
  const shards = { total: 1, successful: 1, failed: 0 };
  if (sort !== undefined) return { took: 1, timed_out: false, _shards: shards, hits: { hits: sorted(request, docs) } };
  if (query.ids === undefined) {
    const counts = new Map<string, number>();
    for (const { source } of docs.values()) {
      const document = JSON.parse(source) as Counted;
      const { path } = document.log.file;
      if (isMeant(query.bool!, document)) counts.set(path, (counts.get(path) ?? 0) + 1);
    }
    const buckets = aggs!.logs.filters.filters.map(({ term }) => ({
      doc_count: counts.get(term['log.file.path']) ?? 0,
    }));
    return { took: 1, timed_out: false, _shards: shards, aggregations: { logs: { buckets } } };
  }
  const found = query.ids.values.filter((id) => docs.has(id));
  const hits = found.slice(0, Math.min(size, 10_000)).map((_id) => ({ _index: '.ds-fake-000001', _id, _score: 1 }));
  return { took: 1, timed_out: false, _shards: shards, hits: { total: { value: found.length, relation: 'eq' }, hits } };
}

/** One page of what matches. */
function sorted(request: FakeRequest, docs: Map<string, StoredDocument>): unknown[] {
  const { query, size = 10, search_after } = JSON.parse(request.body.toString()) as Search;
  const [lastOffset, lastTime] = search_after ?? [-1, ''];
  return [...docs]
    .map(([_id, { source }]) => ({ _id, _source: JSON.parse(source) as Counted & { '@timestamp': string } }))
    .filter(({ _source }) => isMeant(query.bool!, _source))
    .map((hit) => ({ ...hit, sort: [hit._source.log.offset, hit._source['@timestamp']] as const }))
    .toSorted(({ sort: [a, at] }, { sort: [b, bt] }) => a - b || (at < bt ? -1 : 1))
    .filter(({ sort: [offset, time] }) => offset > lastOffset || (offset === lastOffset && time > lastTime))
    .slice(0, size);
}

interface Counted {
  log: { file: { path: string }; offset: number };
  event?: { kind: string };
  podferry?: { lost_unknown?: boolean };
}

/** All of `filter` and none of `must_not`, of the fields that are asked for. */
function isMeant(
  { must_not, filter }: { must_not?: unknown; filter?: unknown },
  { log, event, podferry }: Counted,
): boolean {
  const values: Record<string, unknown> = {
    'event.kind': event?.kind,
    'podferry.lost_unknown': podferry?.lost_unknown,
    'log.file.path': log.file.path,
  };
  const holds = (each: unknown): boolean => {
    const { term = {}, range } = each as {
      term?: Record<string, unknown>;
      range?: { 'log.offset': { gte: number; lt: number } };
    };
    if (range && (log.offset < range['log.offset'].gte || log.offset >= range['log.offset'].lt)) return false;
    return Object.entries(term).every(([field, value]) => values[field] === value);
  };
  return [filter ?? []].flat().every(holds) && ![must_not ?? []].flat().some(holds);
}

function multiGet(request: FakeRequest, docs: Map<string, StoredDocument>): unknown {
  const { ids } = JSON.parse(request.body.toString()) as { ids: string[] };
  return { docs: ids.map((_id) => ({ _index: '.ds-fake-000001', _id, found: docs.has(_id) })) };
}
