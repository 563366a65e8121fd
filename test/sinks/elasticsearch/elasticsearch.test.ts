/** The sink against a fake Elasticsearch on a real socket: every way a request can end, and what becomes of the documents. */
import { once } from 'node:events';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeadLetter } from '../../../src/sinks/deadletter/deadletter.ts';
import { ElasticsearchSink, type ElasticsearchOptions } from '../../../src/sinks/elasticsearch/elasticsearch.ts';
import type { Batch, Acknowledged } from '../../../src/types.ts';
import { batchOf, documents, large, type Offered } from '../../helpers/bulk-batch.ts';
import { authority } from '../../helpers/certificate.ts';
import {
  startElasticsearch,
  type FakeElasticsearch,
  type FakeOptions,
  type ItemOverride,
  type Misbehaviour,
} from '../../helpers/elasticsearch.ts';
import { newSaid, type Said } from '../../helpers/said.ts';
import { until } from '../../helpers/until.ts';

const TARGET = 'logs-podferry-default';
const SECRET = 'c2VjcmV0OmtleQ==';

let dir: string;
let said: Said;
let servers: FakeElasticsearch[];
let sinks: ElasticsearchSink[];
let stores: DeadLetter[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-sink-'));
  said = newSaid();
  servers = [];
  sinks = [];
  stores = [];
});
afterEach(async () => {
  for (const sink of sinks) await sink.close();
  for (const store of stores) await store.close();
  for (const server of servers) await server.stop();
  rmSync(dir, { recursive: true, force: true });
  // Whatever happened: no secret, and no content of a document, was ever said.
  expect(said.lines.join('\n')).not.toMatch(/c2VjcmV0|hunter2|"message"/);
});

async function elasticsearch(options: FakeOptions = {}): Promise<FakeElasticsearch> {
  const server = await startElasticsearch(options);
  servers.push(server);
  return server;
}

interface Told {
  readonly acknowledged: { stored: number; duplicate: number; rejected: number };
  /** Documents in the failure store of the server. */
  readonly elsewhere: number[];
  readonly retried: string[];
  readonly outcomes: string[];
  /** Milliseconds it wanted to wait; it did not. */
  readonly waits: number[];
}

function sinkFor(nodes: string | string[], options: Partial<ElasticsearchOptions> = {}): [ElasticsearchSink, Told] {
  const acknowledged = { stored: 0, duplicate: 0, rejected: 0 };
  const told: Told = { acknowledged, elsewhere: [], retried: [], outcomes: [], waits: [] };
  const deadLetter = new DeadLetter({ dir, maxBytes: 16 * 1024 * 1024, log: said, random: () => 0 });
  stores.push(deadLetter);
  const sink = new ElasticsearchSink({
    nodes: [nodes].flat(),
    target: TARGET,
    compression: 'gzip',
    inFlight: 8,
    flavor: 'auto',
    requestTimeoutMs: 10_000,
    deadLetter,
    acknowledged: ({ stored, duplicate, rejected, failureStore = 0 }: Acknowledged) => {
      if (failureStore > 0) told.elsewhere.push(failureStore);
      told.acknowledged.stored += stored;
      told.acknowledged.duplicate += duplicate;
      told.acknowledged.rejected += rejected;
    },
    retried: (reason) => told.retried.push(reason),
    request: (outcome, ms) => {
      expect(ms).toBeGreaterThan(0);
      told.outcomes.push(outcome);
    },
    log: said,
    random: () => 0.5,
    wait: async (ms, signal) => {
      told.waits.push(ms);
      // A turn for timers and sockets, or a server that is down would keep us from everything else.
      await new Promise((turn) => setImmediate(turn));
      signal.throwIfAborted();
    },
    ...options,
  });
  sinks.push(sink);
  return [sink, told];
}

/** Sends with a stop signal nobody raises. */
function send(sink: ElasticsearchSink, offered: readonly Offered[]): Promise<void> {
  return sink.send(batchOf(offered), new AbortController().signal);
}

function body(batch: Batch): string {
  return batch.bytes.toString('utf8', 0, batch.length);
}

function rejected(): { id: string; reason: { status: number; type: string }; document: unknown }[] {
  const text = readFileSync(join(dir, 'rejected.ndjson'), 'utf8').trimEnd();
  return text.split('\n').map((line) => JSON.parse(line) as ReturnType<typeof rejected>[number]);
}

/** An item override by what a document holds. */
function only(text: string, override: ItemOverride): { item: (source: string) => ItemOverride | undefined } {
  return { item: (source) => (source.includes(text) ? override : undefined) };
}

describe('a batch on a good day', () => {
  test.each(['gzip', 'none'] as const)('%s: one request, the bytes of the slab exactly', async (compression) => {
    const server = await elasticsearch();
    const [sink, told] = sinkFor(server.url, { compression });
    const batch = batchOf([...documents(2000), { id: 'id-한국어', source: '{"message":"한국어 😀"}' }].slice(0, 2000));
    await sink.send(batch, new AbortController().signal);
    const [request, ...more] = server.bulks();
    expect(more).toEqual([]);
    expect(request!.body.toString()).toBe(body(batch));
    expect(request!.headers['content-encoding']).toBe(compression === 'gzip' ? 'gzip' : undefined);
    expect(request!.rawBytes === batch.length).toBe(compression === 'none');
    expect(server.docs.size).toBe(2000);
    expect(told).toEqual({
      acknowledged: { stored: 2000, duplicate: 0, rejected: 0 },
      elsewhere: [],
      retried: [],
      outcomes: ['ok'],
      waits: [],
    });
    expect(said.lines).toEqual([]);
  });

  test('asks only for what it reads, of the data stream itself, without vendor media types', async () => {
    const server = await elasticsearch();
    const [sink] = sinkFor(server.url);
    await send(sink, documents(1));
    const { path, query, headers } = server.bulks()[0]!;
    expect(path).toBe(`/${TARGET}/_bulk`);
    expect(query.get('filter_path')).toContain('items.*.status');
    expect(query.get('require_data_stream')).toBe('true');
    expect(query.get('include_source_on_error')).toBe('false');
    expect(headers).toMatchObject({ 'content-type': 'application/x-ndjson', accept: 'application/json' });
    expect(headers).not.toHaveProperty('x-elastic-client-meta');
    expect(headers).not.toHaveProperty('authorization');
  });

  test('an empty batch is settled without a word', async () => {
    const server = await elasticsearch();
    const [sink, told] = sinkFor(server.url);
    await send(sink, []);
    expect(server.requests).toEqual([]);
    expect(told.acknowledged).toEqual({ stored: 0, duplicate: 0, rejected: 0 });
  });

  test('sent twice, stored once', async () => {
    const server = await elasticsearch();
    const [sink, told] = sinkFor(server.url);
    await send(sink, documents(5));
    await send(sink, documents(8));
    expect(told.acknowledged).toEqual({ stored: 8, duplicate: 5, rejected: 0 });
    expect(told.outcomes).toEqual(['ok', 'ok']);
    expect(server.docs.get('id-00000000')).toMatchObject({ offered: 2, different: 0 });
  });

  test('several batches at a time ask once which server it is', async () => {
    const server = await elasticsearch({ delayMs: 5 });
    const [sink, told] = sinkFor(server.url);
    await Promise.all([0, 100, 200].map((first) => send(sink, documents(10, first))));
    expect(server.requests.filter(({ path }) => path === '/')).toHaveLength(1);
    expect(told.acknowledged.stored).toBe(30);
  });
});

