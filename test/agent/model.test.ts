/**
 * Random programs of what containers, kubelets, operators and sinks do, run against the real agent. Twenty programs at a time
 * share one agent, each with a pod of its own; what happens to the agent and to the sink happens to all of them. Whatever the
 * program, every record is stored once and in its place; only what was truncated or deleted may be missing, and then it must
 * be said if the agent had seen it.
 *
 * PODFERRY_SEED=<seed of a round> replays that round (decisions, not moments); PODFERRY_SOAK=<minutes> goes on for so long.
 */
import { env } from 'node:process';
import { afterEach, expect, test } from 'vitest';
import { startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { nodeOf, openFiles } from './nodes.ts';
import { newSeed, pass, Random, say } from './random.ts';
import { contradictions, mistakes, storedIn } from './stored.ts';
import { STREAMS, Writer } from './writer.ts';

const PROGRAMS = 20;
const SOAK_MS = Number(env['PODFERRY_SOAK'] ?? 0) * 60_000;
const ROUNDS = env['PODFERRY_SEED'] === undefined ? 15 : 1;
/** Steps of a round: most are of one program, some of all. */
const STEPS = 600;

/** One pod, what was done to it, and what must come of it. */
class Program {
  readonly name: string;
  readonly writer: Writer;
  readonly steps: string[] = [];
  readonly #random: Random;
  /** The copy that a copytruncate makes is overwritten by the next. */
  readonly #copied = new Set<string>();

  constructor(kubelet: FakeKubelet, seed: number, round: number, i: number) {
    this.#random = new Random(seed * 1000 + i);
    this.name = `web-${round}-${i}`;
    const uid = `${String(round).padStart(4, '0')}${String(i).padStart(4, '0')}-0000-4000-8000-000000000000`;
    const runtime = this.#random.chance(0.5) ? 'conmon' : 'containerd';
    this.writer = new Writer(kubelet.start({ pod: this.name, uid, runtime, maxFiles: 1000 }));
  }

  /** @param seen answers whether the agent that runs has seen all of the file being written */
  async step(seen: (path: string, size: number) => Promise<boolean>): Promise<void> {
    const random = this.#random;
    const { writer } = this;
    const stream = random.pick(STREAMS);
    const [what, much, where] = [random.below(100), random.below(100), random.next()];
    if (what < 34) this.#note(`${1 + (much % 12)} lines`, () => writer.lines(stream, 1 + (much % 12), much * 3));
    else if (what < 42) this.#note('half a line', () => writer.half(stream, where));
    else if (what < 55) this.#note(`P ${stream}`, () => writer.part(stream, much * 10));
    else if (what < 60) this.#note(`F ${stream}`, () => writer.endChain(stream));
    else if (what < 65) this.#note(`head of a trace ${stream}`, () => writer.traceHead(stream, much));
    else if (what < 72) this.#note(`rest of a trace ${stream}`, () => writer.traceRest(stream));
    else if (what < 87) this.#note('rotate', () => writer.rotate({ compress: much < 75 }));
    else if (what < 90) this.#note('rotate, late lines', () => writer.rotate({ late: 1 + (much % 3) }));
    else if (what < 93) this.#note('container restarts', () => writer.restart(false, much < 70));
    else if (what < 95) this.#copyTruncate();
    else if (what < 98 && !writer.goesOn) {
      writer.close();
      const { path } = writer.container;
      const isSeen = await seen(path, writer.size);
      if (what < 97) this.#note(`truncate, seen ${isSeen}`, () => writer.truncate(false, isSeen));
      else this.#note(`delete and recreate, seen ${isSeen}`, () => writer.deleteFile(isSeen));
    } else this.#note('an empty line', () => writer.empty());
  }

  #copyTruncate(): void {
    const { writer } = this;
    if (this.#copied.has(writer.container.path) || writer.size === 0) return;
    this.#copied.add(writer.container.path);
    this.#note('copytruncate', () => writer.truncate(true, false));
  }

  #note(what: string, act: () => void): void {
    this.steps.push(what);
    act();
  }
}

let kubelet: FakeKubelet;
let node: Node;
let es: FakeElasticsearch;
let agent: Agent | undefined;
let settings: Record<string, string>;

afterEach(async () => {
  await agent?.end('SIGKILL');
  await es.stop();
  kubelet.remove();
});

