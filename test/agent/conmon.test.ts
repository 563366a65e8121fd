/**
 * The real writer: conmon, the log writer of CRI-O and podman, drives 20 containers under load while the files are rotated in
 * kubelet's exact order. Every line arrives once and in order; lines that conmon cut are whole again.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { newNode, startAgent, type Agent, type Node } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { until } from '../helpers/until.ts';
import { pass, say } from './random.ts';
import { contradictions, storedIn } from './stored.ts';

const hasConmon = spawnSync('conmon', ['--version']).status === 0;
if (!hasConmon) say('conmon is not installed (Debian: apt-get install conmon): no test with a real log writer');

const CONTAINERS = 20;
/** Lines a container writes to each stream. */
const LINES = 600;
const ROTATIONS = 8;
/** kubelet's containerLogMaxFiles, large enough that nothing unread is deleted. */
const MAX_FILES = 20;

/** What runs in the container: numbered lines, some longer than conmon's buffer of 8192 bytes, some in two writes. */
const PROGRAM = `
  import { setTimeout as pass } from 'node:timers/promises';
  import { writeSync } from 'node:fs';
  const say = (fd, text) => { for (let at = 0; at < text.length;) at += writeSync(fd, text.slice(at)); };
  for (let i = 0; i < ${LINES}; i++) {
    for (const fd of [1, 2]) {
      if (i % 97 === 13) say(fd, 'line ' + i + ' ' + 'x'.repeat(20000) + '\\n');
      else if (i % 31 === 7) { say(fd, 'line ' + i + ' in two'); await pass(20); say(fd, ' writes\\n'); }
      else say(fd, 'line ' + i + ' ' + '.'.repeat(i % 120) + '\\n');
    }
    await pass(8);
  }
`;

/** The message of line i, as the program writes it. */
function message(i: number): string {
  if (i % 97 === 13) return `line ${i} ${'x'.repeat(20_000)}`;
  if (i % 31 === 7) return `line ${i} in two writes`;
  return `line ${i} ${'.'.repeat(i % 120)}`;
}

/** One container with its conmon. */
class Conmon {
  readonly path: string;
  readonly #directory: string;
  readonly #bundle: string;
  readonly #id: string;
  readonly #conmon: ChildProcess;
  #stamp = 0;

