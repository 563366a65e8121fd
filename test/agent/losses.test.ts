/**
 * What is missing at the sink is what was counted and marked, to the byte: over a small cap on deleted files, in every shape in
 * which the files of a log may go while the sink is away, and through a kill.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf, openFiles } from './nodes.ts';
import { pass, say } from './random.ts';
import { storedIn } from './stored.ts';
import { Writer } from './writer.ts';

const SETTINGS = {
  'batch.max_bytes': '256KiB',
  'limits.open_bytes': '1MiB',
  'limits.pinned_bytes': '1MiB',
  'logs.sweep': '250ms',
};
const LOGS = 4;

let kubelet: FakeKubelet;
let node: Node;
let es: FakeElasticsearch;
let agent: Agent;
let writers: Writer[];

beforeEach(async () => {
  kubelet = new FakeKubelet();
  node = nodeOf(kubelet);
  es = await startElasticsearch({ keepBodies: false });
  writers = Array.from({ length: LOGS }, (_, i) => {
    const [pod, uid] = [`web-${i}`, `${i}0000000-0000-4000-8000-000000000000`];
    return new Writer(kubelet.start({ pod, uid, runtime: i % 2 === 0 ? 'containerd' : 'conmon', maxFiles: 3 }));
  });
  for (const each of writers) each.lines('stdout', 1);
  agent = await startAgent(node, { ...SETTINGS, 'elasticsearch.nodes': es.url });
  await until(() => es.docs.size === LOGS, 'the first lines are stored');
});

afterEach(async () => {
  await agent.end('SIGKILL');
  await es.stop();
  kubelet.remove();
});

async function isHeld({ container }: Writer): Promise<void> {
  await until(() => openFiles(agent).includes(container.path), `the agent holds ${container.path}`);
}

/** Everything written is seen: its size is in the status. */
async function isSeen(writer: Writer): Promise<void> {
  const { path } = writer.container;
  const size = async () => {
    const { sources } = (await agent.status()) as { sources: { path: string; size: number }[] };
    return sources.find((each) => each.path === path)?.size;
  };
  await until(async () => (await size()) === writer.size, `the agent sees all of ${path}`);
}

function fill(writer: Writer, bytes: number): void {
  for (let i = 0; writer.size < bytes; i++) writer.lines(i % 2 === 0 ? 'stdout' : 'stderr', 20, 500);
}

const SHAPES: Record<string, (writer: Writer, round: number) => Promise<void>> = {
  'rotated, plain': async (writer) => {
    fill(writer, 300_000);
    await isHeld(writer);
    writer.rotate({ compress: false });
  },
  'rotated, compressed': async (writer) => {
    fill(writer, 300_000);
    await isHeld(writer);
    writer.rotate();
  },
  'many small files': async (writer) => {
    writer.lines('stderr', 5, 200);
    await isHeld(writer);
    writer.rotate({ compress: false });
  },
  'copied and truncated, the copy is gone': async (writer) => {
    fill(writer, 300_000);
    await isSeen(writer);
    writer.truncate(false, true);
  },
  'deleted by hand': async (writer) => {
    fill(writer, 300_000);
    await isHeld(writer);
    writer.deleteFile(true);
  },
  'the container restarts': async (writer) => {
    fill(writer, 300_000);
    await isHeld(writer);
    writer.restart(true);
  },
  'both streams hold a record open': async (writer) => {
    writer.part('stdout', 3000);
    writer.part('stderr', 3000);
    fill(writer, 300_000);
    await isHeld(writer);
    writer.rotate({ compress: false });
  },
};

for (const [name, shape] of Object.entries(SHAPES)) {
  for (const kills of [false, true]) {
    test(`${name}${kills ? ', and a kill' : ''}: missing is what is told`, { timeout: 120_000 }, async () => {
      es.manners.always = { status: 503 };
      for (let round = 0; round < 10; round++) {
        for (const each of writers) await shape(each, round);
        if (kills && round === 5) {
          for (const each of writers) if (each.size > 0) await isSeen(each);
          await pass(1500);
          await agent.end('SIGKILL');
          agent = await startAgent(node, { ...SETTINGS, 'elasticsearch.nodes': es.url });
          for (const each of writers) await isHeld(each);
        }
      }
      for (const each of writers) {
        each.close();
        each.lines('stdout', 1);
        each.lines('stderr', 1);
      }
      es.manners.always = undefined;
      await until(() => es.docs.size > LOGS, 'the sink is back', 60_000);
      await until(async () => (await agent.metric('podferry_backlog_bytes')) === 0, 'all is read', 60_000);
      const { records, gaps } = storedIn(es.docs);
      let missing = 0;
      for (const { expected } of writers)
        for (const [key, all] of expected) {
          const found = new Set((records.get(key) ?? []).map((each) => each.message));
          for (const each of all) if (!found.has(each.message.join('\n'))) missing += each.bytes;
        }
      const all = [...gaps.values()].flat();
      const marked = all.reduce((sum, each) => sum + (each.podferry?.lost_bytes ?? 0), 0);
      const counted = await agent.metric('podferry_lost_bytes_total');
      const unseen = await agent.metric('podferry_unseen_gaps_total');
      say(
        `${name}${kills ? ', kill' : ''}: ${missing} missing, ${marked} marked by ${all.length}, ${counted} counted, ${unseen} unseen`,
      );
      expect(marked).toBe(missing);
      if (!kills) expect(counted).toBe(missing);
    });
  }
}
