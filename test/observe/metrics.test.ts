import { describe, expect, it } from 'vitest';
import { labelValues } from '../../src/label-values.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import type { MetricSuppliers } from '../../src/observe/suppliers.ts';
import { codeIn, rowsOf, section } from '../helpers/markdown.ts';

const VALUES = labelValues([{ name: 'default', config: { sink: 'elasticsearch' } }]);

function make(more: Partial<MetricSuppliers> = {}, values = VALUES) {
  const state = {
    readBytes: 0,
    records: { records: 0, unparsed: 0, partialMetadata: 0, dropped: new Map<string, number>() },
    sources: {
      states: {} as Record<string, number>,
      behind: new Map([['default', { bytes: 0, ageMs: 0 }]]),
      furthestBehind: [{ namespace: 'shop', pod: 'web-0', container: 'web', bytes: 0 }],
      openBytes: 0,
      pinnedBytes: 0,
      pinnedLimitBytes: 0,
    },
    pods: { pods: 0, watchRestarts: new Map<string, number>(), refusedClaims: 0 },
    refusedStreams: 0,
    bulkConcurrency: 0,
    deadLetters: { bytes: 0, oldest: undefined as string | undefined },
  };
  const suppliers: MetricSuppliers = {
    readBytes: () => state.readBytes,
    records: () => state.records,
    sources: () => state.sources,
    pods: () => state.pods,
    refusedStreams: () => state.refusedStreams,
    bulkConcurrency: () => [['default', state.bulkConcurrency]],
    deadLetters: () => [['default', state.deadLetters]],
    usage: () => ({ cpu: process.cpuUsage(), memory: process.memoryUsage(), memoryLimit: undefined }),
    ...more,
  };
  return { state, metrics: createMetrics({ version: '1.2.3', values, suppliers, now: () => 1.5e12 }) };
}

/** Sample lines, without help and type. */
async function samples(metrics: { text(): Promise<string> }): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

/** The list in docs/design.md: name, type and labels. Dashboards and alerts rely on it. */
const LISTED = rowsOf(section('docs/design.md', 'The metrics')).map(([name, type, , labels]) => {
  const all = codeIn(labels!);
  const [label, ...values] = all.filter((each) => each !== 'output');
  return { name: codeIn(name!)[0]!, type: type!, label, values, hasOutput: all.includes('output') };
});

