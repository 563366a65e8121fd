// npm run bench: podferry against its own bare kernel (and Fluent Bit, when it is on PATH), same lines, same machine.
//
// A run starts the agent on empty directories, waits until it is ready, moves the log files in, and waits until the
// endpoint has every document and the agent has committed every byte. CPU is the agent's whole process, all threads,
// between those two moments; start-up is printed apart. RSS is the peak of the whole life of the process (VmHWM).
//
//   npm run bench -- [--lines 1000000] [--runs 3] [--only NAME] [--node PATH] [--profile DIR] [--json]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AGENT, agentArgs } from './agent.mjs';
import { writeLines } from './lines.mjs';
import { FAIRNESS, fairness, figuresOf, sayFairness } from './fairness.mjs';
import { fluentBit } from './fluent-bit.mjs';

const { values: options } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    node: { type: 'string', default: process.execPath },
    json: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const LINES = Number(options.lines);
const WORK = join(import.meta.dirname, '..', '.bench');
/** The flags of the image (Dockerfile): heap and young generation capped. */
const NODE_FLAGS = ['--max-old-space-size=96', '--max-semi-space-size=1'];
const TICKS_PER_SECOND = 100;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

async function startServer(script, ...args) {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = await new Promise((resolve) => child.stdout.once('data', (data) => resolve([Number(data)])));
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill('SIGKILL') };
}

/** CPU seconds a process has used, all threads. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function peakRss(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

async function until(condition, what, child) {
  const deadline = Date.now() + 600_000;
  while (!(await condition().catch(() => false))) {
    if (child.exitCode !== null) throw new Error(`the agent ended (${child.exitCode}) before: ${what}`);
    if (Date.now() > deadline) throw new Error(`waited without success for: ${what}`);
    await pause(20);
  }
}

/** One run of the agent over the data set in `data`; the files are moved in and back out. */
async function runAgent(data, settings) {
  const base = mkdtempSync(join(WORK, 'run-'));
  mkdirSync(join(base, 'pods'));
  mkdirSync(join(base, 'containers'));
  const sink = await startServer('sink.mjs');
  const api = await startServer('apiserver.mjs', join(data.dir, 'pods.json'));
  const { port, args } = agentArgs(base, sink.url, {
    'kubernetes.url': api.url,
    'kubernetes.enabled': 'true',
    ...settings,
  });
  const profile = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [];
  const child = spawn(options.node, [...NODE_FLAGS, ...profile, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  try {
    await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, 'ready', child);
    const startUp = cpuSeconds(child.pid);
    const started = performance.now();
    const pods = data.pods;
    for (const pod of pods) renameSync(join(data.dir, 'pods', pod), join(base, 'pods', pod));
    await until(
      async () => (await (await fetch(`${sink.url}/count`)).json()).documents >= data.lines,
      'all documents',
      child,
    );
    await until(async () => (await metric(port, 'podferry_backlog_bytes')) === 0, 'all committed', child);
    const wallMs = performance.now() - started;
    const { documents, bytes } = await (await fetch(`${sink.url}/count`)).json();
    const result = { startUp, cpu: cpuSeconds(child.pid) - startUp, rss: peakRss(child.pid), wallMs, documents, bytes };
    for (const pod of pods) renameSync(join(base, 'pods', pod), join(data.dir, 'pods', pod));
    return result;
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
    sink.stop();
    api.stop();
    rmSync(base, { recursive: true, force: true });
  }
}

async function metric(port, name) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
}

/** What podferry writes behind the offset in a document of this pod: its first line is one of the access log. */
function restOfDocument({ dir }) {
  const replay = `"$0" "$1" replay "$2/pods" --pods "$2/pods.json" --set node_name=node-1 --format ndjson | head -n 1`;
  const { stdout } = spawnSync('sh', ['-c', replay, options.node, AGENT, dir], { encoding: 'utf8' });
  return /"offset":\d+(.*)/.exec(stdout)[1];
}

function runKernel(data, rest) {
  const file = join(data.dir, 'pods', data.pods[0], data.container, '0.log');
  const { stdout } = spawnSync(options.node, [join(import.meta.dirname, 'kernel.mjs'), file, rest], {
    encoding: 'utf8',
  });
  return JSON.parse(stdout);
}

function dataSet(name, lines, files) {
  const dir = join(WORK, `${name}-${lines}`);
  if (!existsSync(join(dir, 'done'))) {
    rmSync(dir, { recursive: true, force: true });
    writeLines({ lines, files, dir });
  }
  return { dir, lines, ...JSON.parse(readFileSync(join(dir, 'done'), 'utf8')) };
}

