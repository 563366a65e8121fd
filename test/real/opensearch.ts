/**
 * A real OpenSearch node in a process of its own: fetched once with Maven into `.real/`, it runs on any Java from 21 on. What
 * the fake in test/helpers answers is what the documentation says; this is what the server does.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { env } from 'node:process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../helpers/agent.ts';
import { until } from '../helpers/until.ts';

const HERE = import.meta.dirname;
const CACHE = join(HERE, '..', '..', '.real', 'opensearch-3.8.0');
const OLDEST_JAVA = 21;
const JVMS = '/usr/lib/jvm';

/** A hit, as far as tests look at it. */
export interface Hit {
  readonly _id: string;
  readonly _source: object;
}

export interface OpenSearch {
  readonly url: string;
  /** Asks it something; the answer is parsed. @throws if the status is not 2xx */
  ask(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  /** All documents of the data stream, in no order. */
  documents(): Promise<Hit[]>;
  /** Dies without a warning. */
  kill(): Promise<void>;
  /** Comes back with the data it had. */
  start(): Promise<void>;
  /** Ends and leaves nothing behind. */
  remove(): Promise<void>;
}

/** Fetches what is needed. Answers why the suite cannot run here; undefined: it can. */
export function whyNot(): string | undefined {
  if (java() === undefined) return `no Java ${OLDEST_JAVA} or newer (JAVA_HOME, PATH, ${JVMS})`;
  try {
    download();
    return undefined;
  } catch (error) {
    return `Maven (mvn) could not fetch it: ${(error as Error).message}`;
  }
}

export async function startOpenSearch(): Promise<OpenSearch> {
  const base = mkdtempSync(join(tmpdir(), 'podferry-opensearch-'));
  // The runner adds the number of the node.
  const port = await portFrom(9201, 9299);
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const server: OpenSearch = {
    url,
    async ask(method, path, body) {
      const init = { method, headers: { 'content-type': 'application/json' } };
      const response = await fetch(url + path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return JSON.parse(text) as Record<string, unknown>;
    },
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
    kill: () => end(child, 'SIGKILL'),
    async start() {
      const args = ['-Xms256m', '-Xmx512m', '-cp', join(CACHE, '*'), 'org.codelibs.opensearch.runner.OpenSearchRunner'];
      const node = ['-basePath', base, '-numOfNode', '1', '-baseHttpPort', String(port - 1)];
      child = spawn(java()!, [...args, ...node], { stdio: 'ignore', cwd: base });
      const health = (): Promise<boolean> =>
        server.ask('GET', '/_cluster/health?wait_for_status=yellow').then(
          () => true,
          () => false,
        );
      await until(health, `OpenSearch answers; it logs to ${base}/node_1/logs`, 120_000);
    },
    async remove() {
      await end(child, 'SIGKILL');
      rmSync(base, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

/** Its jars, into CACHE, unless they are there. */
function download(): void {
  if (existsSync(CACHE)) return;
  const half = `${CACHE}.half`;
  mkdirSync(half, { recursive: true });
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies';
  const pom = join(HERE, 'opensearch.pom.xml');
  execFileSync('mvn', ['-q', '-B', '-f', pom, goal, `-DoutputDirectory=${half}`], { stdio: 'inherit' });
  renameSync(half, CACHE);
}

/** A Java that is new enough. */
function java(): string | undefined {
  const homes = existsSync(JVMS) ? readdirSync(JVMS).map((each) => join(JVMS, each)) : [];
  const home = env['JAVA_HOME'];
  const found = [...(home === undefined ? [] : [home]), ...homes].map((each) => join(each, 'bin', 'java'));
  return [...found, 'java'].find((each) => versionOf(each) >= OLDEST_JAVA);
}

function versionOf(path: string): number {
  try {
    const text = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
    return Number(/ (\d+)/.exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

async function portFrom(least: number, most: number): Promise<number> {
  for (let tries = 0; tries < 1000; tries++) {
    const port = least + Math.floor(Math.random() * (most - least + 1));
    if (await freePort(port).catch(() => undefined)) return port;
  }
  throw new Error(`no free port between ${least} and ${most}`);
}