describe('servers of every kind', () => {
  test.each<[string, FakeOptions, string[]]>([
    ['Elasticsearch 9', { version: '9.5.0' }, ['require_data_stream', 'include_source_on_error']],
    ['Elasticsearch 8.19', { version: '8.19.2' }, ['require_data_stream', 'include_source_on_error']],
    ['Elasticsearch 8.15', { version: '8.15.0' }, ['require_data_stream']],
    ['Elasticsearch 8.5', { version: '8.5.0' }, []],
    ['Elasticsearch 7.17', { version: '7.17.0' }, []],
    [
      'Elasticsearch behind a proxy that strips headers',
      { hideProduct: true },
      ['require_data_stream', 'include_source_on_error'],
    ],
    ['a key that may only write', { mayMonitor: false }, ['require_data_stream', 'include_source_on_error']],
    ['a key that may only write, through such a proxy', { mayMonitor: false, hideProduct: true }, []],
    ['Elasticsearch Serverless', { serverless: true }, ['require_data_stream', 'include_source_on_error']],
    ['OpenSearch', { flavor: 'opensearch' }, []],
  ])('%s', async (_, options, parameters) => {
    const server = await elasticsearch(options);
    const [sink, told] = sinkFor(server.url);
    // Two at a time: what the one learns must not trip the other.
    await Promise.all([send(sink, documents(3)), send(sink, documents(3, 10))]);
    await send(sink, documents(3, 20));
    expect(server.docs.size).toBe(9);
    expect([...server.bulks().at(-1)!.query.keys()]).toEqual(['filter_path', ...parameters]);
    expect(told.waits).toEqual([]);
  });

  test.each([
    [{ template: true }, true, 'is Elasticsearch Serverless; documents may be created in'],
    [{ template: false }, false, 'is Elasticsearch Serverless, but no index template'],
  ])('Serverless with %j: what is checked is asked in words that it knows', async (manners, ok, words) => {
    const server = await elasticsearch({ serverless: true, apiKeys: [SECRET], ...manners });
    const [sink] = sinkFor(server.url, { apiKey: () => SECRET });
    const answer = await sink.checkServer();
    expect(answer).toMatchObject({ ok, detail: expect.stringContaining(words) as string });
    expect(answer.detail).not.toContain('8.11');
    expect(server.requests.filter(({ status }) => status === 410 || status === 400)).toEqual([]);
  });

  test('one that said nothing at first is recognised later', async () => {
    const server = await elasticsearch({ mayMonitor: false, hideProduct: true });
    const [sink] = sinkFor(server.url);
    await send(sink, documents(1));
    server.manners.hideProduct = false;
    for (let i = 1; i < 3; i++) await send(sink, documents(1, i));
    expect(server.bulks().map(({ query }) => query.has('require_data_stream'))).toEqual([false, false, true]);
  });

  test('a configured flavor is believed without asking', async () => {
    const server = await elasticsearch({ flavor: 'opensearch' });
    const [sink] = sinkFor(server.url, { flavor: 'opensearch' });
    await send(sink, documents(1));
    expect(server.requests).toHaveLength(1);
  });

  test('OpenSearch without a data stream: says once what will happen', async () => {
    const server = await elasticsearch({ flavor: 'opensearch', template: false });
    const [sink] = sinkFor(server.url);
    await send(sink, documents(1));
    await send(sink, documents(1, 1));
    expect(said.lines).toEqual([
      expect.stringMatching(/^warn: No index template covers .*plain index.*Run podferry setup before shipping/),
    ]);
  });

  test('Elasticsearch without a template: holds instead of making a plain index', async () => {
    const server = await elasticsearch({ template: false });
    const [sink, told] = sinkFor(server.url);
    const sending = send(sink, documents(3));
    await until(() => told.waits.length >= 2, 'two tries');
    expect(server.docs.size).toBe(0);
    server.manners.template = true;
    await sending;
    expect(server.docs.size).toBe(3);
    expect(said.lines).toEqual([expect.stringMatching(/install an index template .*logs-\*-\*/)]);
  });
});

