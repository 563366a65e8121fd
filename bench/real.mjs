// What documents cost a real server: how many it takes a second, its CPU, and its disk. The servers are those of npm run test:real,
// fetched with Maven. Each starts empty and takes a small round to warm up; then come rounds with ids of podferry and of its own in
// turn.
//
//   node bench/real.mjs [--documents 300000] [--runs 3] [--only NAME] [--ids deterministic,auto] [--plain] [--podferry FILE]
//                       [--set KEY=VALUE]…                                                            after npm run build
//
// --only: a part of a server's name. --plain: without podferry setup, with what the server brings. --podferry: another build, to
// compare with. --set: a setting of podferry, for all rounds.
//
// A round replays the mixed lines into a data stream that is not there yet. The time is the whole replay's. CPU is the server's, all
// threads, until everything is stored and can be found. The disk is that of one segment, after a forced merge.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { AGENT } from './agent.mjs';
import { writeLines } from './lines.mjs';

const { values: options } = parseArgs({
  options: {
    documents: { type: 'string', default: '300000' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    ids: { type: 'string', default: 'deterministic,auto' },
    plain: { type: 'boolean', default: false },
    podferry: { type: 'string', default: AGENT },
    set: { type: 'string', multiple: true, default: [] },
  },
});
const DOCUMENTS = Number(options.documents);
const IDS = options.ids.split(',');
/** Java compiles what is used often. */
const WARM_UP = Math.ceil(DOCUMENTS / 10);
const ROOT = join(import.meta.dirname, '..');
const STREAM = 'logs-podferry-default';
const TICKS_PER_SECOND = 100;
const START_MS = 120_000;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

/** The servers of the tests. Bundled on the way in: Node 20 does not read TypeScript. */
async function servers() {
  const from = join(ROOT, 'test', 'real');
  const { outputFiles } = await build({
    entryPoints: [join(from, 'kinds.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    // They find what Maven and Java need beside themselves.
    define: { 'import.meta.dirname': JSON.stringify(from) },
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  const { KINDS } = await import(`data:text/javascript;base64,${code}`);
  return KINDS.filter(({ name }) => name.includes(options.only));
}

async function freePort(least, most) {
  for (;;) {
    const port = least + Math.floor(Math.random() * (most - least + 1));
    const probe = createServer();
    const isFree = await new Promise((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

/** Starts it. Answers how it is asked, and its process. */
async function start(kind) {
  const base = mkdtempSync(join(tmpdir(), 'podferry-bench-'));
  const port = await freePort(...kind.ports);
  const [path, ...args] = kind.command(base, port);
  const child = spawn(path, args, { stdio: 'ignore', cwd: base });
  const url = `http://127.0.0.1:${port}`;
  const ask = async (method, path, body) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const stop = async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
    rmSync(base, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_MS;
  while (!(await ask('GET', '/_cluster/health?wait_for_status=yellow').catch(() => undefined))) {
    if (Date.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error(`${kind.name} does not start`);
    }
    await pause(200);
  }
  return { url, pid: child.pid, ask, stop };
}

/** CPU seconds a process has used, all threads. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Runs podferry against the server; answers how many bytes it printed. */
function podferry({ url }, ...args) {
  const state = mkdtempSync(join(tmpdir(), 'podferry-bench-state-'));
  const set = ['node_name=node-1', 'sink=elasticsearch', `elasticsearch.nodes=${url}`, `state.dir=${state}`];
  const settings = [...set, ...options.set].flatMap((each) => ['--set', each]);
  return new Promise((resolve, reject) => {
    const [command, ...rest] = args;
    const all = [options.podferry, command, ...settings, ...rest];
    const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [printed, said] = [0, ''];
    child.stdout.on('data', (data) => (printed += data.length));
    child.stderr.on('data', (data) => (said += data));
    child.once('close', (code) => {
      rmSync(state, { recursive: true, force: true });
      if (code === 0) resolve(printed);
      else reject(new Error(`podferry ${command}: ${said}`));
    });
  });
}

/** One round: the stream is not there before it, nor after it. */
async function round(server, id, documents) {
  const { ask, pid } = server;
  const before = cpuSeconds(pid);
  const started = performance.now();
  await podferry(server, ...replayOf(documents), '--set', `elasticsearch.id=${id}`);
  const seconds = (performance.now() - started) / 1000;
  await ask('POST', `/${STREAM}/_refresh`);
  const cpu = cpuSeconds(pid) - before;
  const { count } = await ask('GET', `/${STREAM}/_count`);
  if (count !== documents) throw new Error(`${count} documents of ${documents} are there`);
  await ask('POST', `/${STREAM}/_forcemerge?max_num_segments=1`);
  // A search may still hold the segments before the merge.
  await ask('POST', `/${STREAM}/_refresh`);
  // The statistics of the store are some seconds old.
  const { indices } = await ask('GET', `/${STREAM}/_segments`);
  const [index] = Object.values(indices);
  const segments = Object.values(index.shards['0'][0].segments).filter(({ search }) => search);
  const disk = segments.reduce((sum, { size_in_bytes: bytes }) => sum + bytes, 0);
  if (segments.length !== 1) throw new Error(`${segments.length} segments after a forced merge`);
  await ask('DELETE', `/_data_stream/${STREAM}`).catch(() => ask('DELETE', `/${STREAM}`));
  return { seconds, cpu, disk };
}

/** The arguments of a replay of so many lines. */
function replayOf(lines) {
  const dir = join(ROOT, '.bench', `real-${lines}`);
  if (!existsSync(join(dir, 'done'))) {
    mkdirSync(dir, { recursive: true });
    writeLines({ lines, files: 1, dir });
  }
  return ['replay', join(dir, 'pods'), '--pods', join(dir, 'pods.json')];
}

function row(name, { seconds, cpu, disk }) {
  const cells = [
    name.padEnd(40),
    Math.round(DOCUMENTS / seconds)
      .toLocaleString('en')
      .padStart(11),
    cpu.toFixed(1).padStart(7),
    ((cpu * 1e6) / DOCUMENTS).toFixed(0).padStart(9),
    (disk / DOCUMENTS).toFixed(0).padStart(11),
  ];
  console.log(cells.join(' '));
}

/** The mean length of what is sent for a document. */
async function bytesEach() {
  const bulk = await podferry(
    { url: 'http://127.0.0.1:1' },
    ...replayOf(DOCUMENTS),
    '--format',
    'bulk',
    '--set',
    'sink=stdout',
  );
  return bulk / DOCUMENTS;
}

console.log(
  `${DOCUMENTS.toLocaleString('en')} documents of ${(await bytesEach()).toFixed(0)} bytes, ` +
    `${options.plain ? 'without' : 'with'} podferry setup; medians of ${options.runs}`,
);
console.log(
  `${''.padEnd(40)} ${'documents/s'.padStart(11)} ${'CPU s'.padStart(7)} ${'CPU µs/d'.padStart(9)} ${'disk, B/d'.padStart(11)}`,
);
for (const kind of await servers()) {
  const why = kind.whyNot();
  if (why !== undefined) {
    console.log(`${kind.name}: ${why}`);
    continue;
  }
  const server = await start(kind);
  try {
    if (!options.plain) await podferry(server, 'setup');
    else await kind.builtIn?.(server);
    await round(server, IDS[0], WARM_UP);
    const rounds = Object.fromEntries(IDS.map((id) => [id, []]));
    for (let i = 0; i < Number(options.runs); i++) {
      // In turn, and every other time the other way round: whoever comes first finds a server that is a little slower.
      for (const id of i % 2 === 0 ? IDS : IDS.toReversed()) rounds[id].push(await round(server, id, DOCUMENTS));
    }
    for (const id of IDS) {
      const of = (key) => median(rounds[id].map((each) => each[key]));
      row(`${kind.name}, ids ${id}`, { seconds: of('seconds'), cpu: of('cpu'), disk: of('disk') });
    }
  } finally {
    await server.stop();
  }
}