test(`${ROUNDS * PROGRAMS} random programs`, { timeout: 600_000 + SOAK_MS }, async () => {
  kubelet = new FakeKubelet();
  node = nodeOf(kubelet);
  es = await startElasticsearch({ keepBodies: false });
  settings = {
    'elasticsearch.nodes': es.url,
    'elasticsearch.timeout': '2s',
    'batch.max_bytes': '64KiB',
    'logs.sweep': '100ms',
    'stop.grace': '500ms',
  };
  const end = Date.now() + SOAK_MS;
  for (let round = 0; round < ROUNDS || Date.now() < end; round++) await runRound(newSeed(), round);
});

async function runRound(seed: number, round: number): Promise<void> {
  const random = new Random(seed);
  const programs = Array.from({ length: PROGRAMS }, (_, i) => new Program(kubelet, seed, round, i));
  const skip = es.docs.size;
  const all = (what: string): void => programs.forEach((each) => each.steps.push(`  ${what}`));
  agent ??= await startAgent(node, settings);
  for (let i = 0; i < STEPS; i++) {
    const what = random.below(100);
    if (what < 2) await restartAgent(random, programs, all);
    else if (what < 6) treat(random, all);
    else if (what < 12) await pass(random.below(100));
    else await random.pick(programs).step(hasSeen);
  }
  all('the sink flows');
  treatWell();
  agent ??= await startAgent(node, settings);
  for (const { writer } of programs) {
    writer.close();
    for (const stream of STREAMS) writer.lines(stream, 1);
  }

  const writers = programs.map((each) => each.writer);
  const wrong = (): string[] => mistakes(writers, storedIn(es.docs, skip));
  const least = writers.flatMap((each) => [...each.expected.values()].flat()).filter((each) => !each.stretch.mayBeLost);
  await until(() => es.docs.size - skip >= least.length && wrong().length === 0, 'all is stored', 30_000).catch(
    () => {},
  );
  const failed = programs.filter((each) => mistakes([each.writer], storedIn(es.docs, skip)).length > 0);
  const told = failed.map(({ name, steps }) => `${name}:\n${steps.join('\n')}`).join('\n');
  expect(wrong(), `PODFERRY_SEED=${seed}\n${wrong().join('\n')}\n${told}`).toEqual([]);
  const differ = contradictions(es.docs, skip).filter(({ event }) => event === undefined);
  expect(differ, `PODFERRY_SEED=${seed}`).toEqual([]);
  for (const { container } of writers) container.removePod();
  say(`seed ${seed}: ${es.docs.size - skip} documents`);
}

/** A stop or a kill; sometimes the node goes on for a while without an agent. */
async function restartAgent(random: Random, programs: readonly Program[], all: (what: string) => void): Promise<void> {
  const signal = random.chance(0.5) ? 'SIGTERM' : 'SIGKILL';
  const stays = random.chance(0.5);
  const moment = random.below(400);
  if (agent) {
    all(signal);
    const code = await agent.end(signal);
    // One that was stopped before it could listen to signals ends by them.
    if (signal === 'SIGTERM' && code !== null) expect(code, agent.stderr()).toBe(0);
    else for (const { writer } of programs) writer.forgive();
    agent = undefined;
    if (stays) return;
  }
  all('the agent starts');
  agent = await startAgent(node, settings, { ready: random.chance(0.7) });
  await pass(moment);
}

function treatWell(): void {
  es.manners.always = undefined;
  es.manners.delayMs = 0;
  es.manners.item = () => undefined;
}

/** How the sink behaves from now on. */
function treat(random: Random, all: (what: string) => void): void {
  const what = random.below(9);
  treatWell();
  const manners = [
    'flows',
    'flows',
    '503',
    'hangs',
    '429 for some',
    'resets',
    'slow',
    'cuts an answer',
    'stores, stalls',
  ];
  all(`the sink: ${manners[what]}`);
  if (what === 2) es.manners.always = { status: 503 };
  else if (what === 3) es.manners.always = { hang: true };
  else if (what === 4) {
    let n = 0;
    es.manners.item = () => (++n % 3 === 0 ? { status: 429, type: 'es_rejected_execution_exception' } : undefined);
  } else if (what === 5) es.manners.always = { reset: true };
  else if (what === 6) es.manners.delayMs = 150;
  else if (what === 7) es.next({ cut: 40 }, 2);
  else if (what === 8) es.next({ stall: 40 }, 1);
}

/** It holds the file and knows its size, whether or not it has come to read it. */
async function hasSeen(path: string, size: number): Promise<boolean> {
  // Until it has listed the directory, the file before goes by this name too, though it may have opened both.
  if (!agent || !openFiles(agent).includes(path)) return false;
  const status = (await agent.status().catch(() => undefined)) as
    { sources: { path: string; size: number }[] } | undefined;
  return status?.sources.some((each) => each.path === path && each.size === size) ?? false;
}
