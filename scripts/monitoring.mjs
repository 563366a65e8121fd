// Writes what Prometheus and Grafana get: the dashboard from the panels below, and the copies that kustomize needs, since it reads no
// file outside of its directory. `--check`: only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

const FILES = 'charts/podferry/files/';
const COMPONENTS = 'manifests/components/';

/** Of the agents that are chosen at the top of the dashboard. */
const CHOSEN = 'job=~"$job", instance=~"$instance"';
/** Process metrics have names that other programs use too. */
const OURS = 'and on (job, instance) podferry_build_info';
const WIDTH = 24;

/**
 * A row of panels: the title, and of each panel its title, kind, unit, columns of 24, and queries with their legends. `{}` in a query
 * stands for the chosen agents.
 */
const ROWS = [
  [
    'Fleet',
    ['Agents', 'stat', 'short', 3, ['count(podferry_build_info{job=~"$job"})', '']],
    ['Records per second', 'stat', 'short', 4, ['sum(rate(podferry_settled_records_total{job=~"$job"}[5m]))', '']],
    ['Waiting', 'stat', 'bytes', 3, ['sum(podferry_backlog_bytes{job=~"$job"})', '']],
    ['Oldest waiting line', 'stat', 's', 4, ['max(podferry_backlog_age_seconds{job=~"$job"})', '']],
    ['Lost, 24 h', 'stat', 'bytes', 3, ['sum(increase(podferry_lost_bytes_total{job=~"$job"}[24h]))', '']],
    ['Unseen gaps, 24 h', 'stat', 'short', 3, ['sum(increase(podferry_unseen_gaps_total{job=~"$job"}[24h]))', '']],
    [
      'Rejected, 24 h',
      'stat',
      'short',
      4,
      ['sum(increase(podferry_settled_records_total{job=~"$job", outcome=~"rejected|failure_store"}[24h]))', ''],
    ],
    [
      'Acknowledged records by outcome',
      'timeseries',
      'short',
      8,
      ['sum by (outcome) (rate(podferry_settled_records_total{job=~"$job"}[5m]))', '{{outcome}}'],
    ],
    [
      'Most waiting bytes',
      'timeseries',
      'bytes',
      8,
      ['topk(10, sum by (instance) (podferry_backlog_bytes{job=~"$job"}))', '{{instance}}'],
    ],
    [
      'Oldest waiting lines',
      'timeseries',
      's',
      8,
      ['topk(10, max by (instance) (podferry_backlog_age_seconds{job=~"$job"}))', '{{instance}}'],
    ],
  ],
  [
    'Node',
    ['Read', 'timeseries', 'Bps', 8, ['sum by (instance) (rate(podferry_read_bytes_total{}[5m]))', '{{instance}}']],
    ['Records', 'timeseries', 'short', 8, ['sum by (instance) (rate(podferry_records_total{}[5m]))', '{{instance}}']],
    [
      'Since the last acknowledgement',
      'timeseries',
      's',
      8,
      [
        'time() - max by (instance, output) (podferry_last_acknowledged_timestamp_seconds{} > 0)',
        '{{instance}} {{output}}',
      ],
    ],
    [
      'Bulk requests by outcome',
      'timeseries',
      'short',
      8,
      ['sum by (outcome) (rate(podferry_bulk_requests_total{}[5m])) > 0', '{{outcome}}'],
    ],
    [
      'Time of a bulk request',
      'timeseries',
      's',
      8,
      ['histogram_quantile(0.5, sum by (le) (rate(podferry_bulk_duration_seconds_bucket{}[5m])))', 'half'],
      ['histogram_quantile(0.99, sum by (le) (rate(podferry_bulk_duration_seconds_bucket{}[5m])))', '99 %'],
    ],
    [
      'Retries by reason',
      'timeseries',
      'short',
      8,
      ['sum by (reason) (rate(podferry_retries_total{}[5m])) > 0', '{{reason}}'],
    ],
    [
      'Bulk requests at a time',
      'timeseries',
      'short',
      6,
      ['min by (instance, output) (podferry_bulk_concurrency_limit{})', '{{instance}} {{output}}'],
    ],
    [
      'Lost by reason',
      'timeseries',
      'bytes',
      6,
      ['sum by (reason) (increase(podferry_lost_bytes_total{}[5m]))', '{{reason}}'],
    ],
    [
      'Dropped by rules',
      'timeseries',
      'short',
      6,
      ['sum by (rule) (rate(podferry_dropped_records_total{}[5m]))', '{{rule}}'],
    ],
    [
      'Rejected documents on disk',
      'timeseries',
      'bytes',
      6,
      ['sum by (instance) (podferry_deadletter_bytes{})', '{{instance}}'],
    ],
    ['Log files by state', 'timeseries', 'short', 6, ['sum by (state) (podferry_sources{})', '{{state}}']],
    [
      'Deleted files held open',
      'timeseries',
      'bytes',
      6,
      ['sum by (instance) (podferry_pinned_bytes{})', '{{instance}}'],
      ['max(podferry_pinned_limit_bytes{})', 'limit'],
    ],
    ['Held until complete', 'timeseries', 'bytes', 6, ['sum by (instance) (podferry_open_bytes{})', '{{instance}}']],
    [
      'Pods, and watches begun again',
      'timeseries',
      'short',
      6,
      ['sum by (instance) (podferry_pods{})', 'pods {{instance}}'],
      ['sum by (reason) (increase(podferry_watch_restarts_total{}[15m]))', '{{reason}}'],
    ],
    [
      'Records without metadata of their pod',
      'timeseries',
      'short',
      6,
      ['sum by (instance) (rate(podferry_partial_metadata_records_total{}[5m]))', '{{instance}}'],
    ],
    [
      'CPU',
      'timeseries',
      'short',
      9,
      [`sum by (instance) (rate(process_cpu_seconds_total{}[5m]) ${OURS})`, '{{instance}}'],
    ],
    [
      'Memory',
      'timeseries',
      'bytes',
      9,
      [`sum by (instance) (process_resident_memory_bytes{} ${OURS})`, '{{instance}}'],
      ['min(podferry_memory_limit_bytes{} > 0) or vector(0)', 'limit'],
    ],
  ],
  [
    'Container',
    [
      'The ten containers of each node with most waiting bytes',
      'timeseries',
      'bytes',
      24,
      ['topk(20, podferry_container_backlog_bytes{})', '{{namespace}}/{{pod}}/{{container}}'],
    ],
  ],
];