describe('documents refused one by one', () => {
  test('400: kept in the dead-letter store with the reason, the others stored', async () => {
    const server = await elasticsearch(
      only('line 00000003', { status: 400, type: 'document_parsing_exception', reason: 'quotes "message"' }),
    );
    const [sink, told] = sinkFor(server.url);
    await send(sink, documents(5));
    expect(told.acknowledged).toEqual({ stored: 4, duplicate: 0, rejected: 1 });
    expect(told.outcomes).toEqual(['ok']);
    expect(rejected()).toEqual([
      {
        at: expect.any(String),
        id: 'id-00000003',
        reason: { status: 400, type: 'document_parsing_exception', reason: 'quotes "message"' },
        document: JSON.parse(documents(5)[3]!.source),
      },
    ]);
    expect(said.lines).toEqual([expect.stringMatching(/never take a document \(400 document_parsing_exception\)/)]);
  });

  test('400 for a field of an application: stored with that field as text, whatever else happens to its batch', async () => {
    const reason = 'failed to parse field [json.a] of type [long]';
    const server = await elasticsearch();
    server.next({
      item: (source) => {
        if (source.includes('"json":{')) return { status: 400, type: 'document_parsing_exception', reason };
        return source.includes('line 00000004') ? { status: 429, type: 'es_rejected_execution_exception' } : undefined;
      },
    });
    const batch = documents(6).map(({ id, source }, i) => ({
      id,
      source: i % 2 === 0 ? source : `${source.slice(0, -1)},"json":{"a":"x","b":[1]}}`,
    }));
    const [sink, told] = sinkFor(server.url);
    await send(sink, batch);
    expect(told.acknowledged).toEqual({ stored: 6, duplicate: 0, rejected: 0 });
    expect([...server.docs.keys()].toSorted()).toEqual(batch.map(({ id }) => id));
    expect(JSON.parse(server.docs.get(batch[1]!.id)!.source)).toEqual({
      ...(JSON.parse(documents(6)[1]!.source) as object),
      podferry: { repaired: ['json'], moved: '"json":{"a":"x","b":[1]}' },
    });
    expect(told.retried.toSorted()).toEqual(['item_429', 'repaired']);
    expect(said.lines).toEqual([expect.stringMatching(/does not take a field of 3 documents .*podferry\.moved/)]);
  });

  test('400 for it in that form too: kept in the dead-letter store, with the text', async () => {
    const refused = { status: 400, type: 'document_parsing_exception', reason: 'failed to parse [json.a]' };
    const server = await elasticsearch(only('line 00000001', refused));
    const source = `${documents(2)[1]!.source.slice(0, -1)},"json":{"a":1}}`;
    const [sink, told] = sinkFor(server.url);
    await send(sink, [documents(2)[0]!, { id: documents(2)[1]!.id, source }]);
    expect(told.acknowledged).toEqual({ stored: 1, duplicate: 0, rejected: 1 });
    expect(rejected()).toMatchObject([{ id: documents(2)[1]!.id, document: { podferry: { repaired: ['json'] } } }]);
  });

  test('thousands of them: all kept, in order', async () => {
    const server = await elasticsearch(only('line', { status: 400, type: 'illegal_argument_exception' }));
    const [sink, told] = sinkFor(server.url);
    await send(sink, documents(3000));
    expect(told.acknowledged).toEqual({ stored: 0, duplicate: 0, rejected: 3000 });
    expect(rejected().map(({ id }) => id)).toEqual(documents(3000).map(({ id }) => id));
  });

  test('the file of the dead-letter store is closed with the sink', async () => {
    const open = (): string[] =>
      readdirSync('/proc/self/fd').filter((fd) => {
        const link = `/proc/self/fd/${fd}`;
        return lstatSync(link, { throwIfNoEntry: false }) && readlinkSync(link).startsWith(dir);
      });
    const server = await elasticsearch(only('line', { status: 400, type: 'x' }));
    const [sink] = sinkFor(server.url);
    await send(sink, documents(1));
    expect(open()).toHaveLength(1);
    await sink.close();
    expect(open()).toEqual([]);
  });

  test('400, and the dead-letter store cannot be written: settled only when it can', async () => {
    mkdirSync(join(dir, 'rejected.ndjson'));
    const server = await elasticsearch(only('line 00000003', { status: 400, type: 'x' }));
    const [sink, told] = sinkFor(server.url);
    let isSettled = false;
    const sending = send(sink, documents(5)).then(() => (isSettled = true));
    await until(() => said.lines.length > 2, 'some tries to write it');
    expect([isSettled, told.acknowledged]).toEqual([false, { stored: 4, duplicate: 0, rejected: 0 }]);
    expect(said.lines.join()).not.toContain('They are kept');
    // The others go on meanwhile.
    await send(sink, documents(5, 100));
    rmdirSync(join(dir, 'rejected.ndjson'));
    await sending;
    expect(told.acknowledged).toEqual({ stored: 9, duplicate: 0, rejected: 1 });
    expect(rejected().map(({ id }) => id)).toEqual(['id-00000003']);
    expect(said.lines.at(-1)).toContain('They are kept');
  });

  test('400, and the dead-letter store stays away: given up in the end, and one sentence says so', async () => {
    mkdirSync(join(dir, 'rejected.ndjson'));
    const server = await elasticsearch(only('line 00000003', { status: 400, type: 'x' }));
    const deadLetter = new DeadLetter({ dir, maxBytes: 1024, log: said, patienceMs: 300, random: () => 0 });
    const [sink, told] = sinkFor(server.url, { deadLetter });
    await send(sink, documents(5));
    expect(told.acknowledged).toEqual({ stored: 4, duplicate: 0, rejected: 1 });
    const [last, ...before] = said.lines.toReversed();
    expect(last).toMatch(
      /never take a document \(400 x\).*cannot be written \(EISDIR.*content gone, 1 so far\..*at once\.$/,
    );
    for (const each of before) expect(each).toMatch(/cannot be kept .*Nothing is lost/);
    expect(said.lines.join()).not.toContain('They are kept');
  });

  test('201 in the failure store: counted on its own, not kept twice, said', async () => {
    const server = await elasticsearch(only('line 00000001', { status: 201, failure_store: 'used' }));
    const [sink, told] = sinkFor(server.url);
    await send(sink, documents(3));
    expect(told.acknowledged).toEqual({ stored: 2, duplicate: 0, rejected: 0 });
    expect(told.elsewhere).toEqual([1]);
    expect(() => rejected()).toThrow('ENOENT');
    expect(said.lines).toEqual([expect.stringContaining(`${TARGET}::failures`)]);
  });

  test('429 and 503 mixed with the rest: only these again, until they are stored', async () => {
    const server = await elasticsearch();
    server.next({
      item: (_, i) =>
        i % 3 === 0
          ? { status: 429, type: 'es_rejected_execution_exception' }
          : i === 1
            ? { status: 400, type: 'x' }
            : undefined,
    });
    server.next({ item: (_, i) => (i < 2 ? { status: 503, type: 'unavailable_shards_exception' } : undefined) });
    server.next({ status: 503 });
    const [sink, told] = sinkFor(server.url);
    await send(sink, documents(9));
    const sent = server
      .bulks()
      .map(({ body }) => [...body.toString().matchAll(/line 0+(\d)/g)].map(([, n]) => Number(n)));
    expect(sent).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8], [0, 3, 6], [0, 3], [0], [3]]);
    expect(told.acknowledged).toEqual({ stored: 8, duplicate: 0, rejected: 1 });
    expect(told.retried).toEqual(['item_429', 'item_503', 'http_503']);
    expect(told.outcomes).toEqual(['partial', 'partial', 'http_503', 'ok', 'ok']);
    // Progress starts the doubling anew: 500, 500, then 1000, halved by the dice.
    expect(told.waits).toEqual([250, 250, 500]);
  });

  test('500 of one document for ever: given up only while others are stored', async () => {
    const server = await elasticsearch(only('poison', { status: 500, type: 'null_pointer_exception' }));
    const [sink, told] = sinkFor(server.url);
    const sending = send(
      sink,
      [...documents(2), { id: 'id-9999', source: '{"message":"poison"}' }].map((each) => ({
        ...each,
        id: each.id.padEnd(11),
      })),
    );
    await until(() => told.waits.length > 40, 'forty tries');
    expect(told.acknowledged).toEqual({ stored: 2, duplicate: 0, rejected: 0 });
    await send(sink, documents(1, 100));
    await sending;
    expect(told.acknowledged).toEqual({ stored: 3, duplicate: 0, rejected: 1 });
    expect(rejected()[0]).toMatchObject({ reason: { status: 500 }, document: { message: 'poison' } });
  });

  test.each<[string, ItemOverride, RegExp]>([
    ['403 of the role', { status: 403, type: 'security_exception', reason: 'action is unauthorized' }, /create_doc/],
    [
      '403 block',
      { status: 403, type: 'cluster_block_exception', reason: 'index [x] blocked by: [FORBIDDEN/8/index write (api)]' },
      /write block/,
    ],
    ['404', { status: 404, type: 'index_not_found_exception' }, /Run podferry setup, or install an index template/],
    [
      '429 flood stage',
      { status: 429, type: 'cluster_block_exception', reason: 'disk usage exceeded flood-stage watermark' },
      /watermark/,
    ],
    [
      '400 of a missing pipeline',
      { status: 400, type: 'illegal_argument_exception', reason: 'pipeline with id [p] does not exist' },
      /ingest pipeline/,
    ],
    ['400 of a closed index', { status: 400, type: 'index_closed_exception', reason: 'closed' }, /_open/],
    [
      '400 of a cluster that takes no further shards',
      {
        status: 400,
        type: 'validation_exception',
        reason:
          'Validation Failed: 1: this action would add [2] shards, but this cluster currently has [1]/[1] maximum …',
      },
      /cluster\.max_shards_per_node/,
    ],
    [
      '400 of a shard that is full',
      {
        status: 400,
        type: 'illegal_argument_exception',
        reason: "Number of documents in the index can't exceed [2147483519]",
      },
      /_rollover/,
    ],
  ])('%s: held, tried in small parts, said once with the remedy', async (_, override, remedy) => {
    const server = await elasticsearch(only('line', override));
    const [sink, told] = sinkFor(server.url);
    const sending = send(sink, documents(3));
    await until(() => told.waits.length >= 3, 'three tries');
    expect(new Set(told.waits)).toEqual(new Set([3000]));
    expect(told.acknowledged).toEqual({ stored: 0, duplicate: 0, rejected: 0 });
    server.manners.item = () => undefined;
    await sending;
    expect(told.acknowledged.stored).toBe(3);
    expect(said.lines).toEqual([expect.stringMatching(remedy)]);
    expect(said.lines[0]).toMatch(/Nothing is lost/);
  });
});

