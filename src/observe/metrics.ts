/**
 * What Prometheus sees at /metrics. The names are relied on from outside: docs/design.md lists them.
 *
 * Nothing here is touched per line. What others count anyway is read when it is scraped, through the suppliers; what happens
 * per request or per incident is told through the functions. Every label has a bounded set of values.
 */
import { readdirSync } from 'node:fs';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LossReason, Settled } from '../types.ts';

/** Read at every scrape: plain numbers that only grow, and states of this moment. */
export interface MetricSuppliers {
  /** Bytes of log files handed on by the readers. */
  readBytes(): number;
  records(): {
    readonly records: number;
    readonly unparsed: number;
    readonly partialMetadata: number;
    /** By rule: `sample`, `min-level`. */
    readonly dropped: ReadonlyMap<string, number>;
  };
  sources(): {
    /** How many sources are in each state. */
    readonly states: Readonly<Record<string, number>>;
    /** Bytes on disk that are not settled. */
    readonly backlogBytes: number;
    /** Age of the oldest line that is not settled. 0 if there is none. */
    readonly backlogAgeSeconds: number;
  };
  pods(): { readonly pods: number; readonly watchRestarts: ReadonlyMap<string, number> };
  /** process.cpuUsage() and process.memoryUsage(): only main.ts talks to the process. */
  usage(): { readonly cpu: NodeJS.CpuUsage; readonly memory: NodeJS.MemoryUsage };
}

export interface Metrics {
  settled(settled: Settled): void;
  lost(reason: LossReason, bytes: number): void;
  retried(reason: string): void;
  /** One bulk request is over. `ms` from its first byte to its answer. */
  bulkRequest(outcome: string, ms: number): void;
  /** A batch was sealed: its size before compression. */
  batch(bytes: number): void;
  /** The text for Prometheus, and its content type. */
  text(): Promise<string>;
  readonly contentType: string;
}

const LOSSES = [
  'rotated_away',
  'deleted_unread',
  'truncated',
  'over_cap',
  'unreadable',
] as const satisfies LossReason[];
const OUTCOMES = ['stored', 'duplicate', 'rejected'] as const;
const MOST_LABELS = 64;