function row(name, lines, inputBytes, { cpu, rss, wallMs }, kernelMicros) {
  const micros = (cpu * 1e6) / lines;
  const cells = [
    name.padEnd(34),
    `${Math.round(lines / (wallMs / 1000)).toLocaleString('en')}`.padStart(11),
    (inputBytes / 1e6 / (wallMs / 1000)).toFixed(0).padStart(7),
    micros.toFixed(2).padStart(9),
    (micros / kernelMicros).toFixed(2).padStart(9),
    (rss / 1048576).toFixed(0).padStart(9),
  ];
  console.log(cells.join(' '));
}

const SCENARIOS = [
  { name: 'one file, no gzip', files: 1, times: 1, settings: { 'elasticsearch.compression': 'none' } },
  {
    name: 'one file, no gzip, three redacted',
    files: 1,
    times: 1,
    settings: {
      'elasticsearch.compression': 'none',
      rules: '[{match: {namespace: "*"}, redact: [email, card, jwt]}]',
    },
  },
  { name: 'one file, gzip level 1', files: 1, times: 1, settings: { 'elasticsearch.compression': 'gzip' } },
  { name: '400 files, no gzip', files: 400, times: 1, settings: { 'elasticsearch.compression': 'none' } },
  {
    name: 'one file, 10 x the bytes, no gzip',
    files: 1,
    times: 10,
    runs: 1,
    settings: { 'elasticsearch.compression': 'none' },
  },
];

mkdirSync(WORK, { recursive: true });
const one = dataSet('one', LINES, 1);
const rest = restOfDocument(one);
const kernels = Array.from({ length: Number(options.runs) }, () => runKernel(one, rest));
const kernel = {
  cpu: median(kernels.map((k) => k.cpuMicros)) / 1e6,
  rss: median(kernels.map((k) => k.rssBytes)),
  wallMs: median(kernels.map((k) => k.wallMs)),
};
const kernelMicros = (kernel.cpu * 1e6) / LINES;
console.log(
  `${LINES.toLocaleString('en')} mixed lines, ${(one.bytes / 1e6).toFixed(0)} MB; Node ${spawnSync(options.node, ['-v'], { encoding: 'utf8' }).stdout.trim()}; medians of ${options.runs}`,
);
console.log(
  `${''.padEnd(34)} ${'lines/s'.padStart(11)} ${'MB/s'.padStart(7)} ${'CPU µs/l'.padStart(9)} ${'x kernel'.padStart(9)} ${'RSS MiB'.padStart(9)}`,
);
row('bare byte kernel (reference)', LINES, one.bytes, kernel, kernelMicros);
const figures = { kernelMicros };
for (const { name, files, times, settings, runs = Number(options.runs) } of SCENARIOS) {
  if (options.only && !name.includes(options.only)) continue;
  const data = files === 1 && times === 1 ? one : dataSet(files === 1 ? 'one' : 'many', LINES * times, files);
  const results = [];
  for (let i = 0; i < runs; i++) results.push(await runAgent(data, settings));
  const result = Object.fromEntries(Object.keys(results[0]).map((key) => [key, median(results.map((r) => r[key]))]));
  row(name, data.lines, data.bytes, result, kernelMicros);
  figures[name] = { ...result, microsPerLine: (result.cpu * 1e6) / data.lines };
  if (result.documents !== data.lines) console.log(`   note: ${result.documents} documents of ${data.lines} lines`);
}
const peer = await fluentBit({ data: one, startServer, cpuSeconds, peakRss, until });
if (peer) {
  row('Fluent Bit, one file, no gzip', LINES, one.bytes, peer, kernelMicros);
  const ours = figures['one file, no gzip'];
  if (ours) {
    const each = ({ bytes, documents }) => `${Math.round(bytes / documents)} bytes a document`;
    console.log(
      `Fluent Bit (${each(peer)}) uses ${(peer.cpu / ours.cpu).toFixed(1)} x the CPU of podferry (${each(ours)})`,
    );
  }
} else console.log('Fluent Bit is not on PATH: not compared');
if (!options.only || FAIRNESS.includes(options.only)) {
  const measured = await fairness({ node: options.node, flags: NODE_FLAGS });
  sayFairness(measured);
  figures[FAIRNESS] = figuresOf(measured);
}
if (options.json) console.log(JSON.stringify(figures));
