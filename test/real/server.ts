/** A real server in a process of its own, or one that runs somewhere: what tests ask of it, whichever it is. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { freePort } from '../helpers/agent.ts';
import { until } from '../helpers/until.ts';

/** A hit, as far as tests look at it. */
export interface Hit {
  readonly _index: string;
  readonly _id: string;
  readonly _source: object;
}

export interface RealServer {
  /** As in `elasticsearch.nodes`: perhaps with user and password. */
  readonly url: string;
  /** Asks it something; the answer is parsed. @throws if the status is not 2xx */
  ask(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  /** Posts lines of JSON. @throws as ask() */
  askLines(path: string, lines: string): Promise<Record<string, unknown>>;
  /** All documents of the data stream, in no order. */
  documents(): Promise<Hit[]>;
  /** Dies without a warning. */
  kill(): Promise<void>;
  /** Comes back with the data it had. */
  start(): Promise<void>;
  /** Ends and leaves nothing behind. */
  remove(): Promise<void>;
}

/** Which server a suite runs against. */
export interface Tested {
  /** As `podferry check` calls it, with its version; undefined: whatever it is. */
  readonly name: string | undefined;
  readonly mayBeKilled: boolean;
  /** Without what takes minutes and depends on no version: deaths of agents. */
  readonly isBrief?: boolean;
  /** Fetches what is needed. Answers why it cannot run here; undefined: it can. */
  whyNot(): string | undefined;
  open(): Promise<RealServer>;
  readonly builtIn?: Kind['builtIn'];
}

/** A server that tests can start. */
export interface Kind {
  readonly name: string;
  /** Ports it can be given. */
  readonly ports: readonly [least: number, most: number];
  whyNot(): string | undefined;
  /** The command that runs it. `base`: a directory for its data and its log. */
  command(base: string, port: number, settings: Settings): readonly string[];
  /** Installs the templates that the server brings, where its jars lack what does it. Answers what removes them. */
  builtIn?(server: Pick<RealServer, 'ask'>): Promise<() => Promise<void>>;
}

/** Settings of a node, by name. */
export type Settings = Readonly<Record<string, string | number>>;

export const started = (kind: Kind, settings: Settings = {}): Tested => ({
  name: kind.name,
  mayBeKilled: true,
  whyNot: kind.whyNot,
  open: () => startServer(kind, settings),
  ...(kind.builtIn && { builtIn: kind.builtIn }),
});

/** An older version beside the newest, which has the whole suite. Its own death is none of its tests. */
export const older = (kind: Kind): Tested => ({ ...started(kind), mayBeKilled: false, isBrief: true });

/** The variable holds its address. What is named podferry in it is overwritten and deleted. */
export const given: Tested = {
  name: undefined,
  mayBeKilled: false,
  whyNot: () => (env['PODFERRY_TEST_ELASTICSEARCH'] ? undefined : 'PODFERRY_TEST_ELASTICSEARCH names none'),
  open: () => Promise.resolve(runningServer(env['PODFERRY_TEST_ELASTICSEARCH']!)),
};

async function startServer({ name, ports, command }: Kind, settings: Settings): Promise<RealServer> {
  const base = mkdtempSync(join(tmpdir(), 'podferry-real-server-'));
  const port = await portFrom(...ports);
  let child: ChildProcess | undefined;
  const server: RealServer = {
    ...runningServer(`http://127.0.0.1:${port}`),
    kill: () => end(child),
    async start() {
      const [path, ...args] = command(base, port, settings);
      child = spawn(path!, args, { stdio: 'ignore', cwd: base });
      const health = (): Promise<boolean> =>
        server.ask('GET', '/_cluster/health?wait_for_status=yellow').then(
          () => true,
          () => false,
        );
      await until(health, `${name} answers; it logs into ${base}`, 240_000);
    },
    async remove() {
      await end(child);
      rmSync(base, { recursive: true, force: true });
    },
  };
  try {
    await server.start();
  } catch (error) {
    // Nobody else would end it.
    await server.kill();
    throw error;
  }
  return server;
}

/** One that somebody else started. */
function runningServer(address: string): RealServer {
  const { username, password, origin, pathname } = new URL(address);
  const url = origin + pathname.replace(/\/+$/, '');
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const authorization: Record<string, string> = username === '' ? {} : { authorization: `Basic ${basic}` };
  async function answer(method: string, path: string, body: string | undefined, type: string) {
    const headers = { 'content-type': type, ...authorization };
    const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }
  const server: RealServer = {
    url: address,
    ask: (method, path, body) => answer(method, path, body && JSON.stringify(body), 'application/json'),
    askLines: (path, lines) => answer('POST', path, lines, 'application/x-ndjson'),
    async documents() {
      await server.ask('POST', '/logs-podferry-default/_refresh');
      const hits: Hit[] = [];
      let answer = await server.ask('POST', '/logs-podferry-default/_search?scroll=1m', { size: 5000 });
      for (;;) {
        const page = (answer['hits'] as { hits: Hit[] }).hits;
        hits.push(...page);
        if (page.length === 0) return hits;
        answer = await server.ask('POST', '/_search/scroll', { scroll: '1m', scroll_id: answer['_scroll_id'] });
      }
    },
    kill: () => Promise.reject(new Error(`${url} is not ours to kill`)),
    start: () => Promise.resolve(),
    remove: () => Promise.resolve(),
  };
  return server;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function portFrom(least: number, most: number): Promise<number> {
  for (let tries = 0; tries < 1000; tries++) {
    const port = least + Math.floor(Math.random() * (most - least + 1));
    if (await freePort(port).catch(() => undefined)) return port;
  }
  throw new Error(`no free port between ${least} and ${most}`);
}