describe('a server that has too much to do', () => {
  const eight = (sink: ElasticsearchSink, first: number, stop = new AbortController().signal): Promise<void>[] =>
    Array.from({ length: 8 }, (_, i) => sink.send(batchOf(documents(50, first + 50 * i)), stop));

  test('gets fewer requests at a time, stores all of them, and gets as many as before when it can', async () => {
    const server = await elasticsearch({ queue: 2, delayMs: 5 });
    const [sink, told] = sinkFor(server.url);
    expect(sink.concurrency).toBe(8);
    for (let i = 0; i < 10; i++) await Promise.all(eight(sink, 400 * i));
    expect(told.acknowledged).toEqual({ stored: 4000, duplicate: 0, rejected: 0 });
    expect(sink.concurrency).toBeLessThanOrEqual(3);
    // Eight at a time would be refused six times of eight, again and again.
    expect(told.retried.length).toBeLessThan(80);
    expect(new Set(told.retried)).toEqual(new Set(['item_429']));
    server.manners.queue = Infinity;
    for (let i = 10; i < 15; i++) await Promise.all(eight(sink, 400 * i));
    expect(sink.concurrency).toBe(8);
  });

  test('those that wait for it are stopped at once', async () => {
    const server = await elasticsearch();
    const [sink, told] = sinkFor(server.url, { inFlight: 1 });
    await send(sink, documents(1, 9000));
    server.manners.always = { hang: true };
    const stop = new AbortController();
    const sending = eight(sink, 0, stop.signal);
    await until(() => server.bulks().length === 2, 'one of them is on its way');
    stop.abort(new Error('time to go'));
    for (const each of sending) await expect(each).rejects.toThrow('time to go');
    expect(server.bulks()).toHaveLength(2);
    expect(told.acknowledged.stored).toBe(1);
  });
});

