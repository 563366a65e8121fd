/**
 * The metrics at /metrics. docs/design.md, "The metrics", lists them: dashboards and alerts rely on their names.
 *
 * No line touches anything here. Numbers that other parts count are read at the scrape, through the suppliers. Events of a
 * request or an incident are told through the functions. Every label has a bounded set of values.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LossReason, Acknowledged } from '../types.ts';
import { Instruments } from './instruments.ts';
import { processMetrics } from './process.ts';
import type { LabelValues, MetricSuppliers } from './suppliers.ts';

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
const OUTCOMES = ['stored', 'duplicate', 'rejected', 'failure_store'] as const;

export interface MetricsOptions {
  /** Of podferry, a label. */
  readonly version: string;
  readonly values: LabelValues;
  readonly suppliers: MetricSuppliers;
  /** Wall clock, ms. */
  readonly now?: () => number;
}

export function createMetrics({ version, values, suppliers, now = Date.now }: MetricsOptions): Metrics {
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
    'Records that a rule or an annotation dropped, by rule.',
    'rule',
    values.dropped,
    () => suppliers.records().dropped,
  );
  instruments.counterBy(
    'podferry_watch_restarts_total',
    'Watches of the Kubernetes API that were begun again, by reason.',
    'reason',
    values.watchRestarts,
    () => suppliers.pods().watchRestarts,
  );
  instruments.counter(
    'podferry_refused_pod_claims_total',
    'Claims of pods on logs that are not theirs. All were refused. Somebody may want to hide the logs of another pod.',
    () => suppliers.pods().refusedClaims,
  );
  instruments.counter(
    'podferry_refused_data_streams_total',
    'Container logs that go to the data stream of the sink, since pods asked for too many others.',
    () => suppliers.refusedStreams(),
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
  instruments.gauge(
    'podferry_deadletter_bytes',
    'Rejected documents kept on disk.',
    () => suppliers.deadLetters().bytes,
  );
  instruments.gauge(
    'podferry_deadletter_oldest_timestamp_seconds',
    'When the oldest rejected document on disk was refused, seconds since 1970; 0 if there is none.',
    () => Date.parse(suppliers.deadLetters().oldest ?? '1970-01-01T00:00:00Z') / 1000,
  );
  instruments.gauge(
    'podferry_bulk_concurrency_limit',
    'Bulk requests that may be on their way at a time: batch.in_flight, or fewer while the server has too much to do.',
    () => suppliers.bulkConcurrency(),
  );
  instruments.gaugeBy('podferry_sources', 'Log files known, by state.', 'state', () => {
    return Object.entries(suppliers.sources().states);
  });

  // Events.
  const settled = instruments.told(
    'podferry_settled_records_total',
    'Records that are acknowledged: stored, stored before, rejected for good (kept in rejected.ndjson, unless the log of podferry says not), or put into the failure store by the server.',
    'outcome',
    OUTCOMES,
  );
  const lastAcknowledged = new Gauge({
    name: 'podferry_last_acknowledged_timestamp_seconds',
    help: 'When documents were acknowledged last, seconds since 1970; 0 if none were yet.',
    registers,
  });
  const lost = instruments.told(
    'podferry_lost_bytes_total',
    'Bytes that existed, of which nobody knows that they were stored, and that can be shipped no more.',
    'reason',
    Object.keys(LOSSES),
  );
  const unseenGaps = new Counter({
    name: 'podferry_unseen_gaps_total',
    help: 'Gaps of unknown size: lines that nobody saw may be missing there.',
    registers,
  });
  const requests = instruments.told(
    'podferry_bulk_requests_total',
    'Bulk requests, by how they ended.',
    'outcome',
    values.requests,
  );
  const retries = instruments.told(
    'podferry_retries_total',
    'Documents or requests sent again, by reason.',
    'reason',
    values.retries,
  );
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
    acknowledged({ stored, duplicate, rejected, failureStore = 0 }) {
      settled('stored', stored);
      settled('duplicate', duplicate);
      settled('rejected', rejected);
      settled('failure_store', failureStore);
      lastAcknowledged.set(now() / 1000);
    },
    lost: (reason, bytes) => lost(reason, bytes),
    unseenGap: () => unseenGaps.inc(),
    retried: (reason) => retries(reason),
    bulkRequest(outcome, ms) {
      requests(outcome);
      seconds.observe(ms / 1000);
    },
    batch: (bytes) => batchBytes.observe(bytes),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
