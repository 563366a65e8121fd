// How long lines of quiet containers wait while one is loud: from the time in the line to the request that brings it whole.
//
//   node bench/fairness.mjs [SECONDS] [LOUD_MB_A_SECOND]         after npm run build; part of npm run bench
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { agentArgs } from './agent.mjs';

/** Its name in npm run bench. */
export const FAIRNESS = 'fairness';
const QUIET = 50;
const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

function start(command, ...args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (data) => (printed += data));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    child,
    printed: () => printed,
    ended,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function until(condition, what) {
  const deadline = Date.now() + 120_000;
  while (!(await Promise.resolve(condition()).catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`waited without success for: ${what}`);
    await pause(20);
  }
}

/** The waits of quiet lines in ms, sorted, and what the loud one wrote and how much of it was still unread at the end. */
export async function fairness({ seconds = 15, rate = 32e6, node = process.execPath, flags = [] } = {}) {
  const base = mkdtempSync(join(tmpdir(), 'podferry-fairness-'));
  const started = [];
  try {
    for (const each of ['pods', 'containers', 'state']) mkdirSync(join(base, each));
    const sink = start(process.execPath, join(import.meta.dirname, 'sink.mjs'), '"quiet line ');
    started.push(sink);
    await until(() => sink.printed() !== '', 'the sink');
    const url = `http://127.0.0.1:${Number(sink.printed())}`;
    const { port, args } = agentArgs(base, url, { 'kubernetes.enabled': 'false' });
    const agent = start(node, ...flags, ...args);
    started.push(agent);
    await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, 'the agent is ready');
    const writers = start(process.execPath, join(import.meta.dirname, 'writers.mjs'), base, QUIET, rate, seconds);
    started.push(writers);
    await writers.ended;
    const { written, lines } = JSON.parse(writers.printed());
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const waits = async () => (await fetch(`${url}/waits`)).json();
    await until(async () => (await waits()).length === lines, 'every quiet line');
    const backlog = Number(/^podferry_backlog_bytes(?:\{[^}]*\})? (\S+)$/m.exec(metrics)[1]);
    return { waits: (await waits()).sort((a, b) => a - b), written, seconds, backlog };
  } finally {
    for (const each of started.reverse()) await each.stop();
    rmSync(base, { recursive: true, force: true });
  }
}

/** In ms. */
export function figuresOf({ waits }) {
  const at = (part) => Math.round(waits[Math.floor(part * (waits.length - 1))]);
  return { half: at(0.5), most: at(0.99), all: at(1) };
}

/** One line for people. */
export function sayFairness(measured) {
  const { waits, written, seconds, backlog } = measured;
  const { half, most, all } = figuresOf(measured);
  console.log(
    `beside a log of ${(written / 1e6 / seconds).toFixed(0)} MB/s, lines of ${QUIET} quiet containers waited: half at most ` +
      `${half} ms, 99 % ${most} ms, all ${all} ms (${waits.length} lines; ${(backlog / 1e6).toFixed(0)} MB of the loud one unread)`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [seconds = 15, megabytes = 32] = process.argv.slice(2).map(Number);
  sayFairness(await fairness({ seconds, rate: megabytes * 1e6 }));
}