describe('requests that fail', () => {
  test.each<[string, { status: number; body?: unknown; headers?: Record<string, string> }, string, RegExp | undefined]>(
    [
      [
        '429',
        { status: 429, body: { error: { type: 'es_rejected_execution_exception' } } },
        'http_429',
        /more than it can index/,
      ],
      ['502 of a proxy', { status: 502, body: '<html>Bad Gateway</html>' }, 'http_502', /health of the cluster/],
      ['500', { status: 500 }, 'http_500', /health of the cluster/],
      ['503', { status: 503 }, 'http_503', /health of the cluster/],
      ['504', { status: 504 }, 'http_504', /health of the cluster/],
      ['408', { status: 408 }, 'http_408', undefined],
      ['200 of a proxy', { status: 200, body: '<html>Sign in</html>' }, 'unreadable', /proxy/],
      ['200 of something else', { status: 200, body: { ok: true } }, 'unreadable', /proxy/],
      [
        '200 that is not JSON',
        { status: 200, body: '{"errors":fal', headers: { 'content-type': 'application/json' } },
        'unreadable',
        /proxy/,
      ],
    ],
  )('%s: the same again, soon at first, and then a small part of it', async (_, how, reason, sentence) => {
    const server = await elasticsearch();
    server.next(how, 4);
    const [sink, told] = sinkFor(server.url);
    await send(sink, documents(3));
    expect(told.retried).toEqual([reason, reason, reason, reason]);
    expect(told.waits).toEqual([250, 500, 250, 500]);
    expect(told.acknowledged).toEqual({ stored: 3, duplicate: 0, rejected: 0 });
    expect(server.bulks().map(({ body }) => body.toString().split('line').length - 1)).toEqual([3, 3, 1, 1, 1, 2]);
    expect(said.lines).toHaveLength(1);
    if (sentence) expect(said.lines[0]).toMatch(sentence);
  });

  test('Retry-After is honoured in both forms', async () => {
    const server = await elasticsearch();
    server.next({ status: 429, headers: { 'retry-after': '7' } });
    server.next({ status: 503, headers: { 'retry-after': 'Fri, 20 Nov 2026 01:03:03 GMT' } });
    server.next({ status: 503, headers: { 'retry-after': '99999' } });
    const [sink, told] = sinkFor(server.url, { random: () => 0, now: () => Date.parse('2026-11-20T01:02:03Z') });
    await send(sink, documents(1));
    expect(told.waits).toEqual([7000, 60_000, 300_000]);
  });

  test('a long Retry-After is said when the wait begins, once, with how long', async () => {
    const server = await elasticsearch();
    server.next({ status: 429, headers: { 'retry-after': '86400' } }, 3);
    server.next({ status: 429, headers: { 'retry-after': '1' } });
    let saidBefore: readonly string[] | undefined;
    const [sink] = sinkFor(server.url, {
      wait: (ms) => {
        saidBefore ??= [...said.lines];
        expect(ms).toBeGreaterThan(0);
        return Promise.resolve();
      },
    });
    await send(sink, documents(1));
    expect(saidBefore).toEqual([expect.stringMatching(/more than it can index.*\(Retry-After\): .* in 5 min\.$/)]);
    expect(said.lines.filter((line) => line.includes('Retry-After'))).toHaveLength(1);
  });

  test('a proxy that wants credentials is not blamed on the key', async () => {
    let asked = 0;
    const proxy = createServer((_, response) => {
      asked++;
      response.writeHead(407).end('<html>');
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    const [sink, told] = sinkFor(`http://127.0.0.1:${port}`);
    const stop = new AbortController();
    const sending = sink.send(batchOf(documents(3)), stop.signal);
    await until(() => told.waits.length >= 3, 'three tries');
    stop.abort(new Error('enough'));
    await expect(sending).rejects.toThrow('enough');
    expect(new Set(told.retried)).toEqual(new Set(['proxy']));
    // Held at the first question, as wrong credentials are: no documents are sent in vain.
    expect(told.outcomes).toEqual([]);
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(said.lines).toEqual([expect.stringMatching(/\(407\).*proxy.*elasticsearch\.proxy/)]);
    expect(said.lines[0]).not.toContain('api_key');
    expect(await sink.checkServer()).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/proxy.*407/) as string,
    });
    proxy.close();
  });

  test('too many items, too few items: settles nothing by them', async () => {
    const server = await elasticsearch();
    server.next({ extraItems: 1 });
    server.next({ extraItems: -1 });
    const [sink, told] = sinkFor(server.url);
    await send(sink, documents(3));
    expect(told.retried).toEqual(['unreadable', 'unreadable']);
    expect(told.acknowledged).toEqual({ stored: 0, duplicate: 3, rejected: 0 });
  });

  test.each([0, 1, 30])('an answer cut after %i bytes: sent again, known by the ids', async (bytes) => {
    const server = await elasticsearch();
    server.next({ cut: bytes });
    const [sink, told] = sinkFor(server.url);
    await send(sink, documents(100));
    expect(told.retried).toEqual(['connection']);
    expect(told.acknowledged).toEqual({ stored: 0, duplicate: 100, rejected: 0 });
  });

  test('a socket closed in our face', async () => {
    const server = await elasticsearch();
    server.next({ reset: true }, 2);
    const [sink, told] = sinkFor(server.url);
    await send(sink, documents(100));
    expect(told.retried).toEqual(['connection', 'connection']);
    expect(told.acknowledged.stored).toBe(100);
  });

  test('no answer at all: given up after the time limit', async () => {
    const server = await elasticsearch();
    server.next({ hang: true });
    const [sink, told] = sinkFor(server.url, { requestTimeoutMs: 500 });
    await send(sink, documents(3));
    expect(told.outcomes).toEqual(['timeout', 'ok']);
    expect(said.lines).toEqual([expect.stringContaining('no answer within 0.5 s')]);
  });

  test('an answer that stalls half-way: given up after the time limit, too', async () => {
    const server = await elasticsearch();
    server.next({ stall: 10 });
    const [sink, told] = sinkFor(server.url, { requestTimeoutMs: 500 });
    await send(sink, documents(3));
    expect(told.outcomes).toEqual(['timeout', 'ok']);
    expect(told.acknowledged).toEqual({ stored: 0, duplicate: 3, rejected: 0 });
  });

  test('one that times out does not take its neighbours with it', async () => {
    const server = await elasticsearch({ delayMs: 150 });
    const [sink, told] = sinkFor(server.url, { requestTimeoutMs: 600 });
    await send(sink, documents(1));
    server.next({ hang: true });
    const stop = new AbortController().signal;
    const hanging = sink.send(batchOf(documents(1, 50)), stop);
    await until(() => server.bulks().length === 2, 'the one that hangs');
    for (let i = 0; i < 5; i++) await sink.send(batchOf(documents(1, 100 + i)), stop);
    await hanging;
    expect(told.outcomes.filter((outcome) => outcome !== 'ok')).toEqual(['timeout']);
  });

  test('nobody listens: for ever, until somebody does', async () => {
    const server = await elasticsearch();
    const port = Number(new URL(server.url).port);
    await server.stop();
    const [sink, told] = sinkFor(server.url);
    const sending = send(sink, documents(3));
    await until(() => told.waits.length > 20, 'twenty tries');
    expect(Math.max(...told.waits)).toBeLessThanOrEqual(3000);
    const again = await elasticsearch({ port });
    await sending;
    expect(again.docs.size).toBe(3);
    expect(said.lines).toEqual([
      expect.stringMatching(/127\.0\.0\.1:\d+ has not stored.*ECONNREFUSED.*elasticsearch\.nodes/),
    ]);
  });

  test.each<[string, Misbehaviour, boolean]>([
    ['503', { status: 503 }, false],
    ['429', { status: 429 }, false],
    ['401', { status: 401 }, true],
    [
      'a read-only block',
      { item: () => ({ status: 403, type: 'cluster_block_exception', reason: 'index [x] blocked' }) },
      true,
    ],
  ])(
    'a long outage (%s): tried every few seconds with one document, and all is sent at once when it is taken',
    async (_, how, isHeld) => {
      const server = await elasticsearch({ always: how });
      const [sink, told] = sinkFor(server.url, { flavor: 'elasticsearch', random: () => 0.999 });
      const sending = [send(sink, documents(2000)), send(sink, documents(2000, 2000))];
      await until(() => told.waits.length > 60, 'sixty tries');
      // Within 4 s of the recovery the first of them is stored.
      expect(Math.max(...told.waits)).toBeLessThanOrEqual(4000);
      if (isHeld) expect(Math.min(...told.waits)).toBeGreaterThan(2000);
      expect(server.bulks().at(-1)!.body.toString().trimEnd().split('\n')).toHaveLength(2);
      const tries = server.bulks().length;
      server.manners.always = undefined;
      await Promise.all(sending);
      expect(told.acknowledged).toEqual({ stored: 4000, duplicate: 0, rejected: 0 });
      expect(server.bulks().length - tries).toBeLessThan(30);
    },
  );

  test('nothing answers: asked by a small question with a short time limit, not by documents that hang', async () => {
    const server = await elasticsearch({ always: { hang: true } });
    const [sink, told] = sinkFor(server.url, { requestTimeoutMs: 200 });
    const sending = send(sink, documents(3));
    await until(() => told.outcomes.length === 2, 'two requests hang');
    const { port } = new URL(server.url);
    await server.stop();
    const before = told.outcomes.length;
    await until(() => told.waits.length > 20, 'twenty tries');
    // At most one was on its way when it ended.
    expect(told.outcomes.length - before).toBeLessThanOrEqual(1);
    const again = await elasticsearch({ port: Number(port) });
    await sending;
    expect(again.requests[0]).toMatchObject({ method: 'GET', path: '/' });
    expect(again.docs.size).toBe(3);
  });

  test('what is told of a refusal to anybody names neither a user nor a key, and ends with it', async () => {
    const reason = 'action [indices:data/write/bulk[s]] is unauthorized for API key id [secret-id] of user [alice]';
    const server = await elasticsearch(only('line', { status: 403, type: 'security_exception', reason }));
    const [sink, told] = sinkFor(server.url);
    const stop = new AbortController().signal;
    expect(await sink.obstacle(stop)).toBeUndefined();
    const sending = send(sink, documents(3));
    await until(() => told.waits.length > 2, 'some tries');
    expect(await sink.obstacle(stop)).toMatch(
      /^http:\S+ does not take documents for logs-podferry-default \(403\): usually the role .* lacks a privilege\.$/,
    );
    server.manners.item = () => undefined;
    await sending;
    expect(await sink.obstacle(stop)).toBeUndefined();
  });

  test('a long trouble is said to be over, with how long it lasted', async () => {
    const server = await elasticsearch();
    server.next({ status: 503 }, 3);
    let now = 0;
    const [sink] = sinkFor(server.url, { now: () => (now += 60_000) });
    await send(sink, documents(1));
    expect(said.lines.at(-1)).toMatch(/^info: Documents are stored again, after \d+ min/);
  });
});

