/** The fake is only worth something while it is as strict as the real one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { startElasticsearch, type FakeElasticsearch, type FakeOptions } from './elasticsearch.ts';
import { filterPath } from './filter-path.ts';

let server: FakeElasticsearch | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

interface Asked {
  readonly options?: FakeOptions;
  readonly query?: string;
  readonly headers?: Record<string, string>;
}

async function bulk(
  body: string | Buffer,
  { options, query = '', headers = {} }: Asked = {},
): Promise<[number, unknown]> {
  server ??= await startElasticsearch(options);
  const response = await fetch(`${server.url}/logs-a-b/_bulk${query}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  });
  const text = await response.text();
  return [response.status, text.startsWith('{') ? (JSON.parse(text) as unknown) : text];
}

async function post(path: string, body: object): Promise<unknown> {
  const response = await fetch(`${server!.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  return response.json();
}

const TWO = '{"create":{"_id":"a"}}\n{"n":1}\n{"create":{"_id":"b"}}\n{"n":2}\n';

test('creates, and answers 409 to the same again', async () => {
  const query = '?filter_path=errors,items.*.status,items.*.error.type';
  expect(await bulk(TWO, { query })).toEqual([
    200,
    { errors: false, items: [{ create: { status: 201 } }, { create: { status: 201 } }] },
  ]);
  const again = TWO.replace('"n":2', '"n":3');
  const conflict = { create: { status: 409, error: { type: 'version_conflict_engine_exception' } } };
  expect(await bulk(gzipSync(again), { query, headers: { 'content-encoding': 'gzip' } })).toEqual([
    200,
    { errors: true, items: [conflict, conflict] },
  ]);
  expect([...server!.docs.values()]).toEqual([
    { index: 'logs-a-b', source: '{"n":1}', offered: 2, different: 0 },
    { index: 'logs-a-b', source: '{"n":2}', offered: 2, different: 1 },
  ]);
});

describe('refuses a body', () => {
  test.each([
    ['without the last newline', TWO.slice(0, -1), /must be terminated by a newline/],
    ['with an action that is none', '{"n":1}\n{"n":1}\n', /Malformed action/],
    ['with a document for an action', '{"create":{}}\n{"n":1}\n{"n":2}\n', /Malformed action/],
    ['with an empty line', '{"create":{}}\n{"n":1}\n\n', /Malformed action/],
    ['with an action and no document', '{"create":{}}\n', /terminated by a newline/],
  ])('%s', async (_, body, reason) => {
    const [status, answer] = await bulk(body);
    expect(status).toBe(400);
    expect(JSON.stringify(answer)).toMatch(reason);
    expect(server!.docs.size).toBe(0);
  });
});

test('refuses single documents', async () => {
  const body = '{"create":{}}\n{"n":\n{"index":{}}\n{"n":1}\n{"create":{}}\n{"n":1}\n';
  const [, answer] = await bulk(body, { query: '?filter_path=items.*.status' });
  expect(answer).toEqual({
    items: [{ create: { status: 400 } }, { index: { status: 400 } }, { create: { status: 201 } }],
  });
});

describe('media types', () => {
  const vendor = (version: number): Record<string, string> => ({
    'content-type': `application/vnd.elasticsearch+x-ndjson; compatible-with=${version}`,
    accept: `application/vnd.elasticsearch+json; compatible-with=${version}`,
  });
  test.each<[string, FakeOptions, Record<string, string>, number]>([
    ['9 takes 9', { version: '9.5.0' }, vendor(9), 200],
    ['9 takes 8', { version: '9.5.0' }, vendor(8), 200],
    ['8 refuses 9', { version: '8.19.2' }, vendor(9), 400],
    ['7 refuses all', { version: '7.17.0' }, vendor(8), 406],
    ['OpenSearch refuses all', { flavor: 'opensearch' }, vendor(9), 406],
    ['only one of the two', {}, { ...vendor(9), accept: 'application/json' }, 400],
    ['plain text', {}, { 'content-type': 'text/plain' }, 406],
  ])('%s', async (_, options, headers, status) => {
    const body = TWO.replaceAll('"n"', '"@timestamp":0,"n"');
    expect((await bulk(body, { options, headers }))[0]).toBe(status);
  });
});

test('names a query parameter it does not know', async () => {
  const [status, answer] = await bulk(TWO, { options: { version: '8.12.0' }, query: '?require_data_stream=true' });
  expect([status, JSON.stringify(answer)]).toEqual([
    400,
    expect.stringContaining('unrecognized parameter: [require_data_stream]'),
  ]);
});

test('finds documents by id, ten unless told', async () => {
  await bulk(Array.from({ length: 12 }, (_, i) => `{"create":{"_id":"${i}"}}\n{}\n`).join(''));
  const query = { ids: { values: ['none', ...Array.from({ length: 12 }, (_, i) => String(i))] } };
  const hits = async (body: object): Promise<number> =>
    ((await post('/logs-a-b/_search', body)) as { hits: { hits: unknown[] } }).hits.hits.length;
  expect(await hits({ query })).toBe(10);
  expect(await hits({ query, size: 1000, _source: false })).toBe(12);
  expect(await post('/logs-a-b/_mget?filter_path=docs.found', { ids: ['0', 'none'] })).toEqual({
    docs: [{ found: true }, { found: false }],
  });
});

test.each<[string | null, unknown]>([
  [null, { a: 1, b: [{ c: { d: 1, e: 2 } }, { f: 1 }] }],
  ['a', { a: 1 }],
  ['b.c.d', { b: [{ c: { d: 1 } }] }],
  ['b.*.d', { b: [{ c: { d: 1 } }] }],
  ['b.c', { b: [{ c: { d: 1, e: 2 } }] }],
  ['**.e', { b: [{ c: { e: 2 } }] }],
  ['x', {}],
])('filter_path=%s', (filter, kept) => {
  expect(filterPath({ a: 1, b: [{ c: { d: 1, e: 2 } }, { f: 1 }] }, filter)).toEqual(kept);
});

test('runs as a process of its own', async () => {
  const child = spawn(process.execPath, [
    new URL('elasticsearch-main.mjs', import.meta.url).pathname,
    '{"maxBytes":1000}',
  ]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse((await lines.next()).value as string);
  const { url } = (await next()) as { url: string };
  child.stdin.write('{"next":{"status":503}}\n');
  expect(await next()).toEqual({ ok: true });
  const send = (): Promise<Response> =>
    fetch(`${url}/logs-a-b/_bulk`, { method: 'POST', body: TWO, headers: { 'content-type': 'application/x-ndjson' } });
  expect([(await send()).status, (await send()).status]).toEqual([503, 200]);
  child.stdin.write('{"docs":true}\n');
  expect(await next()).toEqual({ docs: { a: 1, b: 1 } });
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
