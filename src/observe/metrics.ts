/**
 * The metrics at /metrics. docs/design.md, "The metrics", lists them: dashboards and alerts rely on their names.
 *
 * No line touches anything here. Numbers that other parts count are read at the scrape, through the suppliers. Events of a
 * request or an incident are told through the functions. Every label has a bounded set of values.
 */
import { Counter, Histogram, Registry } from 'prom-client';
import type { LossReason, Acknowledged } from '../types.ts';
import { Instruments } from './instruments.ts';
import { processMetrics, type Usage } from './process.ts';

/** Read at every scrape: numbers that only grow, and present states. */
export interface MetricSuppliers {
  /** Bytes of log files that the readers handed on. */
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
    /** Bytes on disk that are not acknowledged, without those that are held open. */
    readonly backlogBytes: number;
    /** For how long the oldest line that is not acknowledged has been known; 0 if there is none. */
    readonly backlogAgeSeconds: number;
    /** Bytes of lines and records that are not complete. */
    readonly openBytes: number;
  };
  pods(): {
    readonly pods: number;
    readonly watchRestarts: ReadonlyMap<string, number>;
    /** How often a pod claimed a log that is not its own. */
    readonly refusedClaims: number;
  };
  /** process.cpuUsage() and process.memoryUsage(): only main.ts talks to the process. */
  usage(): Usage;
}

/** The functions that are told of events, and the text of all metrics. */
export interface Metrics {
  acknowledged(acknowledged: Acknowledged): void;
  lost(reason: LossReason, bytes: number): void;
  /** A gap of unknown size: lines that nobody saw may be missing. */
  unseenGap(): void;
  retried(reason: string): void;
  /** A bulk request has ended. `ms`: from its first byte to its answer. */
  bulkRequest(outcome: string, ms: number): void;
  /** A batch was sealed. `bytes`: its size before compression. */
  batch(bytes: number): void;
  /** The text for Prometheus, and its content type. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** A record, so that the compiler asks for a new reason here too. */
const LOSSES: Record<LossReason, 0> = { rotated_away: 0, deleted_unread: 0, truncated: 0, over_cap: 0, unreadable: 0 };
const OUTCOMES = ['stored', 'duplicate', 'rejected'] as const;

/** `version`: of podferry, a label. */
export function createMetrics({ version, suppliers }: { version: string; suppliers: MetricSuppliers }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const instruments = new Instruments(registry);

  // Counted by other parts, and read at the scrape.
  instruments.counter('podferry_read_bytes_total', 'Bytes of log files that were read.', () => suppliers.readBytes());
  instruments.counter(
    'podferry_records_total',
    'Records made of the lines of log files.',
    () => suppliers.records().records,
  );
  instruments.counter(
    'podferry_unparsed_lines_total',
    'Lines in no known format. They are shipped as they are.',
    () => suppliers.records().unparsed,
  );
  instruments.counter(
    'podferry_partial_metadata_records_total',
    'Records shipped before the API told their pod.',
    () => suppliers.records().partialMetadata,
  );
  instruments.counterBy(
    'podferry_dropped_records_total',
    'Records dropped by sampling or by a lowest level, by rule.',
    'rule',
    () => suppliers.records().dropped,
  );
  instruments.counterBy(
    'podferry_watch_restarts_total',
    'Watches of the Kubernetes API that were begun again, by reason.',
    'reason',
    () => suppliers.pods().watchRestarts,
  );
  instruments.counter(
    'podferry_refused_pod_claims_total',
    'Claims of pods on logs that are not theirs. All were refused. Somebody may want to hide the logs of another pod.',
    () => suppliers.pods().refusedClaims,
  );
  instruments.gauge('podferry_pods', 'Pods of this node that are known.', () => suppliers.pods().pods);
  instruments.gauge(
    'podferry_backlog_bytes',
    'Bytes on disk that are not acknowledged yet, without podferry_open_bytes.',
    () => suppliers.sources().backlogBytes,
  );
  instruments.gauge(
    'podferry_backlog_age_seconds',
    'How long the oldest line that is not acknowledged yet has been known; 0 if there is none.',
    () => suppliers.sources().backlogAgeSeconds,
  );
  instruments.gauge(
    'podferry_open_bytes',
    'Bytes held back until their record is complete: partial lines, stack traces, last lines without a line feed.',
    () => suppliers.sources().openBytes,
  );
  instruments.gaugeBy('podferry_sources', 'Log files known, by state.', 'state', () => {
    return Object.entries(suppliers.sources().states);
  });

  // Events.
  const acknowledgedTotal = new Counter({
    name: 'podferry_settled_records_total',
    help: 'Records that are acknowledged: stored, stored before, or rejected for good (kept in rejected.ndjson, unless the log of podferry says not).',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of OUTCOMES) acknowledgedTotal.inc({ outcome }, 0);
  const lostTotal = new Counter({
    name: 'podferry_lost_bytes_total',
    help: 'Bytes that existed and will never be shipped.',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of Object.keys(LOSSES)) lostTotal.inc({ reason }, 0);
  const unseenGaps = new Counter({
    name: 'podferry_unseen_gaps_total',
    help: 'Gaps of unknown size: lines that nobody saw may be missing there.',
    registers,
  });
  const requests = instruments.told('podferry_bulk_requests_total', 'Bulk requests, by how they ended.', 'outcome');
  const retries = instruments.told('podferry_retries_total', 'Documents or requests sent again, by reason.', 'reason');
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

  processMetrics(version, suppliers.usage, instruments);
  return {
    acknowledged({ stored, duplicate, rejected }) {
      acknowledgedTotal.inc({ outcome: 'stored' }, stored);
      acknowledgedTotal.inc({ outcome: 'duplicate' }, duplicate);
      acknowledgedTotal.inc({ outcome: 'rejected' }, rejected);
    },
    lost: (reason, bytes) => lostTotal.inc({ reason }, bytes),
    unseenGap: () => unseenGaps.inc(),
    retried: retries,
    bulkRequest(outcome, ms) {
      requests(outcome);
      seconds.observe(ms / 1000);
    },
    batch: (bytes) => batchBytes.observe(bytes),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