test('the client does not clone a failed body into its error: 480 MB for 4 MiB', async () => {
  const server = await elasticsearch();
  server.next({ status: 503 });
  server.next({ reset: true });
  server.next({ hang: true });
  const [sink] = sinkFor(server.url, { requestTimeoutMs: 100 });
  const entries = vi.spyOn(Object, 'entries');
  await send(sink, documents(1000));
  const cloned = entries.mock.calls.filter(([object]) => Buffer.isBuffer(object));
  entries.mockRestore();
  expect(cloned).toEqual([]);
});

describe('several nodes', () => {
  test('requests go round', async () => {
    const nodes = [await elasticsearch(), await elasticsearch(), await elasticsearch()];
    const [sink] = sinkFor(nodes.map(({ url }) => url));
    for (let i = 0; i < 9; i++) await send(sink, documents(1, i));
    expect(nodes.map(({ docs }) => docs.size)).toEqual([3, 3, 3]);
  });

  test('one is down: the other takes it at once', async () => {
    const [up, down] = [await elasticsearch(), await elasticsearch()];
    await down.stop();
    const [sink, told] = sinkFor([down.url, up.url]);
    for (let i = 0; i < 50; i++) await send(sink, documents(2, i * 2));
    expect(up.docs.size).toBe(100);
    expect(new Set(told.waits)).toEqual(new Set([0]));
    expect(told.retried.length).toBeLessThan(5);
    expect(said.lines).toEqual([]);
  });

  test('all are down: each is tried at once, and then they are given time', async () => {
    const [one, other] = [await elasticsearch(), await elasticsearch()];
    await Promise.all([one.stop(), other.stop()]);
    const [sink, told] = sinkFor([one.url, other.url]);
    const stop = new AbortController();
    const sending = sink.send(batchOf(documents(1)), stop.signal);
    await until(() => told.waits.length >= 4, 'four tries');
    expect(told.waits.slice(0, 2)).toEqual([0, 500]);
    // From then on a question is asked every 2 to 4 s; the time it takes is part of the wait.
    expect(Math.max(...told.waits)).toBeLessThanOrEqual(3000);
    stop.abort(new Error('enough'));
    await expect(sending).rejects.toThrow('enough');
  });

  test('one hangs: it is avoided afterwards', async () => {
    const [up, hung] = [await elasticsearch(), await elasticsearch({ always: { hang: true } })];
    const [sink, told] = sinkFor([hung.url, up.url], { requestTimeoutMs: 400, flavor: 'elasticsearch' });
    for (let i = 0; i < 30; i++) await send(sink, documents(2, i * 2));
    expect(up.docs.size).toBe(60);
    expect(told.outcomes.filter((outcome) => outcome === 'timeout').length).toBeLessThan(4);
  });

  test('of three nodes one is dead and one hangs: all is stored by the third, and they get their share when they are back', async () => {
    const [up, dead, hung] = [await elasticsearch(), await elasticsearch(), await elasticsearch()];
    const nodes = [up, dead, hung].map(({ url }) => url);
    const [sink, told] = sinkFor(nodes, { requestTimeoutMs: 200, flavor: 'elasticsearch', inFlight: 2 });
    let sent = 0;
    /** Two batches at a time, as an agent with much to send. */
    const sendOn = (): Promise<unknown> =>
      Promise.all([send(sink, documents(1, sent++)), send(sink, documents(1, sent++))]);
    await sendOn();
    await dead.stop();
    hung.manners.always = { hang: true };
    for (let i = 0; i < 30; i++) await sendOn();
    expect(told.acknowledged).toEqual({ stored: sent, duplicate: 0, rejected: 0 });
    // Each is tried a few times before it is known for what it is; what it did not take goes to another at once, or soon.
    expect(told.retried.filter((reason) => reason === 'timeout').length).toBeLessThan(5);
    expect(told.retried.filter((reason) => reason === 'connection').length).toBeLessThan(8);

    const back = await elasticsearch({ port: Number(new URL(dead.url).port) });
    hung.manners.always = undefined;
    const before = hung.docs.size;
    const retried = told.retried.length;
    for (let i = 0; i < 1500 && (back.docs.size < 20 || hung.docs.size < before + 20); i++) await sendOn();
    expect(told.acknowledged).toEqual({ stored: sent, duplicate: 0, rejected: 0 });
    expect(Math.min(back.docs.size, hung.docs.size - before)).toBeGreaterThanOrEqual(20);
    expect(told.retried.length).toBe(retried);
    const ids = [up, dead, hung, back].flatMap(({ docs }) => [...docs.keys()]);
    expect([ids.length, new Set(ids).size]).toEqual([sent, sent]);
  });
});

