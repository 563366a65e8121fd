/** A real agent that may open fewer files than there are containers: all are read, none waits for another to be gone. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type Agent } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf, openFiles } from './nodes.ts';

const CONTAINERS = 200;
const DESCRIPTORS = 64;

let kubelet: FakeKubelet;
let es: FakeElasticsearch;
let agent: Agent | undefined;

beforeEach(async () => {
  kubelet = new FakeKubelet();
  es = await startElasticsearch({ keepBodies: false });
});

afterEach(async () => {
  await agent?.end('SIGKILL');
  await es.stop();
  kubelet.remove();
});

test(`${CONTAINERS} containers, ${DESCRIPTORS} descriptors: every line arrives, through an outage and rotations too`, async () => {
  const containers = Array.from({ length: CONTAINERS }, (_, i) =>
    kubelet.start({ pod: `web-${i}`, uid: `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`, maxFiles: 100 }),
  );
  const node = nodeOf(kubelet);
  for (const each of containers) each.say('one');
  agent = await startAgent(node, { 'elasticsearch.nodes': es.url }, { descriptors: DESCRIPTORS });
  await until(() => es.docs.size === CONTAINERS, 'the first lines', 20_000);
  es.manners.always = { status: 503 };
  for (const each of containers) {
    each.say('two');
    each.rotate();
    each.say('three');
  }
  await until(() => es.bulks().length > 3, 'the sink refuses');
  expect(openFiles(agent).length).toBeLessThanOrEqual(DESCRIPTORS);
  es.manners.always = undefined;
  await until(() => es.docs.size === 3 * CONTAINERS, 'all lines', 60_000);
  expect(await agent.metric('podferry_lost_bytes_total')).toBe(0);
  expect(agent.stderr()).toContain('more log files than descriptors');
  const sources = ((await agent.status()) as { sources: { state: string }[] }).sources;
  expect(sources.filter(({ state }) => state === 'unreadable')).toEqual([]);
  expect(await agent.end()).toBe(0);
}, 120_000);
