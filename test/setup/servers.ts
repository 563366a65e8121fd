/**
 * What `podferry setup` asks, beside the fake Elasticsearch of test/helpers: templates, policies, lifecycles and API keys, kept and
 * spelt out as the real ones do; and a Kibana (or OpenSearch Dashboards) that imports and exports saved objects. Shapes: the REST
 * documentation of Elasticsearch 9 and OpenSearch 3, and what test/real saw.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asObject, isObject, type Json } from '../../src/util/json.ts';
import type { FakeElasticsearch, FakeRequest } from '../helpers/elasticsearch.ts';

/** By path. */
export type Store = Map<string, Json>;

export interface Has {
  /** Templates of the stack. */
  readonly stack?: boolean;
  /** The plugin for index state management. */
  readonly ism?: boolean;
  /** As `GET _data_stream` lists them. */
  readonly streams?: readonly Json[];
  /** Refuses whatever would change something, with 403. */
  readonly readOnly?: boolean;
}

export function keepsTemplates(fake: FakeElasticsearch, has: Has = {}): Store {
  const store: Store = new Map();
  if (has.stack) store.set('_component_template/logs@mappings', { template: {} });
  fake.manners.question = (request) => {
    const path = request.path.slice(1);
    if (request.method !== 'GET' && has.readOnly) return [403, error('security_exception', 'action is unauthorized')];
    if (path.startsWith('_plugins/') && !has.ism) return [400, { error: `no handler found for uri [/${path}]` }];
    if (path.startsWith('_data_stream/')) return dataStream(request, path, has.streams ?? []);
    if (path === '_security/api_key' && fake.manners.flavor === 'elasticsearch') {
      return [200, { id: 'i', name: 'podferry', api_key: 'k', encoded: 'aTpr' }];
    }
    if (!/^(_component_template|_index_template|_ilm\/policy|_plugins\/_ism\/policies)\//.test(path)) return undefined;
    if (request.method === 'PUT') return put(store, path, request);
    if (request.method === 'DELETE') return [store.delete(path) ? 200 : 404, { acknowledged: true }];
    if (path.endsWith('*')) {
      const found = [...store].filter(([name]) => name.startsWith(path.slice(0, -1))).map(([, answer]) => answer);
      return [200, { index_templates: found.flatMap((answer) => answer['index_templates']) }];
    }
    const found = store.get(path);
    return found ? [200, found] : [404, error('resource_not_found_exception', `${path} not found`)];
  };
  return store;
}

function dataStream({ method }: FakeRequest, path: string, streams: readonly Json[]): [number, unknown] | undefined {
  if (path.endsWith('/_lifecycle') && method === 'PUT') return [200, { acknowledged: true }];
  return path.includes('*') ? [200, { data_streams: streams }] : undefined;
}

function put(store: Store, path: string, { body, query }: FakeRequest): [number, unknown] {
  const given = JSON.parse(body.toString()) as Json;
  const name = path.split('/').at(-1)!;
  const before = store.get(path);
  if (path.startsWith('_plugins/')) {
    const number = before === undefined ? undefined : String(before['_seq_no']);
    if (number !== (query.get('if_seq_no') ?? undefined))
      return [409, error('version_conflict_engine_exception', 'it exists')];
    const policy = withDefaults(asObject(given['policy']), name);
    store.set(path, { _id: name, _version: 1, _seq_no: Number(number ?? 0) + 1, _primary_term: 1, policy });
    return [before ? 200 : 201, { _id: name }];
  }
  if (path.startsWith('_ilm/')) {
    store.set(path, {
      [name]: { version: 1, modified_date: '2026-11-20T00:00:00Z', policy: given['policy'], in_use_by: {} },
    });
    return [200, { acknowledged: true }];
  }
  const kind = path.startsWith('_index') ? 'index_template' : 'component_template';
  const spelt = {
    ...given,
    template: speltOut(asObject(given['template'])),
    created_date_millis: 1,
    modified_date_millis: 1,
  };
  if (kind === 'index_template') Object.assign(spelt, { data_stream: { hidden: false, allow_custom_routing: false } });
  store.set(path, { [`${kind}s`]: [{ name, [kind]: spelt }] });
  return [200, { acknowledged: true }];
}

/** Settings are answered nested, and their values as texts. */
function speltOut(template: Json): Json {
  const settings = asObject(template['settings']);
  const nested: Json = {};
  for (const [key, value] of Object.entries(settings)) {
    let at = nested;
    const parts = key.split('.');
    for (const part of parts.slice(0, -1)) at = (at[part] ??= {}) as Json;
    at[parts.at(-1)!] = Array.isArray(value) ? value : String(value);
  }
  return { ...template, ...('settings' in template ? { settings: nested } : {}) };
}

function withDefaults(policy: Json, id: string): Json {
  const retry = { count: 3, backoff: 'exponential', delay: '1m' };
  const states = (policy['states'] as Json[]).map((state) => ({
    ...state,
    actions: (state['actions'] as Json[]).map((action) => ({ retry, ...action })),
  }));
  return { policy_id: id, last_updated_time: 1, schema_version: 21, error_notification: null, ...policy, states };
}

const error = (type: string, reason: string) => ({ error: { type, reason } });

export interface FakeKibana {
  readonly url: string;
  /** By space, type and id: `/dashboard/x` in the default space. */
  readonly objects: Map<string, Json>;
  /** What it answers instead. */
  answer: (path: string) => [status: number, body: string] | undefined;
  stop(): Promise<void>;
}

export async function startKibana(header: 'kbn-xsrf' | 'osd-xsrf' = 'kbn-xsrf'): Promise<FakeKibana> {
  const objects = new Map<string, Json>();
  const kibana: FakeKibana = { url: '', objects, answer: () => undefined, stop: () => Promise.resolve() };
  const reply = (request: IncomingMessage, body: string): [number, string] => {
    const { pathname, searchParams } = new URL(request.url!, 'http://kibana');
    const told = kibana.answer(pathname);
    if (told !== undefined) return told;
    const [, space = '', what] = /^(?:\/s\/([^/]+))?\/api\/saved_objects\/(_import|_export)$/.exec(pathname) ?? [];
    if (what === undefined || request.method !== 'POST') return [404, '{"statusCode":404,"error":"Not Found"}'];
    if (request.headers[header] === undefined) return [400, `{"message":"Request must contain a ${header} header."}`];
    if (what === '_export') {
      const [{ type, id }] = (JSON.parse(body) as { objects: [{ type: string; id: string }] }).objects;
      const found = objects.get(`${space}/${type}/${id}`);
      return found ? [200, JSON.stringify(found)] : [400, '{"message":"Error fetching objects to export"}'];
    }
    const boundary = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1];
    const [, file] =
      new RegExp(`^--${boundary}\r\n[^]*?filename="[^"]+\\.ndjson"[^]*?\r\n\r\n([^]*)\r\n--${boundary}--`).exec(body) ??
      [];
    const all = (file ?? '')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
    const lacks = all
      .flatMap(({ references }) => references as { type: string; id: string }[])
      .filter(({ type, id }) => !all.some((each) => each['type'] === type && each['id'] === id));
    if (lacks.length > 0) return [200, JSON.stringify({ success: false, errors: lacks })];
    for (const each of all) {
      const key = `${space}/${String(each['type'])}/${String(each['id'])}`;
      if (objects.has(key) && searchParams.get('overwrite') !== 'true') return [409, '{"message":"conflict"}'];
      objects.set(key, each);
    }
    return [200, JSON.stringify({ success: true, successCount: all.length, errors: [] })];
  };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      const [status, text] = reply(request, body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return Object.assign(kibana, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  });
}

/** The value at a path of members and positions; undefined where there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((found, name) => {
    if (Array.isArray(found)) return found[Number(name)];
    return isObject(found) ? found[name] : undefined;
  }, value);
}
