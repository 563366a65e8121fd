/** A real Prometheus, and its tool for rules, where they are installed. */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './agent.ts';
import { until } from './until.ts';

export const hasPrometheus = ['prometheus', 'promtool'].every((each) => spawnSync(each, ['--version']).status === 0);

/** What promtool said, and whether all was well. */
export function promtool(args: readonly string[], input = '', cwd = '.'): { ok: boolean; said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, cwd, encoding: 'utf8' });
  return { ok: status === 0, said: stdout + stderr };
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Prometheus {
  /** The answer to an instant query. @throws what Prometheus says of a query that it cannot run */
  query(expr: string): Promise<Series[]>;
  stop(): Promise<void>;
}

/** Scrapes `targets` (`host:port`) every 500 ms as the job `podferry`, and keeps all in `dir`. */
export async function startPrometheus(dir: string, targets: readonly string[]): Promise<Prometheus> {
  const config = {
    global: { scrape_interval: '500ms', scrape_timeout: '500ms' },
    scrape_configs: [{ job_name: 'podferry', static_configs: [{ targets }] }],
  };
  const file = join(dir, 'prometheus.yaml');
  writeFileSync(file, JSON.stringify(config));
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(dir, 'tsdb')}`,
      `--web.listen-address=${url.slice('http://'.length)}`,
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((done) => child.once('exit', done));
  const isReady = async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true;
  await until(isReady, 'Prometheus is ready', 20_000);
  return {
    async query(expr) {
      const answer = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query: expr }) });
      const { status, error, data } = (await answer.json()) as {
        status: string;
        error?: string;
        data: { resultType: string; result: Series[] };
      };
      if (status !== 'success') throw new Error(`${expr}: ${error}`);
      return data.result;
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}