describe('bodies that are too large', () => {
  test('cut by documents until they fit, and not sent in vain again', async () => {
    const server = await elasticsearch({ maxBytes: 20_000 });
    const [sink, told] = sinkFor(server.url);
    const batch = batchOf(documents(600));
    await sink.send(batch, new AbortController().signal);
    expect(server.docs.size).toBe(600);
    const taken = server.bulks().filter(({ status }) => status === 200);
    expect(taken.map(({ body }) => body.toString()).join('')).toBe(body(batch));
    expect(told.outcomes.filter((outcome) => outcome === 'too_large')).toHaveLength(2);
    await sink.send(batchOf(documents(600, 1000)), new AbortController().signal);
    expect(told.outcomes.filter((outcome) => outcome === 'too_large')).toHaveLength(2);
    expect(told.waits).toEqual([]);
  });

  test('one document that is too large for itself: rejected, its neighbours stored', async () => {
    const server = await elasticsearch({ maxBytes: 20_000 });
    const [sink, told] = sinkFor(server.url);
    await send(sink, [...documents(20), large('big', 30_000), ...documents(20, 20)]);
    expect(told.acknowledged).toEqual({ stored: 40, duplicate: 0, rejected: 1 });
    expect(rejected()).toEqual([
      expect.objectContaining({ id: 'big________', reason: expect.objectContaining({ status: 413 }) }),
    ]);
  });

  test('a proxy that refuses everything: held, nothing thrown away', async () => {
    const server = await elasticsearch({ always: { status: 413 } });
    const [sink, told] = sinkFor(server.url);
    const sending = send(sink, documents(3));
    await until(() => told.waits.length > 2, 'some tries');
    expect(told.acknowledged.rejected).toBe(0);
    server.manners.always = undefined;
    await sending;
    expect(told.acknowledged.stored).toBe(3);
  });

  test('maxRequestBytes is never exceeded', async () => {
    const server = await elasticsearch();
    const [sink] = sinkFor(server.url, { maxRequestBytes: 10_000 });
    await send(sink, documents(500));
    expect(server.docs.size).toBe(500);
    for (const { body } of server.bulks()) expect(body.length).toBeLessThanOrEqual(10_000);
    // What just fits goes as one.
    const batch = batchOf(documents(100, 500));
    const [other] = sinkFor(server.url, { maxRequestBytes: batch.length });
    const before = server.bulks().length;
    await other.send(batch, new AbortController().signal);
    expect(server.bulks().length).toBe(before + 1);
  });
});

describe('bodies the server cannot read', () => {
  const broken = (n: number): Offered => ({ id: `id-broken-${n}`, source: `{"message":"a${n}"}\n{"message":"b"}` });

  test('the culprit is found and set aside, the others are stored', async () => {
    const server = await elasticsearch();
    const [sink, told] = sinkFor(server.url);
    await send(sink, [...documents(30), broken(1), ...documents(30, 30)]);
    expect(told.acknowledged).toEqual({ stored: 60, duplicate: 0, rejected: 1 });
    expect(told.waits).toEqual([]);
    expect(rejected()).toEqual([
      expect.objectContaining({ id: 'id-broken-1', reason: expect.objectContaining({ status: 400 }) }),
    ]);
    expect(said.lines[0]).toMatch(/^error: .*mistake of podferry/);
  });

  test('at the very beginning, too', async () => {
    const server = await elasticsearch();
    const [sink, told] = sinkFor(server.url);
    await send(sink, [broken(1), broken(2), ...documents(3)]);
    expect(told.acknowledged).toEqual({ stored: 3, duplicate: 0, rejected: 2 });
    expect(told.waits).toEqual([]);
  });

  test('alone and before anything was stored: held, since it may be the server', async () => {
    const server = await elasticsearch();
    const [sink, told] = sinkFor(server.url);
    const sending = send(sink, [broken(1), broken(2)]);
    await until(() => told.waits.length > 2, 'some tries');
    expect(told.waits[0]).toBe(3000);
    // Both are tried between two waits: a batch is not to wait for as long as it has documents.
    expect(server.bulks().length).toBeGreaterThanOrEqual(1 + 2 * told.waits.length);
    expect(told.acknowledged.rejected).toBe(0);
    await send(sink, documents(1));
    await sending;
    expect(told.acknowledged).toEqual({ stored: 1, duplicate: 0, rejected: 2 });
  });

  test('a 400 that is not about the body is no reason to throw anything away', async () => {
    const server = await elasticsearch({
      always: { status: 400, body: '<html>The plain HTTP request was sent to HTTPS port</html>' },
    });
    const [sink, told] = sinkFor(server.url);
    const sending = send(sink, documents(3));
    await until(() => told.waits.length > 2, 'some tries');
    expect(told.acknowledged.rejected).toBe(0);
    server.manners.always = undefined;
    await sending;
    expect(said.lines).toEqual([expect.stringContaining('elasticsearch.nodes')]);
  });
});

