/**
 * What is missing at the sink is what was counted and marked, to the byte: over a small cap on deleted files, in each way in which
 * the files of a log may go while the sink is away, comes back, goes again, and through a kill. Every line counts by itself, since of
 * a joined record a part may be stored.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadCheckpoints } from '../../src/ship/checkpoint-file.ts';
import { startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { memoryLog } from '../helpers/source.ts';
import { until } from '../helpers/until.ts';
import { nodeOf, openFiles } from './nodes.ts';
import { say } from './random.ts';
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
/** What each of them wrote: the bytes of every line by its number. */
let written: Map<Writer, Map<string, number>>;

beforeEach(async () => {
  kubelet = new FakeKubelet();
  node = nodeOf(kubelet);
  es = await startElasticsearch({ keepBodies: false });
  writers = Array.from({ length: LOGS }, (_, i) => {
    const [pod, uid] = [`web-${i}`, `${i}0000000-0000-4000-8000-000000000000`];
    return new Writer(kubelet.start({ pod, uid, runtime: i % 2 === 0 ? 'containerd' : 'conmon', maxFiles: 3 }));
  });
  written = new Map(writers.map((each) => [each, noteLines(each)]));
  for (const each of writers) each.lines('stdout', 1);
  agent = await startAgent(node, { ...SETTINGS, 'elasticsearch.nodes': es.url });
  await until(() => es.docs.size === LOGS, 'the first lines are stored');
});

afterEach(async () => {
  await agent.end('SIGKILL');
  await es.stop();
  kubelet.remove();
});

const NUMBER = /n\d+;/;

function noteLines({ container }: Writer): Map<string, number> {
  const lines = new Map<string, number>();
  const write = container.write.bind(container);
  container.write = (bytes) => {
    for (const line of String(bytes).split('\n')) {
      const number = NUMBER.exec(line)?.[0];
      if (number) lines.set(number, line.length + 1);
    }
    write(bytes);
  };
  return lines;
}

/** Bytes of lines that are in no document. */
function missingBytes(): number {
  const { records } = storedIn(es.docs);
  let bytes = 0;
  for (const [{ container }, lines] of written) {
    const mine = [...records].filter(([key]) => key.startsWith(container.podDirectory)).flatMap(([, all]) => all);
    const found = new Set(mine.flatMap(({ message }) => message.match(new RegExp(NUMBER, 'g')) ?? []));
    for (const [number, length] of lines) if (!found.has(number)) bytes += length;
  }
  return bytes;
}

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
  'plain, compressed and restarted': async (writer, round) => {
    fill(writer, 300_000);
    await isHeld(writer);
    if (round % 5 === 4) writer.restart(true, false);
    else writer.rotate({ compress: round % 2 === 0 });
  },
  'many small files': async (writer) => {
    writer.lines('stderr', 5, 200);
    await isHeld(writer);
    writer.rotate({ compress: false });
  },
  'copied and truncated': async (writer, round) => {
    fill(writer, 300_000);
    await isSeen(writer);
    writer.truncate(round % 2 === 0, true);
  },
  'deleted by hand': async (writer) => {
    fill(writer, 300_000);
    await isHeld(writer);
    writer.deleteFile(true);
  },
  'records open on both streams': async (writer, round) => {
    writer.part('stdout', 3000);
    writer.traceHead('stderr', round);
    fill(writer, 200_000);
    writer.part('stderr', 90_000);
    fill(writer, 300_000);
    await isHeld(writer);
    writer.rotate({ compress: false });
    writer.traceRest('stderr');
  },
};

for (const [name, shape] of Object.entries(SHAPES)) {
  for (const how of ['away', 'away and back and away', 'away, and a kill']) {
    test(`${name}, the sink ${how}: what is missing is what is told`, { timeout: 120_000 }, async () => {
      const away = { status: 503 };
      for (let round = 0; round < 10; round++) {
        es.manners.always = how.includes('back') && round % 4 === 3 ? undefined : away;
        for (const each of writers) await shape(each, round);
        if (how.includes('kill') && round === 5) await killed();
      }
      // No record stays open.
      for (const each of writers) {
        each.close();
        each.lines('stdout', 1);
        each.lines('stderr', 1);
      }
      const before = es.docs.size;
      es.manners.always = undefined;
      await until(() => es.docs.size > before, 'the sink is back', 60_000);
      await until(async () => (await agent.metric('podferry_backlog_bytes')) === 0, 'all is read', 60_000);

      const missing = missingBytes();
      const gaps = [...storedIn(es.docs).gaps.values()].flat();
      const marked = gaps.reduce((sum, { podferry }) => sum + (podferry?.lost_bytes ?? 0), 0);
      const counted = await agent.metric('podferry_lost_bytes_total');
      say(`${name}, ${how}: ${missing} bytes missing, ${marked} marked by ${gaps.length} gaps, ${counted} counted`);
      expect(marked).toBe(missing);
      // The agent that was killed had counted some, and may not have told them yet.
      if (!how.includes('kill')) expect(counted).toBe(missing);
    });
  }
}

/** Not before the sizes of all files are on the disk, which takes a second: the next agent can know no more. */
async function killed(): Promise<void> {
  for (const each of writers) if (each.size > 0) await isSeen(each);
  const areNoted = async (): Promise<boolean> => {
    const { sources } = (await agent.status()) as { sources: { key: string; size: number; state: string }[] };
    const { saved } = loadCheckpoints(node.stateDir, memoryLog());
    const count = (
      all: readonly { key: string; size: number }[],
      { key, size }: { key: string; size: number },
    ): number => all.filter((each) => each.key === key && each.size === size).length;
    const unread = sources.filter((each) => each.size > 0 && each.state !== 'done');
    return unread.every((each) => count(saved, each) >= count(unread, each));
  };
  await until(areNoted, 'all sizes are written');
  await agent.end('SIGKILL');
  agent = await startAgent(node, { ...SETTINGS, 'elasticsearch.nodes': es.url });
  for (const each of writers) await isHeld(each);
}