describe('metrics', () => {
  it('are those that docs/design.md lists, with their types and labels', async () => {
    const { state, metrics } = make();
    state.records.dropped = new Map([['sample', 1]]);
    state.sources.states = { idle: 1 };
    state.pods.watchRestarts = new Map([['closed', 1]]);
    metrics.retried('default', '429');
    metrics.bulkRequest('default', 'ok', 1);
    const text = await metrics.text();
    const found = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => {
      const [, labels = ''] = new RegExp(`^${name}(?:_sum)?\\{(.*)\\}`, 'm').exec(text) ?? [];
      const all = [...labels.matchAll(/(\w+)="/g)].map((each) => each[1]);
      return { name, type, label: all.find((each) => each !== 'output'), hasOutput: all.includes('output') };
    });
    const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }) => (a.name! < b.name! ? -1 : 1);
    const listed = LISTED.map(({ name, type, label, hasOutput }) => ({ name, type, label, hasOutput }));
    expect(found.toSorted(byName)).toEqual(listed.toSorted(byName));
  });

  it('have the outcomes and reasons that docs/design.md lists', async () => {
    const found = [...(await samples(make().metrics)).keys()];
    for (const name of LISTED.filter(({ values, type }) => type === 'counter' && values.length > 0).map(
      (each) => each.name,
    )) {
      const values = found.flatMap((each) => new RegExp(`^${name}\\{\\w+="(.*?)"`).exec(each)?.[1] ?? []);
      expect(values.toSorted(), name).toEqual(LISTED.find((each) => each.name === name)!.values.toSorted());
    }
  });

  it('begin at zero, every one of them, so that the first event is an increase', async () => {
    const { state, metrics } = make();
    state.sources.states = { idle: 0 };
    const found = await samples(metrics);
    const ours = [...found].filter(([name]) => name.startsWith('podferry_') && !name.startsWith('podferry_build_info'));
    expect(ours.filter(([, value]) => value !== 0)).toEqual([]);
    expect(LISTED.filter(({ name }) => ![...found.keys()].some((each) => each.startsWith(name)))).toEqual([]);
    expect(found.get('podferry_bulk_requests_total{outcome="http_429",output="default"}')).toBe(0);
    expect(found.get('podferry_retries_total{reason="credentials",output="default"}')).toBe(0);
    expect(found.get('podferry_lost_bytes_total{reason="rotated_away"}')).toBe(0);
    expect(found.get('podferry_settled_records_total{outcome="rejected",output="default"}')).toBe(0);
    expect(found.get('podferry_records_total')).toBe(0);
    expect(found.get('podferry_refused_pod_claims_total')).toBe(0);
    expect(found.get('podferry_build_info{version="1.2.3"}')).toBe(1);
  });

  it('read what others count, at every scrape anew', async () => {
    const { state, metrics } = make();
    state.readBytes = 100;
    state.records = { records: 7, unparsed: 1, partialMetadata: 2, dropped: new Map([['sample', 3]]) };
    state.sources = {
      states: { reading: 2, idle: 5 },
      behind: new Map([['default', { bytes: 9, ageMs: 1500 }]]),
      furthestBehind: [
        { namespace: 'shop', pod: 'web-0', container: 'web', bytes: 5 },
        { namespace: 'shop', pod: 'web-0', container: 'web', bytes: 2 },
        { namespace: 'shop', pod: 'web-1', container: 'web', bytes: 1 },
      ],
      openBytes: 3,
      pinnedBytes: 11,
      pinnedLimitBytes: 12,
    };
    state.pods = { pods: 4, watchRestarts: new Map([['gone', 1]]), refusedClaims: 6 };
    state.refusedStreams = 8;
    state.deadLetters = { bytes: 70, oldest: '1970-01-01T00:00:01.500Z' };
    await metrics.text();
    const found = await samples(metrics);
    expect(Object.fromEntries([...found].filter(([name]) => name.startsWith('podferry_')))).toMatchObject({
      podferry_read_bytes_total: 100,
      podferry_records_total: 7,
      podferry_unparsed_lines_total: 1,
      podferry_partial_metadata_records_total: 2,
      'podferry_dropped_records_total{rule="sample"}': 3,
      'podferry_sources{state="reading"}': 2,
      'podferry_sources{state="idle"}': 5,
      'podferry_backlog_bytes{output="default"}': 9,
      'podferry_backlog_age_seconds{output="default"}': 1.5,
      'podferry_container_backlog_bytes{namespace="shop",pod="web-0",container="web"}': 7,
      'podferry_container_backlog_bytes{namespace="shop",pod="web-1",container="web"}': 1,
      podferry_open_bytes: 3,
      podferry_pinned_bytes: 11,
      podferry_pinned_limit_bytes: 12,
      'podferry_deadletter_bytes{output="default"}': 70,
      'podferry_deadletter_oldest_timestamp_seconds{output="default"}': 1.5,
      podferry_pods: 4,
      podferry_refused_pod_claims_total: 6,
      podferry_refused_data_streams_total: 8,
      'podferry_watch_restarts_total{reason="gone"}': 1,
    });
    state.sources.states = { idle: 1 };
    expect((await samples(metrics)).has('podferry_sources{state="reading"}')).toBe(false);
  });

  it('add up what they are told', async () => {
    const { metrics } = make();
    metrics.acknowledged('default', { stored: 5, duplicate: 2, rejected: 1 });
    metrics.acknowledged('default', { stored: 5, duplicate: 0, rejected: 0 });
    metrics.lost('over_cap', 10);
    metrics.retried('default', '429');
    metrics.bulkRequest('default', 'ok', 120);
    metrics.batch('default', 4 * 1024 * 1024);
    const found = await samples(metrics);
    expect(found.get('podferry_settled_records_total{outcome="stored",output="default"}')).toBe(10);
    expect(found.get('podferry_last_acknowledged_timestamp_seconds{output="default"}')).toBe(1.5e9);
    expect(found.get('podferry_settled_records_total{outcome="duplicate",output="default"}')).toBe(2);
    expect(found.get('podferry_lost_bytes_total{reason="over_cap"}')).toBe(10);
    expect(found.get('podferry_retries_total{reason="429",output="default"}')).toBe(1);
    expect(found.get('podferry_bulk_requests_total{outcome="ok",output="default"}')).toBe(1);
    expect(found.get('podferry_bulk_duration_seconds_sum{output="default"}')).toBeCloseTo(0.12);
    expect(found.get('podferry_batch_bytes_bucket{le="4194304",output="default"}')).toBe(1);
    expect(found.get('podferry_batch_bytes_bucket{le="1048576",output="default"}')).toBe(0);
  });

  it('tell outputs apart, each with what its sink has from the start', async () => {
    const values = labelValues([
      { name: 'default', config: { sink: 'elasticsearch' } },
      { name: 'audit', config: { sink: 'file' } },
    ]);
    const { metrics } = make({}, values);
    metrics.acknowledged('audit', { stored: 3, duplicate: 0, rejected: 0 });
    metrics.batch('audit', 1);
    const found = await samples(metrics);
    expect(found.get('podferry_settled_records_total{outcome="stored",output="audit"}')).toBe(3);
    expect(found.get('podferry_settled_records_total{outcome="stored",output="default"}')).toBe(0);
    expect(found.get('podferry_last_acknowledged_timestamp_seconds{output="default"}')).toBe(0);
    expect(found.get('podferry_batch_bytes_count{output="default"}')).toBe(0);
    expect(found.get('podferry_batch_bytes_count{output="audit"}')).toBe(1);
    const retries = [...found.keys()].filter((name) => name.startsWith('podferry_retries_total'));
    expect(retries.filter((name) => name.includes('output="audit"'))).toEqual([
      'podferry_retries_total{reason="disk",output="audit"}',
    ]);
    expect(retries).toContain('podferry_retries_total{reason="http_429",output="default"}');
  });

  it('keep labels that come from elsewhere few', async () => {
    const { state, metrics } = make();
    for (let i = 0; i < 1000; i++) metrics.retried('default', `reason ${i}`);
    state.records.dropped = new Map(Array.from({ length: 1000 }, (_, i) => [`rule ${i}`, 1]));
    const found = [...(await samples(metrics)).keys()];
    expect(found.filter((name) => name.startsWith('podferry_retries_total')).length).toBe(65);
    expect(found.filter((name) => name.startsWith('podferry_dropped_records_total')).length).toBe(65);
  });

  it('tell about the process', async () => {
    const found = await samples(make().metrics);
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(found.get('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(found.get('process_start_time_seconds')).toBeGreaterThan(1.7e9);
    expect(found.get('nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6);
    expect(found.get('process_open_fds')).toBeGreaterThan(0);
  });
});

it('ask for what is waiting, and for what lies on disk, once a scrape', async () => {
  const asked: string[] = [];
  const { metrics } = make({
    sources: () => {
      asked.push('sources');
      return { states: {}, behind: new Map(), furthestBehind: [], openBytes: 0, pinnedBytes: 0, pinnedLimitBytes: 0 };
    },
    deadLetters: () => {
      asked.push('deadLetters');
      return [];
    },
  });
  for (let scrapes = 1; scrapes <= 2; scrapes++) {
    await metrics.text();
    expect(asked.toSorted()).toEqual([...Array(scrapes).fill('deadLetters'), ...Array(scrapes).fill('sources')]);
  }
});

it.each([
  ['a limit', 268_435_456, 268_435_456],
  ['no control group', undefined, 0],
  ['a number beyond any memory, as the kernel says for none', 18_446_744_073_709_552_000, 0],
])('tell the memory limit: %s', async (_, memoryLimit, told) => {
  const usage = () => ({ cpu: process.cpuUsage(), memory: process.memoryUsage(), memoryLimit });
  expect((await samples(make({ usage }).metrics)).get('podferry_memory_limit_bytes')).toBe(told);
});

it('answers a scrape while no descriptor is left, with the memory last known', async () => {
  let isShort = false;
  const { metrics } = make({
    usage() {
      if (isShort)
        throw Object.assign(new Error('EMFILE: too many open files, uv_resident_set_memory'), { code: 'EMFILE' });
      return { cpu: process.cpuUsage(), memory: { ...process.memoryUsage(), rss: 4711 }, memoryLimit: 0 };
    },
  });
  await metrics.text();
  isShort = true;
  expect((await samples(metrics)).get('process_resident_memory_bytes')).toBe(4711);
});
