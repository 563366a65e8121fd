/**
 * A real agent in a process of its own, over directories of a test. It runs the built bundle, as operators do.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

export const BUNDLE = join(import.meta.dirname, '..', '..', 'dist', 'podferry.mjs');

/** The directories of one imaginary node. */
export interface Node {
  readonly dir: string;
  readonly podsDir: string;
  readonly containersDir: string;
  readonly stateDir: string;
  remove(): void;
}

export function newNode(): Node {
  const dir = mkdtempSync(join(tmpdir(), 'podferry-node-'));
  const node = {
    dir,
    podsDir: join(dir, 'pods'),
    containersDir: join(dir, 'containers'),
    stateDir: join(dir, 'state'),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
  for (const each of [node.podsDir, node.containersDir, node.stateDir]) mkdirSync(each);
  return node;
}

export interface Agent {
  readonly child: ChildProcess;
  readonly url: string;
  /** What it wrote to stderr so far. */
  stderr(): string;
  /** What it wrote to stdout so far. */
  stdout(): string;
  /** The value of a metric, summed over its labels; undefined when it is not there. */
  metric(name: string): Promise<number | undefined>;
  status(): Promise<unknown>;
  /** Sends a signal and waits for the end; resolves to the exit code (null after a signal). */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface AgentOptions {
  /** False: does not wait until it has looked at all logs once. Whether its sink takes documents does not matter. */
  readonly ready?: boolean;
  readonly env?: Record<string, string>;
  /** Flags of node. */
  readonly execArgv?: readonly string[];
  /** How many files it may have open. */
  readonly descriptors?: number;
}

/** Starts an agent. `settings` are added to those of the node. */
export async function startAgent(
  node: Node,
  settings: Record<string, string>,
  { ready = true, env = {}, execArgv = [], descriptors }: AgentOptions = {},
): Promise<Agent> {
  const port = await freePort();
  const set: Record<string, string> = {
    node_name: 'node-1',
    'logs.pods_dir': node.podsDir,
    'logs.containers_dir': node.containersDir,
    'state.dir': node.stateDir,
    'kubernetes.enabled': 'false',
    'http.listen': `127.0.0.1:${port}`,
    'batch.max_age': '100ms',
    ...settings,
  };
  const flags = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const limit = descriptors === undefined ? [] : ['prlimit', `--nofile=${descriptors}:${descriptors}`];
  const [command, ...args] = [...limit, process.execPath, ...execArgv, BUNDLE, 'run', ...flags];
  const child = spawn(command!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString('utf8')));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString('utf8')));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = `http://127.0.0.1:${port}`;
  const agent: Agent = {
    child,
    url,
    stdout: () => stdout,
    stderr: () => stderr,
    async metric(name) {
      const text = await (await fetch(`${url}/metrics`)).text();
      const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].map((match) =>
        Number(match[1]),
      );
      return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
    },
    status: async () => (await fetch(`${url}/status`)).json(),
    end(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
  if (ready) {
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}: ${stderr}`);
        const answer = await fetch(`${url}/readyz`).catch(() => undefined);
        return answer !== undefined && !/log directories/.test(await answer.text());
      },
      `the agent has looked; it said: ${stderr}`,
      20_000,
    );
  }
  return agent;
}

/** A port that nobody listens on: `wanted`, or any. Rejects if somebody does. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening, refused) => {
    server.once('error', refused);
    server.listen(wanted, '127.0.0.1', listening);
  });
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}
