// The alerts and the dashboard as files: made of one truth, known to promtool, each alert with a runbook and seen to fire. That
// their queries find something in a real Prometheus is in test/agent/monitoring.test.ts.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { hasPrometheus, promtool } from '../helpers/prometheus.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const ALERTS = 'charts/podferry/files/alerts.yaml';
const rules: Rule[] = parse(readFileSync(ALERTS, 'utf8')).groups.flatMap(({ rules }: { rules: Rule[] }) => rules);

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-monitoring-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('the copies for kustomize and the dashboard are what they are made of', () => {
  const { status, stderr } = spawnSync(execPath, ['scripts/monitoring.mjs', '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('every alert has its section in the runbooks, and no section is without an alert', () => {
  const sections = [...readFileSync('docs/runbooks.md', 'utf8').matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  expect(sections).toEqual(rules.map(({ alert }) => alert));
  for (const { alert, annotations, labels } of rules) {
    expect(annotations.runbook).toBe(`docs/runbooks.md#${alert.toLowerCase()}`);
    expect(labels.severity).toMatch(/^(warning|critical)$/);
  }
});

test('alerts and panels ask for metrics that podferry has', () => {
  const known = readFileSync('docs/design.md', 'utf8');
  const { panels } = JSON.parse(readFileSync('charts/podferry/files/dashboard.json', 'utf8')) as {
    panels: { targets?: { expr: string }[] }[];
  };
  const queries = [
    ...rules.map(({ expr }) => expr),
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ];
  const names = new Set(queries.flatMap((query) => query.match(/\b(podferry|process)_\w+/g) ?? []));
  expect(names.size).toBeGreaterThan(25);
  for (const name of names) expect(known, name).toContain(`\`${name.replace(/_bucket$/, '')}\``);
});

describe.skipIf(!hasPrometheus)('by promtool (skipped without prometheus)', () => {
  beforeAll(() => {
    copyFileSync(ALERTS, join(dir, 'alerts.yaml'));
    copyFileSync('test/monitoring/alerts.test.yaml', join(dir, 'alerts.test.yaml'));
  });

  test('the rules are well formed', () => {
    expect(promtool(['check', 'rules', 'alerts.yaml'], '', dir)).toMatchObject({ ok: true });
  });

  test('each alert fires where it must, and is quiet where it must not', () => {
    expect(promtool(['test', 'rules', 'alerts.test.yaml'], '', dir)).toEqual({
      ok: true,
      said: expect.stringContaining('SUCCESS'),
    });
    const tested = [...readFileSync(join(dir, 'alerts.test.yaml'), 'utf8').matchAll(/exp_alerts:/g)];
    expect(tested.length).toBe(rules.length);
  });
});
