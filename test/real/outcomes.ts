/**
 * What goes wrong with bulk requests, on a real server: what it answers, what podferry makes of that, and whether the fake of the
 * other tests answers the same, in statuses and types of errors, item by item.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, type TestContext } from 'vitest';
import { errorOf, parse, type Answer } from '../../src/sinks/elasticsearch/answer.ts';
import { bulkQuery } from '../../src/sinks/elasticsearch/server.ts';
import { judge } from '../../src/sinks/elasticsearch/verdict.ts';
import { startElasticsearch, type FakeElasticsearch, type FakeOptions } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { podferryAgainst } from './podferry.ts';
import type { RealServer, Settings, Tested } from './server.ts';

/** A node that has soon too much to do. */
export const WEAK: Settings = {
  'thread_pool.write.size': 1,
  'thread_pool.write.queue_size': 1,
  'indexing_pressure.memory.limit': '200kb',
  'http.max_content_length': '1mb',
};

const STREAM = 'logs-podferry-default';
const OTHER = 'podferry-test-other';
const TEMPLATE = {
  index_patterns: [STREAM],
  data_stream: {},
  priority: 500,
  template: { settings: { number_of_replicas: 0 }, mappings: { properties: { n: { type: 'long' } } } },
};

/** Members of a document besides its time. */
let made = 0;
const documentOf = (members: string): string =>
  `{"create":{"_id":"id-${made++}"}}\n{"@timestamp":"2026-11-20T01:00:00Z",${members}}\n`;
const two = (): string => documentOf('"n":1') + documentOf('"n":2');

interface Case {
  /** Makes it go wrong. `index`: the one that the data stream writes into. */
  readonly wrong?: (server: RealServer, index: string) => Promise<unknown>;
  readonly right?: (server: RealServer, index: string) => Promise<unknown>;
  readonly body?: () => string;
  /** Sent before it, and taken. */
  readonly before?: boolean;
  readonly query?: string;
  readonly type?: string;
  readonly fake?: FakeOptions;
  /** What podferry makes of it. */
  readonly means: object;
}

