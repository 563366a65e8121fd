/**
 * An agent that is killed again and again, while containers write and their kubelet rotates. At the end every number is
 * stored, once and in its place, and no id was ever offered with two contents.
 *
 * PODFERRY_SEED replays the decisions, PODFERRY_KILLS sets how often it dies.
 */
import { env } from 'node:process';
import { afterEach, expect, test } from 'vitest';
import { startAgent, type Agent } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf } from './nodes.ts';
import { newSeed, pass, Random, say } from './random.ts';
import { contradictions, mistakes, storedIn } from './stored.ts';
import { STREAMS, Writer } from './writer.ts';

const KILLS = Number(env['PODFERRY_KILLS'] ?? 100);
const CONTAINERS = 8;
const SOME_MS = 4;

let kubelet: FakeKubelet;
let es: FakeElasticsearch;
let agent: Agent | undefined;

afterEach(async () => {
  await agent?.end('SIGKILL');
  await es.stop();
  kubelet.remove();
});

test(`killed ${KILLS} times under load, the agent loses and repeats nothing`, { timeout: 480_000 }, async () => {
  const seed = newSeed();
  say(`seed ${seed}`);
  const random = new Random(seed);
  kubelet = new FakeKubelet();
  es = await startElasticsearch({ keepBodies: false });
  const node = nodeOf(kubelet);
  const settings = { 'elasticsearch.nodes': es.url, 'http.listen': 'off', 'batch.max_bytes': '64KiB' };
  const writers = Array.from({ length: CONTAINERS }, (_, i) => {
    const runtime = i % 2 === 0 ? 'containerd' : 'conmon';
    return new Writer(
      kubelet.start({ pod: `web-${i}`, uid: `${i}0000000-0000-4000-8000-000000000000`, runtime, maxFiles: 10_000 }),
    );
  });

  let writing = true;
  const load = (async () => {
    while (writing) {
      write(random, random.pick(writers));
      await pass(SOME_MS);
    }
  })();
  const moments = new Random(seed + 1);
  for (let i = 0; i < KILLS; i++) {
    // A sink that is slow, or refuses, so that there is something not settled when it dies.
    es.manners.delayMs = moments.pick([0, 20, 200]);
    es.manners.always = moments.chance(0.4) ? { status: 503 } : undefined;
    agent = await startAgent(node, settings, { ready: false });
    // Sometimes before it has read anything, mostly in the middle of its work; positions are written once a second.
    await pass(moments.below(moments.chance(0.3) ? 500 : 2000));
    expect(agent.child.exitCode, agent.stderr()).toBeNull();
    await agent.end('SIGKILL');
  }
  es.manners.delayMs = 0;
  es.manners.always = undefined;
  writing = false;
  await load;
  for (const writer of writers) {
    writer.close();
    for (const stream of STREAMS) writer.lines(stream, 1);
  }

  const records = writers.reduce((sum, writer) => sum + writer.count, 0);
  agent = await startAgent(node, settings, { ready: false });
  await until(() => es.docs.size >= records, 'every record is stored', 60_000).catch(() => {});
  expect(mistakes(writers, storedIn(es.docs))).toEqual([]);
  expect(es.docs.size).toBe(records);
  expect(contradictions(es.docs)).toEqual([]);
  expect(await agent.end()).toBe(0);
  const offered = [...es.docs.values()].reduce((sum, each) => sum + each.offered, 0);
  say(`${records} records, ${offered - records} offered again and answered 409`);
});

/** A few lines, a part of one, a stack trace or a rotation. */
function write(random: Random, writer: Writer): void {
  const stream = random.pick(STREAMS);
  const what = random.below(100);
  if (what < 60) writer.lines(stream, 1 + random.below(6), random.below(200));
  else if (what < 68) writer.half(stream, random.next());
  else if (what < 80) writer.part(stream, random.below(300));
  else if (what < 86) writer.traceHead(stream, random.below(2));
  else if (what < 94) writer.traceRest(stream);
  else if (what < 98) writer.rotate();
  else writer.rotate({ late: random.below(3), compress: random.chance(0.8) });
}
