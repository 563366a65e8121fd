/**
 * Short lives, end to end: `podferry run` on a node where pods come, write a hundred lines in one to five seconds, and go with
 * their files, while the API tells of them late, or never. All lines arrive; all with the pod's own labels, but for those
 * whose pod the API never showed in time, which say so.
 *
 * PODFERRY_CHURN_SECONDS is the time over which the pods begin; PODFERRY_SEED repeats a run.
 */
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startAgent, type Agent } from '../helpers/agent.ts';
import { ApiServer } from '../helpers/apiserver.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { dice } from '../helpers/dice.ts';
import { until } from '../helpers/until.ts';
import { podJson } from './fixtures.ts';

const PODS = 200;
const LINES = 100;
const SECONDS = Number(process.env['PODFERRY_CHURN_SECONDS'] ?? 20);
const SEED = Number(process.env['PODFERRY_SEED'] ?? Date.now() % 1_000_000);

let kubelet: FakeKubelet;
let api: ApiServer;
let elasticsearch: FakeElasticsearch;
let agent: Agent;
afterEach(async () => {
  await agent?.end('SIGKILL');
  await Promise.all([api?.stop(), elasticsearch?.stop()]);
  kubelet?.remove();
});

const sleep = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

it(
  `${PODS} pods within ${SECONDS} s, each living one to five seconds (seed ${SEED})`,
  async () => {
    const random = dice(SEED);
    kubelet = new FakeKubelet();
    api = await ApiServer.start();
    elasticsearch = await startElasticsearch({ keepBodies: false });
    const node = { ...kubelet, dir: kubelet.root, stateDir: join(kubelet.root, 'state'), remove: () => {} };
    agent = await startAgent(node, {
      'kubernetes.enabled': 'true',
      'kubernetes.url': api.url,
      'elasticsearch.nodes': elasticsearch.url,
    });

    /** One pod's life. A tenth of them the API never shows; its watch may break at any time. */
    const live = async (number: number): Promise<void> => {
      const shown = number % 10 !== 3;
      const [name, uid] = [`job-${number}`, `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`];
      const pod = podJson((p) => {
        Object.assign(p.metadata, { name, uid, labels: { number: String(number) }, ownerReferences: [] });
        delete p.status.containerStatuses;
        delete p.status.podIP;
      });
      await sleep(random() * SECONDS * 1000);
      if (shown) api.put(pod);
      await sleep(random() * 300);
      const container = kubelet.start({ namespace: 'shop', pod: name, uid });
      const status = {
        podIP: '10.0.0.1',
        containerStatuses: [{ name: 'web', restartCount: 0, containerID: `containerd://${container.containerId}` }],
      };
      const pause = (1000 + random() * 4000) / 10;
      for (let line = 0; line < LINES; line += 10) {
        container.say(...Array.from({ length: 10 }, (_, i) => `pod ${number} line ${line + i}`));
        if (shown && line === 10) api.put({ ...pod, status });
        await sleep(pause);
      }
      container.stopWriting();
      if (shown) api.delete('shop', name);
      await sleep(random() * 1000);
      container.removePod();
    };
    // Cut every six seconds at most: a watch that is cut again before it was of use rests longer than kubernetes.wait.
    let ticks = 0;
    const noise = setInterval(() => (ticks++ % 2 === 0 && random() < 0.7 ? api.cut() : api.bookmark()), 3_000);
    await Promise.all(Array.from({ length: PODS }, (_, number) => live(number)));
    clearInterval(noise);

    const { docs } = elasticsearch;
    await until(() => docs.size >= PODS * LINES, `${PODS * LINES} documents, of which there are ${docs.size}`, 30_000);
    const lines = new Set<string>();
    const wrong: string[] = [];
    for (const { source } of docs.values()) {
      const { message, podferry, kubernetes } = JSON.parse(source);
      lines.add(message);
      const number = /^pod (\d+) /.exec(message)?.[1];
      const full = kubernetes.labels?.number === number && podferry?.partial_metadata === undefined;
      const partial = kubernetes.labels === undefined && podferry?.partial_metadata === true;
      const never = Number(number) % 10 === 3;
      if (!(never ? partial : full) || kubernetes.pod.name !== `job-${number}`) wrong.push(source);
    }
    expect(lines.size).toBe(PODS * LINES);
    expect(docs.size).toBe(PODS * LINES);
    expect(wrong).toEqual([]);
    expect(await agent.metric('podferry_lost_bytes_total')).toBe(0);
    expect(await agent.metric('podferry_partial_metadata_records_total')).toBe((PODS / 10) * LINES);
    expect(await agent.end()).toBe(0);
  },
  (SECONDS + 60) * 1000,
);
