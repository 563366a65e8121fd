/**
 * A real Prometheus scrapes a real agent, under load and through an outage: every query of the dashboard and of the alerts is
 * run, none is an error, and each panel has something to show.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startAgent, type Agent } from '../helpers/agent.ts';
import { startElasticsearch, type FakeElasticsearch } from '../helpers/elasticsearch.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { hasPrometheus, promtool, startPrometheus, type Prometheus } from '../helpers/prometheus.ts';
import { until } from '../helpers/until.ts';
import { nodeOf } from './nodes.ts';
import { Writer } from './writer.ts';

let kubelet: FakeKubelet;
let es: FakeElasticsearch;
let agent: Agent | undefined;
let prometheus: Prometheus | undefined;

afterEach(async () => {
  await prometheus?.stop();
  await agent?.end('SIGKILL');
  await es.stop();
  kubelet.remove();
});

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

test.skipIf(!hasPrometheus)(
  'every panel shows something, and every query of an alert can be asked (skipped without prometheus)',
  { timeout: 60_000 },
  async () => {
    kubelet = new FakeKubelet();
    es = await startElasticsearch({ keepBodies: false });
    agent = await startAgent(nodeOf(kubelet), { 'elasticsearch.nodes': es.url, 'logs.sweep': '100ms' });
    const writer = new Writer(kubelet.start({ pod: 'shop' }));
    const dir = join(kubelet.root, 'prometheus');
    mkdirSync(dir);
    prometheus = await startPrometheus(dir, [new URL(agent.url).host]);
    const { query } = prometheus;
    // After a scrape that took too long nothing is there until the next one.
    const has = async (expr: string): Promise<boolean> => (await query(expr)).length > 0;

    writer.lines('stdout', 500);
    await until(() => has('podferry_settled_records_total{outcome="stored"} >= 500'), 'all is stored', 20_000);
    es.manners.always = { status: 503 };
    writer.lines('stdout', 500);
    await until(
      () => has('podferry_retries_total > 0 and on() podferry_backlog_bytes > 0'),
      'the outage is seen',
      20_000,
    );

    const { panels } = JSON.parse(readFileSync('charts/podferry/files/dashboard.json', 'utf8')) as { panels: Panel[] };
    const asked = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
    expect(asked.length).toBeGreaterThan(25);
    for (const { title, expr } of asked) {
      const chosen = expr.replaceAll('$job', '.*').replaceAll('$instance', '.*');
      await until(() => has(chosen), `${title}: ${chosen}`);
    }

    const { groups } = parse(readFileSync('charts/podferry/files/alerts.yaml', 'utf8')) as {
      groups: { rules: { expr: string }[] }[];
    };
    for (const { expr } of groups.flatMap(({ rules }) => rules)) {
      await query(expr);
      for (const name of new Set(expr.match(/\b(podferry|process)_\w+/g))) await until(() => has(name), name);
    }

    const lint = promtool(['check', 'metrics'], await (await fetch(`${agent.url}/metrics`)).text());
    expect(lint).toEqual({ ok: true, said: '' });

    es.manners.always = undefined;
    await until(() => has('podferry_backlog_bytes == 0'), 'all is delivered', 20_000);
  },
);