export function createMetrics({ version, suppliers }: { version: string; suppliers: MetricSuppliers }): Metrics {
  const registry = new Registry();
  const registers = [registry];

  // What others count: read at the scrape.
  supplied('podferry_read_bytes_total', 'Bytes of log files that were read.', () => suppliers.readBytes());
  supplied('podferry_records_total', 'Records made of them.', () => suppliers.records().records);
  supplied(
    'podferry_unparsed_lines_total',
    'Lines in no known format, shipped raw.',
    () => suppliers.records().unparsed,
  );
  supplied(
    'podferry_partial_metadata_records_total',
    'Records shipped before the API told their pod.',
    () => suppliers.records().partialMetadata,
  );
  suppliedBy(
    'podferry_dropped_records_total',
    'Records dropped because a rule says so.',
    'rule',
    () => suppliers.records().dropped,
  );
  suppliedBy(
    'podferry_watch_restarts_total',
    'Watches of the Kubernetes API begun anew, by reason.',
    'reason',
    () => suppliers.pods().watchRestarts,
  );
  gauge('podferry_pods', 'Pods of this node that are known.', () => suppliers.pods().pods);
  gauge('podferry_backlog_bytes', 'Bytes on disk that are not settled yet.', () => suppliers.sources().backlogBytes);
  gauge(
    'podferry_backlog_age_seconds',
    'Age of the oldest line that is not settled yet.',
    () => suppliers.sources().backlogAgeSeconds,
  );
  new Gauge({
    name: 'podferry_sources',
    help: 'Log files known, by state.',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      for (const [state, count] of bounded(Object.entries(suppliers.sources().states))) this.set({ state }, count);
    },
  });

  // What happens: told.
  const settledTotal = new Counter({
    name: 'podferry_settled_records_total',
    help: 'Records that are settled: stored, already stored before, or refused for good and kept aside.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of OUTCOMES) settledTotal.inc({ outcome }, 0);
  const lostTotal = new Counter({
    name: 'podferry_lost_bytes_total',
    help: 'Bytes that existed and will never be settled.',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of LOSSES) lostTotal.inc({ reason }, 0);
  const requests = told('podferry_bulk_requests_total', 'Bulk requests, by how they ended.', 'outcome');
  const retries = told('podferry_retries_total', 'Documents or requests sent again, by reason.', 'reason');
  const seconds = new Histogram({
    name: 'podferry_bulk_duration_seconds',
    help: 'Time from sending a bulk request to its answer.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 90],
    registers,
  });
  const batchBytes = new Histogram({
    name: 'podferry_batch_bytes',
    help: 'Size of bulk bodies before compression.',
    buckets: [16, 64, 256, 1024, 4096, 16384, 65536].map((kib) => kib * 1024),
    registers,
  });

  aboutTheProcess();
  return {
    settled({ stored, duplicate, rejected }) {
      settledTotal.inc({ outcome: 'stored' }, stored);
      settledTotal.inc({ outcome: 'duplicate' }, duplicate);
      settledTotal.inc({ outcome: 'rejected' }, rejected);
    },
    lost: (reason, bytes) => lostTotal.inc({ reason }, bytes),
    retried: retries,
    bulkRequest(outcome, ms) {
      requests(outcome);
      seconds.observe(ms / 1000);
    },
    batch: (bytes) => batchBytes.observe(bytes),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };

  function aboutTheProcess(): void {
    new Gauge({
      name: 'podferry_build_info',
      help: 'Always 1; the version is a label.',
      labelNames: ['version'],
      registers,
    }).set({ version }, 1);
    supplied('process_cpu_seconds_total', 'CPU time spent.', () => {
      const { user, system } = suppliers.usage().cpu;
      return (user + system) / 1e6;
    });
    gauge(
      'process_start_time_seconds',
      'When the process started, in seconds since 1970.',
      () => performance.timeOrigin / 1000,
    );
    gauge('process_resident_memory_bytes', 'Resident memory.', () => suppliers.usage().memory.rss);
    gauge('process_open_fds', 'Open file descriptors.', openFiles);
    gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use.', () => suppliers.usage().memory.heapUsed);
    gauge('nodejs_heap_size_total_bytes', 'JavaScript heap.', () => suppliers.usage().memory.heapTotal);
    gauge(
      'nodejs_external_memory_bytes',
      'Buffers and other memory outside of the heap.',
      () => suppliers.usage().memory.external,
    );
  }

  /** A counter whose value is read at the scrape. */
  function supplied(name: string, help: string, value: () => number): void {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }

  /** The same for one label. */
  function suppliedBy(name: string, help: string, label: string, values: () => ReadonlyMap<string, number>): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset();
        for (const [value, count] of bounded(values())) this.inc({ [label]: value }, count);
      },
    });
  }

  function gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  }

  /** A counter with one label, which others choose: after MOST_LABELS values the rest counts as `other`. */
  function told(name: string, help: string, label: string): (value: string) => void {
    const counter = new Counter({ name, help, labelNames: [label], registers });
    const seen = new Set<string>();
    return (value) => {
      if (seen.size < MOST_LABELS) seen.add(value);
      counter.inc({ [label]: seen.has(value) ? value : 'other' });
    };
  }
}

function bounded(values: Iterable<[string, number]>): Map<string, number> {
  const kept = new Map<string, number>();
  for (const [value, count] of values) {
    const name = kept.size < MOST_LABELS || kept.has(value) ? value : 'other';
    kept.set(name, (kept.get(name) ?? 0) + count);
  }
  return kept;
}

/** Linux tells; elsewhere 0. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return 0;
  }
}
