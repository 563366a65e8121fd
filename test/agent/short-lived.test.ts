/**
 * Pods whose directory is there for 50 ms, while a container writes as fast as it may: each is shipped, or it is told that it was
 * there. How many were shipped is printed.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startAgent, type Agent } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf } from './nodes.ts';
import { pass, say } from './random.ts';

const PODS = 20;
const LIVES_MS = 50;
const LINES = ['one', 'two', 'three'];

let kubelet: FakeKubelet;
let es: FakeElasticsearch;
let agent: Agent | undefined;

afterEach(async () => {
  await agent?.end('SIGKILL');
  await es.stop();
  kubelet.remove();
});

test(
  'of twenty pods that live for 50 ms each is shipped or told, beside a flood too',
  { timeout: 150_000 },
  async () => {
    kubelet = new FakeKubelet();
    const shipped = new Map<string, string[]>();
    const told = new Set<string>();
    es = await startElasticsearch({
      keepBodies: false,
      item: (source) => {
        const pod = /"pod":\{"name":"(brief-\d+)"/.exec(source)?.[1];
        if (pod === undefined) return { status: 201 };
        const { message, event } = JSON.parse(source) as { message: string; event?: { action: string } };
        if (event) told.add(pod);
        else shipped.set(pod, [...(shipped.get(pod) ?? []), message]);
        return { status: 201 };
      },
    });
    const loud = kubelet.start({ pod: 'web-loud', maxFiles: 100 });
    agent = await startAgent(nodeOf(kubelet), { 'elasticsearch.nodes': es.url });

    const flood = `${kubelet.time()} stdout F ${'.'.repeat(180)}\n`.repeat(300);
    let isLoud = true;
    const flooding = (async () => {
      for (; isLoud; await pass(1)) loud.write(flood);
    })();
    for (let i = 0; i < PODS; i++) {
      if (i === PODS / 2) {
        isLoud = false;
        await flooding;
      }
      const pod = join(kubelet.podsDir, `shop_brief-${i}_${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`);
      fs.mkdirSync(join(pod, 'web'), { recursive: true });
      fs.writeFileSync(join(pod, 'web', '0.log'), LINES.map((each) => `${kubelet.time()} stdout F ${each}\n`).join(''));
      await pass(LIVES_MS);
      fs.rmSync(pod, { recursive: true });
    }
    await until(() => new Set([...shipped.keys(), ...told]).size === PODS, 'each is shipped or told', 60_000);
    await until(async () => (await agent!.metric('podferry_backlog_bytes')) === 0, 'everything is stored', 60_000);

    say(`of ${PODS} pods that were there for ${LIVES_MS} ms ${shipped.size} were shipped, ${told.size} told`);
    expect([...shipped.values()]).toEqual(Array.from(shipped, () => LINES));
    expect(shipped.size + told.size).toBe(PODS);
    const unseen = (await agent.metric('podferry_unseen_gaps_total'))!;
    const { losses } = (await agent.status()) as { losses: { pod: string; unseen_gaps: number }[] };
    expect(unseen).toBe(losses.reduce((sum, each) => sum + each.unseen_gaps, 0));
  },
);
