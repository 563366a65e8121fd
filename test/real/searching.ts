/**
 * What people find: `podferry setup` on a real server, every search of README.md with it and without, what applications that contradict
 * each other cost then, and what `podferry check` says.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, type TestContext } from 'vitest';
import { newest } from '../../src/setup/abilities.ts';
import { templates } from '../../src/setup/template.ts';
import { asObject, type Json } from '../../src/util/json.ts';
import { codeIn, rowsOf, section } from '../helpers/markdown.ts';
import { kql } from './kql.ts';
import { podferryAgainst, type Ended } from './podferry.ts';
import type { RealServer, Tested } from './server.ts';

const STREAM = 'logs-podferry-default';
const SAMPLES = ['samples/pods', '--pods', 'samples/pods.json'];
const SEARCHES = rowsOf(section('README.md', 'In Kibana')).flatMap(([, searches]) => codeIn(searches!));

export function searching(tested: Tested): void {
  const { builtIn } = tested;
  /** Before 3.8: docs/elasticsearch.md tells what that costs. */
  const eachLabelIsAField = tested.name?.startsWith('OpenSearch 2') ?? false;
  describe('searching', () => {
    const why = tested.whyNot();
    let server: RealServer;
    let state: string;
    let podferry: (...args: string[]) => Promise<Ended>;

    beforeAll(async () => {
      if (why === undefined) server = await tested.open();
    }, 600_000);
    afterAll(async () => {
      if (why === undefined) await server.remove();
    });
    beforeEach(async (context: TestContext) => {
      if (why !== undefined) context.skip(`it cannot be run: ${why}`);
      state = mkdtempSync(join(tmpdir(), 'podferry-real-'));
      podferry = podferryAgainst(server, state);
      await clean();
    });
    afterEach(() => {
      if (why === undefined) rmSync(state, { recursive: true });
    });

    async function clean(): Promise<void> {
      const gone = (path: string) => server.ask('DELETE', path).catch(() => undefined);
      await gone(`/_data_stream/${STREAM}`);
      await gone(`/${STREAM}`);
      await gone('/_index_template/podferry-test');
      await gone('/_index_template/logs-podferry');
      for (const part of ['-mappings', '-settings', '@custom']) await gone(`/_component_template/logs-podferry${part}`);
    }

    async function withSetUp(...sets: string[]): Promise<void> {
      const { code, stdout, stderr } = await podferry('setup', ...sets.flatMap((set) => ['--set', set]));
      expect([code, stderr, stdout]).toEqual([0, '', expect.stringContaining('index template logs-podferry: made')]);
    }

    /** The samples, and a document of each kind that they lack. */
    async function shipAll(...options: string[]): Promise<unknown[]> {
      const replayed = await podferry('replay', ...SAMPLES, ...options);
      expect([replayed.code, replayed.stderr]).toEqual([0, expect.stringMatching(/^118 records, .* 0 rejected/m)]);
      const some = (await server.documents()).map(({ _source }) => _source as Json);
      const of = some.find(({ kubernetes }) => asObject(kubernetes)['labels'] !== undefined)!;
      const more = [
        { ...of, kubernetes: { ...asObject(of['kubernetes']), deployment: { name: 'web' } } },
        { ...of, podferry: { partial_metadata: true } },
        { ...of, podferry: { truncated: true, size: 2_000_000 } },
        {
          ...of,
          event: { kind: 'pipeline_error', action: 'gap', reason: 'rotated_away', start: of['@timestamp'] },
          podferry: { lost_bytes: 12, lost_unknown: true },
        },
      ];
      expect(await bulk(more)).toEqual([]);
      return [...some, ...more];
    }

    /** Creates them, findable at once. Answers why some were refused. */
    async function bulk(documents: readonly object[]): Promise<string[]> {
      const refused: string[] = [];
      for (const document of documents)
        await server
          .ask('POST', `/${STREAM}/_create/${Math.random().toString(36).slice(2)}`, document)
          .catch((error: Error) => refused.push(error.message));
      await server.ask('POST', `/${STREAM}/_refresh`);
      return refused;
    }

    async function count(query: Json): Promise<number> {
      const { hits } = await server.ask('POST', `/${STREAM}/_search`, { query, size: 0, track_total_hits: true });
      return (hits as { total: { value: number } }).total.value;
    }

    async function everySearchFinds(documents: readonly unknown[]): Promise<void> {
      expect(SEARCHES.length).toBeGreaterThanOrEqual(10);
      for (const text of SEARCHES) {
        const { query, means } = kql(text);
        const meant = documents.filter(means).length;
        expect([text, meant > 0]).toEqual([text, true]);
        expect([text, await count(query)]).toEqual([text, meant]);
      }
    }

    describe('with podferry setup', () => {
      test('every search of README.md finds what it should', async () => {
        await withSetUp();
        await everySearchFinds(await shipAll());
      });

      test('also of documents that go without all that they can do without', async () => {
        await withSetUp();
        const documents = await shipAll('--set', 'documents.drop_fields=all');
        expect(JSON.stringify(documents)).not.toMatch(/"ecs"|"uid"/);
        await everySearchFinds(documents);
      });

      test.skipIf(!builtIn)('also together with the templates that the server brings', async () => {
        await withSetUp();
        const remove = await builtIn!(server);
        try {
          await everySearchFinds(await shipAll());
          const [index] = Object.values(await server.ask('GET', `/${STREAM}/_mapping`));
          const { properties } = asObject(asObject(index)['mappings']) as { properties: Record<string, Json> };
          expect([properties['@timestamp'], properties['json']].map((field) => field!['type'])).toEqual([
            'date_nanos',
            'flattened',
          ]);
        } finally {
          await clean();
          await remove();
        }
      });

      test.skipIf(!tested.name?.startsWith('OpenSearch'))('also as an older OpenSearch has it', async () => {
        const abilities = { ...newest('opensearch'), patterns: false, retention: 'none' } as const;
        const retention = { all: null, others: [] };
        const wanted = {
          version: '0.1.0',
          dataset: 'podferry',
          streams: ['logs-podferry-default'],
          retention,
          json: 'flattened',
          index: 'default',
        } as const;
        for (const { path, body } of templates(abilities, wanted)) await server.ask('PUT', `/${path}`, body);
        await everySearchFinds(await shipAll());
      });

      test('labels and JSON are searched as keywords: whole, and in the case that they have', async () => {
        await withSetUp();
        await shipAll();
        for (const text of [
          'json.order : "a-20421"',
          'json.order : "A"',
          'kubernetes.labels.app_kubernetes_io/part-of : "Shop"',
        ])
          expect([text, await count(kql(text).query)]).toEqual([text, 0]);
        // A search without a field looks into the message and into what JSON lines hold.
        expect(await count({ query_string: { query: '"A-20421"' } })).toBeGreaterThan(0);
      });

      test('labels can be counted', async () => {
        await withSetUp();
        const documents = await shipAll();
        const field = 'kubernetes.labels.app_kubernetes_io/part-of';
        const { aggregations } = await server.ask('POST', `/${STREAM}/_search`, {
          size: 0,
          aggs: { all: { terms: { field } } },
        });
        const { buckets } = (aggregations as { all: { buckets: { key: string; doc_count: number }[] } }).all;
        expect(buckets.map(({ key }) => key).toSorted()).toEqual(['payments', 'shop']);
        for (const { key, doc_count } of buckets)
          expect([key, doc_count]).toEqual([key, documents.filter(kql(`${field} : "${key}"`).means).length]);
      });

      test('nothing is guessed: a document adds no field', async () => {
        await withSetUp();
        const simulated = await server.ask('POST', `/_index_template/_simulate_index/${STREAM}`);
        const wanted = fieldsIn(asObject(asObject(simulated['template'])['mappings']));
        await shipAll();
        const [index] = Object.values(await server.ask('GET', `/${STREAM}/_mapping`));
        const found = fieldsIn(asObject(asObject(index)['mappings']));
        const isMeant = (field: string) => eachLabelIsAField && field.startsWith('kubernetes.labels.');
        expect(found.filter((field) => !wanted.includes(field) && !isMeant(field))).toEqual([]);
      });

      test('lines are sorted by nanoseconds, then by their place', async () => {
        await withSetUp();
        const line = (time: string, offset: number) => ({
          '@timestamp': `2026-11-20T01:02:03.${time}Z`,
          log: { offset },
        });
        expect(await bulk([line('000000002', 0), line('000000001', 9), line('000000001', 5)])).toEqual([]);
        const sort = [{ '@timestamp': 'asc' }, { 'log.offset': 'asc' }];
        const { hits } = (await server.ask('POST', `/${STREAM}/_search`, { sort })) as {
          hits: { hits: { _source: Json }[] };
        };
        expect(hits.hits.map(({ _source }) => asObject(_source['log'])['offset'])).toEqual([5, 9, 0]);
      });

      test('applications that contradict each other, and one with very many names, cost nobody a line', async () => {
        await withSetUp();
        const line = (json: object, labels: object = {}) => ({
          '@timestamp': '2026-11-20T01:02:03Z',
          message: 'x',
          json,
          kubernetes: { labels },
        });
        const names = (prefix: string) =>
          Object.fromEntries(Array.from({ length: 240 }, (_, i) => [`${prefix}-${i}`, `v${i}`]));
        const conflicts = [
          { a: 1 },
          { a: { b: 1 } },
          { a: [1, 'x', { b: 2 }] },
          { 'a.b.c': 1 },
          { a: true },
          { a: null },
          { a: 'x' },
          { '': 1 },
          { n: 1.5 },
          { n: 'abc' },
          { n: 2 ** 63 },
        ];
        expect(await bulk(conflicts.map((json) => line(json)))).toEqual([]);
        const greedy = Array.from({ length: 12 }, (_, i) =>
          line(names(`j${i}`), eachLabelIsAField ? {} : names(`l${i}`)),
        );
        expect(await bulk(greedy)).toEqual([]);
        expect(await bulk([line({ fresh: 'yes' }, { fresh: 'yes' })])).toEqual([]);
        expect(await count(kql('json.fresh : "yes" and kubernetes.labels.fresh : "yes"').query)).toBe(1);
        const label = eachLabelIsAField ? 'json.j11-239' : 'kubernetes.labels.l11-239';
        expect(await count(kql(`${label} : "v239"`).query)).toBe(1);
      });

      test('a second run changes nothing, and one after a newer podferry is refused', async () => {
        await withSetUp();
        const again = await podferry('setup');
        expect([again.code, again.stdout]).toEqual([0, expect.not.stringMatching(/: (made|changed)$/m)]);
        const dry = await podferry('setup', '--dry-run', '--set', 'setup.index=sorted');
        expect(dry.stdout).toContain('+ template.settings.index.sort.field: ["host.name","@timestamp"]');
        expect((await podferry('setup', '--set', 'setup.index=sorted')).stdout).toContain(
          'logs-podferry-settings: changed',
        );
        expect(await bulk([{ '@timestamp': '2026-11-20T01:02:03Z', host: { name: 'a' } }])).toEqual([]);
        const kept = 'setup.retention=30d, podferry-payments=90d';
        const path = '/_index_template/logs-podferry-for-podferry-payments';
        expect((await podferry('setup', '--set', kept)).code).toBe(0);
        await server.ask('GET', path);
        expect((await podferry('setup')).stdout).toContain('logs-podferry-for-podferry-payments: removed');
        await expect(server.ask('GET', path)).rejects.toThrow('404');
        const newer = { template: {}, _meta: { managed_by: 'podferry', version: '99.0.0' } };
        await server.ask('PUT', '/_component_template/logs-podferry-settings', newer);
        const refused = await podferry('setup');
        expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('newer than this one')]);
      });

      test('check says ok before the first document and after it', async () => {
        await withSetUp();
        expect((await podferry('check')).stdout).toMatch(
          /^ok {4}elasticsearch .*\n.*\n +the data stream will be created/m,
        );
        await podferry('replay', ...SAMPLES);
        expect((await podferry('check')).stdout).toMatch(/^ok {4}elasticsearch .*\n.*\n +the data stream exists\.$/m);
      });
    });

    describe('without it', () => {
      let remove: (() => Promise<void>) | undefined;
      beforeEach(async () => {
        remove = await builtIn?.(server);
      });
      afterEach(async () => remove?.());

      test('every search of README.md finds what it should', async () => everySearchFinds(await shipAll()));

      test('check and the log say what is worse', async () => {
        const before = await podferry('check');
        expect(before.stdout).toMatch(/^warn {2}elasticsearch /m);
        expect(before.stdout).toContain('podferry setup mends it');
        const replayed = await podferry('replay', ...SAMPLES);
        expect(replayed.stderr).toMatch(
          builtIn ? /types of the members of JSON lines are guessed/ : /No index template covers/,
        );
        expect((await podferry('check')).stdout).toContain(builtIn ? 'the data stream exists' : 'is a plain index');
      });
    });
  });
}

/** The paths of all fields of a mapping. */
function fieldsIn(mapping: Json, above = ''): string[] {
  return Object.entries(asObject(mapping['properties'])).flatMap(([name, field]) => {
    const path = `${above}${name}`;
    const below = fieldsIn(asObject(field), `${path}.`);
    return below.length > 0 || asObject(field)['type'] === 'object' ? below : [path];
  });
}