describe('credentials', () => {
  test('API key, user, address', async () => {
    const server = await elasticsearch({ apiKeys: [SECRET], users: { elastic: 'hunter2' } });
    const address = server.url.replace('//', '//elastic:hunter2@');
    const ways: [string, Partial<ElasticsearchOptions>][] = [
      [server.url, { apiKey: () => SECRET }],
      [server.url, { username: 'elastic', password: () => 'hunter2' }],
      [address, {}],
    ];
    for (const [i, [node, options]] of ways.entries()) {
      const [sink, told] = sinkFor(node, options);
      await send(sink, documents(1, i));
      expect(told.acknowledged.stored).toBe(1);
    }
  });

  test('wrong: held, said once without the secret, taken up by itself when it is right', async () => {
    const server = await elasticsearch({ apiKeys: ['b3RoZXI='] });
    const [sink, told] = sinkFor(server.url.replace('//', '//elastic:hunter2@'), { apiKey: () => SECRET });
    const sending = send(sink, documents(3));
    await until(() => told.waits.length >= 3, 'three tries');
    expect(new Set(told.retried)).toEqual(new Set(['credentials']));
    expect(new Set(told.waits)).toEqual(new Set([3000]));
    server.manners.apiKeys = [SECRET];
    await sending;
    expect(told.acknowledged.stored).toBe(3);
    expect(said.lines).toEqual([expect.stringMatching(/401.*elasticsearch\.api_key/)]);
  });

  test.each(['auto', 'elasticsearch'] as const)('rotated after a 401: the new one at once (%s)', async (flavor) => {
    const server = await elasticsearch({ apiKeys: ['bmV3'] });
    const keys = [SECRET, SECRET, 'bmV3'];
    const [sink, told] = sinkFor(server.url, { flavor, apiKey: () => (keys.length > 1 ? keys.shift() : keys[0]) });
    await send(sink, documents(3));
    expect(told.acknowledged.stored).toBe(3);
    expect(told.waits).toEqual([]);
    expect(server.requests.map(({ status }) => status)).toContain(401);
  });

  test('a key that changes with every look does not make it spin', async () => {
    const server = await elasticsearch({ apiKeys: ['bmV3'] });
    let n = 0;
    const [sink, told] = sinkFor(server.url, { apiKey: () => `k${n++}` });
    const stop = new AbortController();
    const sending = sink.send(batchOf(documents(1)), stop.signal);
    await until(() => told.waits.length >= 3, 'three tries');
    expect(server.requests.length).toBeLessThanOrEqual(2 * (told.waits.length + 1));
    stop.abort(new Error('enough'));
    await expect(sending).rejects.toThrow('enough');
  });
});

describe('TLS', () => {
  test('a CA that becomes right is taken up without a restart', async () => {
    const [right, wrong] = [authority('right'), authority('wrong')];
    const server = await elasticsearch({ tls: right.issue('es', ['127.0.0.1']) });
    let ca = Buffer.from(wrong.cert);
    const [sink, told] = sinkFor(server.url, { ca: () => ca });
    const sending = send(sink, documents(3));
    await until(() => told.waits.length >= 3, 'three tries');
    expect(server.docs.size).toBe(0);
    ca = Buffer.from(right.cert);
    await sending;
    expect(server.docs.size).toBe(3);
    expect(said.lines).toEqual([expect.stringMatching(/certificate|signature.*elasticsearch\.ca_file/)]);
  });

  test('a certificate for another host is not accepted', async () => {
    const ca = authority('ca');
    const server = await elasticsearch({ tls: ca.issue('es', ['example.org']) });
    const [sink] = sinkFor(server.url, { ca: () => Buffer.from(ca.cert) });
    expect(await sink.checkServer()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('altnames') as string,
    });
  });
});

describe('stopping', () => {
  test.each<[string, FakeOptions]>([
    ['while the server hangs', { always: { hang: true } }],
    ['while the answer stalls', { always: { stall: 10 } }],
    ['while it answers slowly', { delayMs: 60_000 }],
    ['while it is overloaded', { always: { status: 429 } }],
    ['while a rejected document cannot be kept', { item: () => ({ status: 400, type: 'x' }) }],
    ['while it is held', { always: { status: 403, body: { error: { type: 'security_exception' } } } }],
  ])('%s: at once, settling nothing', async (_, options) => {
    mkdirSync(join(dir, 'rejected.ndjson'));
    const server = await elasticsearch(options);
    const [sink, told] = sinkFor(server.url, {
      flavor: 'elasticsearch',
      wait: (_, signal) =>
        new Promise((_resolve, refuse) => signal.addEventListener('abort', () => refuse(signal.reason as Error))),
    });
    const stop = new AbortController();
    const sending = [sink.send(batchOf(documents(3)), stop.signal), sink.send(batchOf(documents(3)), stop.signal)];
    await until(() => server.requests.length === 2, 'both requests');
    stop.abort(new Error('time to go'));
    for (const each of sending) await expect(each).rejects.toThrow('time to go');
    expect(told.acknowledged).toEqual({ stored: 0, duplicate: 0, rejected: 0 });
    await expect(sink.send(batchOf(documents(1)), stop.signal)).rejects.toThrow('time to go');
  });

  test('one send being stopped does not stop another that waits for the same first question', async () => {
    const server = await elasticsearch({ delayMs: 20 });
    const [sink, told] = sinkFor(server.url);
    const stop = new AbortController();
    const first = sink.send(batchOf(documents(1)), stop.signal);
    const second = send(sink, documents(1, 1));
    await until(() => server.requests.length === 1, 'the question');
    stop.abort(new Error('only me'));
    await expect(first).rejects.toThrow('only me');
    await second;
    expect(told.acknowledged.stored).toBe(1);
  });
});

describe('probe', () => {
  const secured = { apiKeys: [SECRET] };
  test.each<[string, FakeOptions, Partial<ElasticsearchOptions>, boolean, RegExp]>([
    [
      'all is well',
      secured,
      { apiKey: () => SECRET },
      true,
      /Elasticsearch 9\.5\.0; documents may be created.*will be created with the first/,
    ],
    ['without security', {}, {}, true, /does not say whether documents may be created/],
    ['OpenSearch', { flavor: 'opensearch' }, {}, true, /OpenSearch 3\.8\.0/],
    ['wrong key', { apiKeys: ['bmV3'] }, { apiKey: () => SECRET }, false, /refuses the credentials \(401\)/],
    [
      'a role without the privilege',
      { ...secured, mayCreate: false },
      { apiKey: () => SECRET },
      false,
      /grant create_doc/,
    ],
    [
      'a key that may not ask',
      { ...secured, mayMonitor: false },
      { apiKey: () => SECRET },
      true,
      /is Elasticsearch; documents may be created/,
    ],
  ])('%s', async (_, options, sinkOptions, ok, detail) => {
    const server = await elasticsearch(options);
    const [sink] = sinkFor(server.url, sinkOptions);
    const said = await sink.checkServer();
    expect(said.detail).toMatch(detail);
    expect(said.ok).toBe(ok);
    expect(server.docs.size).toBe(0);
  });

  test('nobody there', async () => {
    const server = await elasticsearch();
    await server.stop();
    const [sink] = sinkFor(server.url.replace('//', '//u:hunter2@'));
    const { ok, detail } = await sink.checkServer();
    expect(ok).toBe(false);
    expect(detail).toMatch(/^http:\/\/127.0.0.1:\d+ cannot be reached \(.*ECONNREFUSED/);
    expect(detail).not.toContain('hunter2');
  });
});