  constructor(node: Node, i: number, runtime: string) {
    const id = i.toString(16).padStart(64, 'a');
    this.#id = id;
    this.#directory = join(node.podsDir, `shop_web-${i}_${i + 10}000000-0000-4000-8000-000000000000`, 'web');
    this.path = join(this.#directory, '0.log');
    this.#bundle = join(node.dir, 'run', id);
    fs.mkdirSync(this.#directory, { recursive: true });
    fs.mkdirSync(this.#bundle, { recursive: true });
    const b = this.#bundle;
    const flags = ['--api-version', '1', '-c', id, '-u', id, '-n', `web-${i}`, '-r', runtime, '-b', b];
    flags.push('-p', join(b, 'pid'), '--exit-dir', b, '--socket-dir-path', b, '--persist-dir', b);
    flags.push('-l', `k8s-file:${this.path}`, '--sync');
    this.#conmon = spawn('conmon', flags, { stdio: 'ignore', env: { PATH: process.env['PATH'], TZ: 'UTC' } });
    fs.symlinkSync(this.path, join(node.containersDir, `web-${i}_shop_web-${id}.log`));
  }

  /** conmon wrote its exit file, named after the container. */
  get hasExited(): boolean {
    return fs.existsSync(join(this.#bundle, this.#id));
  }

  get hasLines(): boolean {
    return (fs.statSync(this.path, { throwIfNoEntry: false })?.size ?? 0) > 0;
  }

  /** kubelet's five steps. */
  async rotate(): Promise<void> {
    const rotated = (): string[] =>
      fs
        .readdirSync(this.#directory)
        .filter((name) => name.startsWith('0.log.'))
        .sort()
        .map((name) => join(this.#directory, name));
    for (const path of rotated()) if (path.endsWith('.tmp') || fs.existsSync(`${path}.gz`)) fs.unlinkSync(path);
    const kept = rotated();
    for (const path of kept.slice(0, Math.max(0, kept.length - (MAX_FILES - 2)))) fs.unlinkSync(path);
    for (const path of rotated()) {
      if (path.endsWith('.gz')) continue;
      fs.writeFileSync(`${path}.tmp`, gzipSync(fs.readFileSync(path)));
      fs.renameSync(`${path}.tmp`, `${path}.gz`);
      fs.unlinkSync(path);
    }
    const latest = `${this.path}.20261120-01${String(this.#stamp++).padStart(4, '0')}`;
    fs.renameSync(this.path, latest);
    if (this.#reopen()) await until(() => fs.existsSync(this.path) || this.hasExited, 'conmon opened a new file');
    else fs.renameSync(latest, this.path);
  }

  /** False if conmon has exited meanwhile: then nobody reads the FIFO, and opening it to write would wait for ever. */
  #reopen(): boolean {
    try {
      const fd = fs.openSync(join(this.#bundle, 'ctl'), fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
      fs.writeSync(fd, '2 0 0\n');
      fs.closeSync(fd);
      return true;
    } catch (error) {
      if (!['ENXIO', 'EPIPE', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return false;
    }
  }

  end(): void {
    this.#conmon.kill('SIGKILL');
    const pid = join(this.#bundle, 'pid');
    if (!fs.existsSync(pid)) return;
    try {
      process.kill(Number(fs.readFileSync(pid, 'utf8')), 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
}

let node: Node;
let es: FakeElasticsearch;
let agent: Agent | undefined;
let containers: Conmon[] = [];

afterEach(async () => {
  for (const container of containers) container.end();
  await agent?.end('SIGKILL');
  await es?.stop();
  node?.remove();
});

test.skipIf(!hasConmon)(
  `${CONTAINERS} containers written by conmon arrive line by line`,
  { timeout: 120_000 },
  async () => {
    node = newNode();
    es = await startElasticsearch({ keepBodies: false });
    agent = await startAgent(node, { 'elasticsearch.nodes': es.url });
    const program = join(node.dir, 'program.mjs');
    const runtime = join(node.dir, 'runtime');
    fs.writeFileSync(program, PROGRAM);
    // `<runtime> create --bundle B --pid-file P <id>`: starts the program with the streams that conmon gave it.
    fs.writeFileSync(
      runtime,
      `#!/bin/sh
while [ $# -gt 0 ]; do case "$1" in --pid-file) shift; pid=$1;; esac; shift; done
[ -n "$pid" ] || exit 0
"${process.execPath}" "${program}" &
echo $! > "$pid"
`,
      { mode: 0o755 },
    );
    containers = Array.from({ length: CONTAINERS }, (_, i) => new Conmon(node, i, runtime));
    await until(() => containers.every((each) => fs.existsSync(each.path)), 'every container writes', 30_000);
    for (let i = 0; i < ROTATIONS; i++) {
      await pass(400);
      for (const container of containers) if (container.hasLines) await container.rotate();
    }
    await until(() => containers.every((each) => each.hasExited), 'every container has exited', 60_000);

    const all = CONTAINERS * 2 * LINES;
    await until(() => es.docs.size >= all, 'every line is stored', 30_000).catch(() => {});
    const { records, gaps } = storedIn(es.docs);
    const wanted = Array.from({ length: LINES }, (_, i) => message(i));
    for (const { path } of containers) {
      for (const stream of ['stdout', 'stderr']) {
        const found = (records.get(`${path} ${stream}`) ?? []).map((each) => each.message);
        expect(found, `${path} ${stream}`).toEqual(wanted);
      }
    }
    expect(gaps.size).toBe(0);
    expect(contradictions(es.docs)).toEqual([]);
    expect(await agent.metric('podferry_lost_bytes_total')).toBe(0);
  },
);
