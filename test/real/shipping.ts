/**
 * podferry against a real server: what is stored, what is answered to a second try, what survives the death of either, and
 * what `verify` says of it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, type TestContext } from 'vitest';
import { nodeOf } from '../agent/nodes.ts';
import { newSeed, pass, Random, say } from '../agent/random.ts';
import { mistakes, storedIn } from '../agent/stored.ts';
import { STREAMS, Writer } from '../agent/writer.ts';
import { startAgent, type Agent } from '../helpers/agent.ts';
import { count } from '../../src/util/human.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { podferryAgainst, type Ended } from './podferry.ts';
import type { Hit, RealServer, Tested } from './server.ts';

const SAMPLES = ['samples/pods', '--pods', 'samples/pods.json'];
const TEMPLATE = {
  index_patterns: ['logs-podferry-*'],
  data_stream: {},
  priority: 200,
  template: {
    settings: { number_of_replicas: 0 },
    mappings: {
      dynamic: false,
      properties: {
        '@timestamp': { type: 'date_nanos' },
        message: { type: 'text' },
        log: { properties: { offset: { type: 'long' }, file: { properties: { path: { type: 'keyword' } } } } },
      },
    },
  },
};

/** The suite, against one server. */
export function shipping(tested: Tested): void {
  describe('shipping', () => {
    const why = tested.whyNot();
    let server: RealServer;
    let state: string;
    let podferry: (...args: string[]) => Promise<Ended>;
    let agent: Agent | undefined;
    let kubelet: FakeKubelet | undefined;

    beforeAll(async () => {
      if (why === undefined) server = await tested.open();
    }, 600_000);
    afterAll(async () => {
      if (why === undefined) await server.remove();
    });

    beforeEach(async (context: TestContext) => {
      if (why !== undefined) context.skip(`it cannot be run: ${why}`);
      await server.ask('DELETE', '/_data_stream/logs-podferry-default').catch(() => undefined);
      await server.ask('PUT', '/_index_template/podferry-test', TEMPLATE);
      state = mkdtempSync(join(tmpdir(), 'podferry-real-'));
      podferry = podferryAgainst(server, state);
    });
    afterEach(async () => {
      await agent?.end('SIGKILL');
      agent = undefined;
      kubelet?.remove();
      kubelet = undefined;
      if (why === undefined) rmSync(state, { recursive: true });
    });

    /** Documents by id, as the checks of test/agent want them. */
    async function stored() {
      const hits = await server.documents();
      return new Map(
        hits.map(({ _id, _source }) => [
          _id,
          { index: 'logs-podferry-default', source: JSON.stringify(_source), offered: 1, different: 0 },
        ]),
      );
    }

    test('what is replayed twice is stored once, and verify finds all of it and nothing else', async () => {
      const first = await podferry('replay', ...SAMPLES);
      expect([first.code, first.stderr]).toEqual([0, expect.stringMatching(/^118 records, .* 0 rejected, 0 lost/m)]);
      const second = await podferry('replay', ...SAMPLES);
      expect([second.code, second.stderr]).toEqual([0, expect.stringContaining('118 stored before')]);
      expect((await stored()).size).toBe(118);
      const verified = await podferry('verify', ...SAMPLES);
      expect([verified.code, verified.stdout]).toEqual([
        0,
        expect.stringContaining('118 stored, 0 missing, 0 rejected, 0 extra'),
      ]);
    });

    test('documents of several namespaces lie in several data streams, and verify finds them there', async () => {
      const byNamespace = ['--set', 'elasticsearch.namespace={kubernetes.namespace}'];
      const indices = async () => {
        await server.ask('POST', '/logs-podferry-*/_refresh');
        const answer = await server.ask('POST', '/logs-podferry-*/_search', { size: 1000 });
        return (answer['hits'] as { hits: Hit[] }).hits.map(({ _index, _source }) => {
          const { data_stream } = _source as { data_stream: { dataset: string; namespace: string } };
          return [
            _index.replace(/^\.ds-|(-[\d.]+)?-\d+$/g, ''),
            `logs-${data_stream.dataset}-${data_stream.namespace}`,
          ];
        });
      };
      try {
        for (const stored of ['118 records', '118 stored before']) {
          const replayed = await podferry('replay', ...SAMPLES, ...byNamespace);
          expect([replayed.code, replayed.stderr]).toEqual([0, expect.stringContaining(stored)]);
        }
        const found = await indices();
        expect(found).toHaveLength(118);
        expect(new Set(found.map(([index]) => index)).size).toBeGreaterThan(1);
        for (const [index, named] of found) expect(index).toBe(named);
        const verified = await podferry('verify', ...SAMPLES, ...byNamespace);
        expect([verified.code, verified.stdout]).toEqual([
          0,
          expect.stringContaining('118 stored, 0 missing, 0 rejected, 0 extra'),
        ]);
      } finally {
        await server.ask('DELETE', '/_data_stream/logs-podferry-*');
      }
    }, 120_000);

    test('documents wait while the cluster has no shards left for their data stream, and none is rejected', async () => {
      const limit = (most: number | null) =>
        server.ask('PUT', '/_cluster/settings', { persistent: { 'cluster.max_shards_per_node': most } });
      await server.ask('PUT', '/podferry-filler', { settings: { number_of_replicas: 0 } });
      await limit(1);
      try {
        const web = (kubelet = new FakeKubelet()).start();
        web.say('one', 'two');
        agent = await startAgent(nodeOf(kubelet), { 'elasticsearch.nodes': server.url }, { ready: false });
        await expect
          .poll(() => agent!.metric('podferry_retries_total').catch(() => 0), { timeout: 20_000 })
          .toBeGreaterThan(0);
        expect(agent.stderr()).toContain('cluster.max_shards_per_node');
        await limit(null);
        await expect.poll(async () => (await stored()).size, { timeout: 30_000 }).toBe(2);
      } finally {
        await limit(null);
        await server.ask('DELETE', '/podferry-filler');
      }
    }, 120_000);

    test('documents that were deleted are missing, others are extra, until the logs are replayed again', async () => {
      await podferry('replay', ...SAMPLES);
      const all = await server.documents();
      const pathOf = ({ _source }: Hit) => (_source as { log: { file: { path: string } } }).log.file.path;
      const path = pathOf(all[0]!);
      const ofOneLog = all.filter((hit) => pathOf(hit) === path);
      // One by one: Elasticsearch as it is here has no _delete_by_query.
      for (const { _index, _id } of ofOneLog) await server.ask('DELETE', `/${_index}/_doc/${_id}`);
      await server.ask('POST', '/logs-podferry-default/_doc?op_type=create', {
        '@timestamp': '2026-11-20T01:00:00Z',
        message: 'not from here',
        log: { offset: 1, file: { path } },
      });
      const verified = await podferry('verify', ...SAMPLES);
      expect(verified.code).toBe(2);
      expect(verified.stdout).toContain(
        `${118 - ofOneLog.length} stored, ${ofOneLog.length} missing, 0 rejected, 1 extra`,
      );
      expect(verified.stdout).toContain(path);
      await podferry('replay', ...SAMPLES);
      expect((await podferry('verify', ...SAMPLES)).code).toBe(0);
    });

    test('what the mapping refuses is kept aside, the rest is stored, and verify says which is which', async () => {
      const template = structuredClone(TEMPLATE);
      Object.assign(template.template.mappings.properties, {
        kubernetes: { properties: { container: { type: 'long' } } },
      });
      await server.ask('PUT', '/_index_template/podferry-test', template);
      const replayed = await podferry('replay', ...SAMPLES);
      expect([replayed.code, replayed.stderr]).toEqual([2, expect.stringContaining('118 rejected')]);
      const verified = await podferry('verify', ...SAMPLES);
      expect([verified.code, verified.stdout]).toEqual([
        0,
        expect.stringContaining('0 stored, 0 missing, 118 rejected'),
      ]);
    });

    test('what applications contradict each other in is stored all the same, with the field as text', async () => {
      const naive = { ...TEMPLATE, template: { ...TEMPLATE.template, mappings: {} } };
      await server.ask('PUT', '/_index_template/podferry-test', naive);
      const values = ['1', '"x"', '{"b":1}', '[{"b":2}]', '"y"', '{"b":{"c":1}}', '{"b":"z"}', 'true'];
      const web = (kubelet = new FakeKubelet()).start();
      web.say(...values.map((value) => `{"msg":"m","a":${value}}`));
      const { code, stderr } = await podferry('replay', web.directory);
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^8 records, .* 0 rejected, 0 lost/m)]);
      const hits = await server.documents();
      const texts = hits.map(({ _source }) => (_source as { podferry?: { moved: string } }).podferry?.moved);
      const moved = texts.filter((text) => text !== undefined);
      expect(moved.length).toBeGreaterThan(2);
      for (const text of moved) expect(values).toContain(/^"json":\{"a":(.*)\}$/.exec(text)![1]);
    });

    const many = 'ten thousand lines, many of which contradict each other: all are stored, and verify agrees';
    test(many, { timeout: 300_000 }, async () => {
      const naive = { ...TEMPLATE, template: { ...TEMPLATE.template, mappings: {} } };
      await server.ask('PUT', '/_index_template/podferry-test', naive);
      const values = ['1', '"x"', '{"b":1}', 'true', '{"b":{"c":1}}'];
      const web = (kubelet = new FakeKubelet()).start();
      web.say(...Array.from({ length: 10_000 }, (_, i) => `{"msg":"m${i}","a":${values[i % values.length]}}`));
      const { code, stderr } = await podferry('replay', web.directory);
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^10,000 records, .* 0 rejected, 0 lost/m)]);
      const hits = await server.documents();
      expect(hits).toHaveLength(10_000);
      const moved = hits.filter(({ _source }) => (_source as { podferry?: { moved?: string } }).podferry?.moved);
      expect(moved.length).toBeGreaterThan(1000);
      const verified = await podferry('verify', web.directory);
      expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('10,000 stored, 0 missing')]);
    });

    test('check tells the server, its version, and that the data stream is there', async () => {
      await podferry('replay', ...SAMPLES);
      const { stdout } = await podferry('check');
      expect(stdout).toMatch(new RegExp(`^ok {4}elasticsearch .* is ${tested.name ?? ''}`, 'm'));
    });

    /** Random life of containers against the server, with something happening to somebody in between. */
    async function live(deaths: number, die: (random: Random) => Promise<void>): Promise<void> {
      const seed = newSeed();
      say(`seed ${seed}`);
      const random = new Random(seed);
      kubelet = new FakeKubelet();
      const node = nodeOf(kubelet);
      const settings = { 'elasticsearch.nodes': server.url, 'batch.max_bytes': '64KiB', 'elasticsearch.timeout': '3s' };
      const writers = Array.from({ length: 6 }, (_, i) => {
        const runtime = i % 2 === 0 ? 'containerd' : 'conmon';
        const uid = `${i}0000000-0000-4000-8000-000000000000`;
        return new Writer(kubelet!.start({ pod: `web-${i}`, uid, runtime, maxFiles: 10_000 }));
      });
      let writing = true;
      const load = (async () => {
        while (writing) {
          act(random, random.pick(writers));
          await pass(4);
        }
      })();
      for (let i = 0; i < deaths; i++) {
        agent ??= await startAgent(node, settings, { ready: false });
        await pass(random.below(1500));
        await die(random);
      }
      writing = false;
      await load;
      for (const writer of writers) {
        writer.close();
        for (const stream of STREAMS) writer.lines(stream, 1);
      }
      agent ??= await startAgent(node, settings);
      const records = writers.reduce((sum, writer) => sum + writer.count, 0);
      await expect
        .poll(async () => (await stored()).size, { timeout: 60_000, interval: 500 })
        .toBeGreaterThanOrEqual(records);
      const documents = await stored();
      expect(mistakes(writers, storedIn(documents))).toEqual([]);
      expect(documents.size).toBe(records);
      say(`${records} records`);
      expect(await agent.end()).toBe(0);
      agent = undefined;
      const verified = await podferry('verify', node.podsDir, '--set', 'kubernetes.enabled=false');
      expect([verified.code, verified.stdout]).toEqual([
        0,
        expect.stringContaining(`${count(records)} stored, 0 missing`),
      ]);
    }

    function act(random: Random, writer: Writer): void {
      const stream = random.pick(STREAMS);
      const what = random.below(100);
      if (what < 70) writer.lines(stream, 1 + random.below(6), random.below(200));
      else if (what < 82) writer.part(stream, random.below(300));
      else if (what < 88) writer.traceHead(stream, random.below(2));
      else if (what < 96) writer.traceRest(stream);
      else writer.rotate();
    }

    test.skipIf(tested.isBrief)(
      'the agent is killed again and again: every record is stored once, and verify agrees',
      { timeout: 300_000 },
      () =>
        live(20, async () => {
          await agent!.end('SIGKILL');
          agent = undefined;
        }),
    );

    test.skipIf(!tested.mayBeKilled)(
      'the server is killed under load and comes back: every record is stored once',
      { timeout: 300_000 },
      () =>
        live(2, async () => {
          await server.kill();
          await pass(1000);
          await server.start();
        }),
    );
  });
}