export function outcomes(tested: Tested, flavor: 'elasticsearch' | 'opensearch'): void {
  const isElasticsearch = flavor === 'elasticsearch';
  const parsing = isElasticsearch ? 'document_parsing_exception' : 'mapper_parsing_exception';
  const items = (...kinds: object[]): object => ({ kind: 'items', items: kinds });
  const both = (one: object): object => items(one, one);
  const held = (blocker: string): object => ({ kind: 'hold', blocker });
  const all = (status: number, type: string, reason = ''): FakeOptions => ({ item: () => ({ status, type, reason }) });
  const error = (status: number, type: string): FakeOptions => ({
    always: { status, body: { error: { type }, status } },
  });
  const cluster = (server: RealServer, setting: string, value: unknown): Promise<unknown> =>
    server.ask('PUT', '/_cluster/settings', { persistent: { [setting]: value } });
  const settings = (name: string, value: unknown, none: unknown = null): Pick<Case, 'wrong' | 'right'> => ({
    wrong: (server) => cluster(server, name, value),
    right: (server) => cluster(server, name, none),
  });
  const block = (name: string): Pick<Case, 'wrong' | 'right'> => ({
    wrong: (server) => server.ask('PUT', `/${STREAM}/_settings`, { [`index.blocks.${name}`]: true }),
    right: (server) => server.ask('PUT', `/${STREAM}/_settings`, { [`index.blocks.${name}`]: null }),
  });
  /** The data stream is not there yet. */
  const gone = (server: RealServer): Promise<unknown> => server.ask('DELETE', `/_data_stream/${STREAM}`);
  const wide = Array.from({ length: 20 }, (_, i) => `"a${i}":1`).join();

  const cases: Record<string, Case> = {
    'all is well': { means: { kind: 'stored' } },
    'a document that is there': { before: true, means: both({ kind: 'duplicate' }) },
    'another type than in the mapping': {
      body: () => documentOf('"n":"x"') + documentOf('"n":1'),
      fake: { item: (source) => (source.includes('"x"') ? { status: 400, type: parsing } : undefined) },
      means: items({ kind: 'rejected' }, { kind: 'stored' }),
    },
    'too many fields': {
      wrong: (server) => server.ask('PUT', `/${STREAM}/_settings`, { 'index.mapping.total_fields.limit': 10 }),
      right: (server) => server.ask('PUT', `/${STREAM}/_settings`, { 'index.mapping.total_fields.limit': null }),
      body: () => documentOf(wide),
      fake: all(400, isElasticsearch ? parsing : 'illegal_argument_exception'),
      means: items({ kind: 'rejected' }),
    },
    'a document that is no JSON': { body: () => documentOf('"a:1'), means: items({ kind: 'rejected' }) },
    'a write block': { ...block('write'), fake: all(403, 'cluster_block_exception'), means: both(held('write_block')) },
    'a read-only index': {
      ...block('read_only'),
      fake: all(403, 'cluster_block_exception'),
      means: both(held('write_block')),
    },
    'a full disk': {
      ...block('read_only_allow_delete'),
      fake: all(429, 'cluster_block_exception'),
      means: both(held('disk_full')),
    },
    'a read-only cluster': {
      ...settings('cluster.blocks.read_only', true),
      fake: error(403, 'cluster_block_exception'),
      means: held('write_block'),
    },
    'no template': {
      wrong: async (server) => {
        await gone(server);
        await server.ask('DELETE', '/_index_template/podferry-test-outcomes');
      },
      right: (server) => (isElasticsearch ? Promise.resolve() : server.ask('DELETE', `/${STREAM}`)),
      fake: { template: false },
      // A plain index, where the server cannot be asked not to make one.
      means: isElasticsearch ? both(held('no_template')) : { kind: 'stored' },
    },
    'no index may be made': {
      wrong: async (server) => {
        await gone(server);
        await server.ask('DELETE', '/_index_template/podferry-test-outcomes');
        await cluster(server, 'action.auto_create_index', 'false');
      },
      right: (server) => cluster(server, 'action.auto_create_index', null),
      fake: all(404, 'index_not_found_exception'),
      means: both(held('no_template')),
    },
    'no further shard may be made': {
      wrong: async (server) => {
        await gone(server);
        await cluster(server, 'cluster.max_shards_per_node', 1);
      },
      right: (server) => cluster(server, 'cluster.max_shards_per_node', null),
      fake: all(
        400,
        'validation_exception',
        'Validation Failed: 1: this action would add [1] shards, but this cluster …',
      ),
      means: both(held('shard_limit')),
    },
    ...(isElasticsearch && {
      // OpenSearch closes no index that a data stream writes into.
      'a closed index': {
        wrong: (server, index) => server.ask('POST', `/${index}/_close`),
        right: (server, index) => server.ask('POST', `/${index}/_open`),
        fake: all(400, 'index_closed_exception'),
        means: both(held('index_closed')),
      } satisfies Case,
      'a pipeline that nobody made': {
        wrong: (server) => server.ask('PUT', `/${STREAM}/_settings`, { 'index.default_pipeline': 'nobody' }),
        right: (server) => server.ask('PUT', `/${STREAM}/_settings`, { 'index.default_pipeline': null }),
        fake: all(400, 'illegal_argument_exception', 'pipeline with id [nobody] does not exist'),
        means: both(held('pipeline')),
      } satisfies Case,
    }),
    // A shard of Elasticsearch that is opened again goes where it was.
    ...(!isElasticsearch && {
      'a shard that is nowhere': {
        wrong: async (server) => {
          await gone(server);
          await cluster(server, 'cluster.routing.allocation.enable', 'none');
        },
        right: (server) => cluster(server, 'cluster.routing.allocation.enable', null),
        query: '&timeout=100ms',
        fake: all(503, 'unavailable_shards_exception'),
        means: both({ kind: 'again', reason: 'item_503' }),
      } satisfies Case,
    }),
    'a circuit breaker': {
      ...settings('indices.breaker.total.limit', '1b'),
      fake: error(429, 'circuit_breaking_exception'),
      means: { kind: 'again', reason: 'http_429' },
    },
    'more bytes at a time than it may hold': {
      body: () => documentOf(`"m":"${'x'.repeat(400_000)}"`),
      fake: error(429, isElasticsearch ? 'es_rejected_execution_exception' : 'rejected_execution_exception'),
      means: { kind: 'again', reason: 'http_429' },
    },
    'a body that is too large': {
      body: () => documentOf(`"m":"${'x'.repeat(2_000_000)}"`),
      fake: { maxBytes: 1_000_000 },
      means: { kind: 'too_large' },
    },
    'an action that is none': { body: () => '{"n":1}\n{"n":1}\n', means: { kind: 'malformed' } },
    'no line feed at the end': { body: () => two().slice(0, -1), means: { kind: 'malformed' } },
    'a parameter that it does not know': { query: '&nonsense=1', means: { kind: 'parameter' } },
    'a media type of something else': { type: 'text/html', means: held('media_type') },
    'a media type of another version': {
      type: 'application/vnd.elasticsearch+x-ndjson; compatible-with=7',
      means: held('media_type'),
    },
  };

  describe('outcomes', () => {
    const why = tested.whyNot();
    let server: RealServer;
    let fake: FakeElasticsearch;

    beforeAll(async () => {
      if (why !== undefined) return;
      server = await tested.open();
      await server.ask('PUT', `/${OTHER}`, { settings: { number_of_replicas: 0 } });
    }, 600_000);
    afterAll(async () => {
      if (why === undefined) await server.remove();
    });
    beforeEach(async (context: TestContext) => {
      if (why !== undefined) context.skip(`it cannot be run: ${why}`);
      await server.ask('PUT', '/_index_template/podferry-test-outcomes', TEMPLATE);
      await send(server.url, two());
    });
    afterEach(async () => {
      if (why !== undefined) return;
      await fake?.stop();
      await server.ask('DELETE', `/_data_stream/${STREAM}`).catch(() => undefined);
    });

    /** As podferry sends it. */
    async function send(url: string, body: string, query = '', type = 'application/x-ndjson'): Promise<Answer> {
      const response = await fetch(`${url}/${STREAM}/_bulk?${bulkQuery(flavor, [])}${query}`, {
        method: 'POST',
        body,
        headers: { 'content-type': type, accept: 'application/json' },
      });
      const chunks = [Buffer.from(await response.arrayBuffer())];
      return { status: response.status, chunks, retryAfter: undefined, product: undefined };
    }

    test.each(Object.entries(cases))('%s', { timeout: 60_000 }, async (_, one) => {
      const { wrong, right, body = two, before, query, type, fake: options, means } = one;
      fake = await startElasticsearch({ flavor, mappings: {}, ...options });
      const sent = body();
      if (before) for (const { url } of [server, fake]) await send(url, sent);
      const index = await writeIndex(server);
      const answer = async (): Promise<Answer> => {
        await wrong?.(server, index);
        return send(server.url, sent, query, type);
      };
      const real = await answer().finally(() => right?.(server, index));
      const said = `it said ${real.status} ${Buffer.concat([...real.chunks])
        .toString()
        .slice(0, 1000)}`;
      expect(judge(real, sent.split('\n').filter((line) => line.startsWith('{"create"')).length), said).toMatchObject(
        means,
      );
      expect(shape(await send(fake.url, sent, query, type)), said).toEqual(shape(real));
    });

    test('a full write queue', { timeout: 60_000 }, async () => {
      fake = await startElasticsearch({ flavor, queue: 2, delayMs: 20 });
      const body = Array.from({ length: 100 }, () => documentOf('"n":1')).join('');
      const surplus = async (url: string): Promise<object | undefined> => {
        const answers = await Promise.all(Array.from({ length: 12 }, () => send(url, body)));
        return answers.map(shape).find(({ items }) => items?.[0]?.[0] === 429);
      };
      let real: object | undefined;
      await until(async () => (real = await surplus(server.url)) !== undefined, 'one is refused', 30_000);
      expect(real).toEqual(await surplus(fake.url));
    });

    test('podferry stores every line, however little the server takes', { timeout: 120_000 }, async () => {
      const kubelet = new FakeKubelet();
      const state = mkdtempSync(join(tmpdir(), 'podferry-real-'));
      try {
        const web = kubelet.start();
        web.say(...Array.from({ length: 8000 }, (_, i) => `line ${i}`));
        const podferry = podferryAgainst(server, state);
        const few = ['--set', 'batch.in_flight=8', '--set', 'batch.max_bytes=64KiB'];
        const { code, stderr } = await podferry('replay', web.directory, ...few);
        expect([code, stderr]).toEqual([0, expect.stringMatching(/^8,000 records, .* 0 rejected, 0 lost/m)]);
        expect(await server.documents()).toHaveLength(8000 + 2);
      } finally {
        kubelet.remove();
        rmSync(state, { recursive: true });
      }
    });
  });
}

async function writeIndex(server: RealServer): Promise<string> {
  const { data_streams: streams } = (await server.ask('GET', `/_data_stream/${STREAM}`)) as {
    data_streams: { indices: { index_name: string }[] }[];
  };
  return streams[0]!.indices.at(-1)!.index_name;
}

/** Statuses and types of errors. */
function shape(answer: Answer): { status: number; type: string; items: [status: number, type: string][] | undefined } {
  const listed = parse(answer)?.['items'] as Record<string, { status: number; error?: { type: string } }>[] | undefined;
  const items = listed?.map((item): [number, string] => {
    const [said] = Object.values(item);
    return [said!.status, said!.error?.type ?? ''];
  });
  return { status: answer.status, type: errorOf(answer).type, items };
}