const dashboard = {
  uid: 'podferry',
  title: 'podferry',
  tags: ['logs'],
  schemaVersion: 38,
  version: 1,
  editable: true,
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
  templating: {
    list: [
      { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
      variable('job', 'label_values(podferry_build_info, job)'),
      variable('instance', 'label_values(podferry_build_info{job=~"$job"}, instance)'),
    ],
  },
  panels: panels(),
};
const rules = readFileSync(`${FILES}alerts.yaml`, 'utf8');
const prometheusRule = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: {
    name: 'podferry',
    namespace: 'podferry',
    labels: {
      'app.kubernetes.io/name': 'podferry',
      'app.kubernetes.io/component': 'log-agent',
      'app.kubernetes.io/part-of': 'podferry',
    },
  },
  spec: parse(rules),
};
const json = `${JSON.stringify(dashboard, undefined, 2)}\n`;
write(`${FILES}dashboard.json`, json);
write(`${COMPONENTS}dashboard/dashboard.json`, json);
write(
  `${COMPONENTS}alerts/prometheusrule.yaml`,
  `# Made of ${FILES}alerts.yaml by scripts/monitoring.mjs.\n${stringify(prometheusRule, { lineWidth: 0 })}`,
);

function panels() {
  const all = [];
  let [y, id] = [0, 1];
  for (const [title, ...row] of ROWS) {
    all.push({ id: id++, type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: WIDTH, h: 1 }, panels: [] });
    y++;
    let [x, height] = [0, 0];
    for (const [name, type, unit, w, ...queries] of row) {
      const h = type === 'stat' ? 4 : 8;
      if (x + w > WIDTH) [x, y, height] = [0, y + height, 0];
      all.push(panel(id++, name, type, unit, { x, y, w, h }, queries));
      [x, height] = [x + w, Math.max(height, h)];
    }
    y += height;
  }
  return all;
}

function panel(id, title, type, unit, gridPos, queries) {
  const datasource = { type: 'prometheus', uid: '${datasource}' };
  return {
    id,
    type,
    title,
    gridPos,
    datasource,
    fieldConfig: {
      defaults: { unit, min: 0, ...(type === 'timeseries' && { custom: { fillOpacity: 10 } }) },
      overrides: [],
    },
    options:
      type === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'none', graphMode: 'area' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(([expr, legendFormat], i) => ({
      refId: String.fromCharCode(65 + i),
      datasource,
      expr: expr.replaceAll('{}', `{${CHOSEN}}`),
      legendFormat,
    })),
  };
}

function variable(name, query) {
  return {
    name,
    label: name,
    type: 'query',
    datasource: { type: 'prometheus', uid: '${datasource}' },
    query: { query, refId: name },
    refresh: 2,
    includeAll: true,
    multi: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
    sort: 1,
  };
}

function write(path, text) {
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`${path} is not what it is made of: run node scripts/monitoring.mjs\n`);
    process.exitCode = 1;
  }
}
