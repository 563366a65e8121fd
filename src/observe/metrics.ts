/**
 * The metrics at /metrics. docs/design.md, "The metrics", lists them: dashboards and alerts rely on their names.
 *
 * No line touches anything here. Numbers that other parts count are read at the scrape, through the suppliers. Events of a
 * request or an incident are told through the functions. Every label has a bounded set of values.
 */
import { Counter, Registry } from 'prom-client';
import type { LossReason } from '../types.ts';
import { Instruments, type LabelledValue } from './instruments.ts';
import { outputMetrics, type OutputMetrics } from './output-metrics.ts';
import { processMetrics } from './process.ts';
import { Scrape } from './scrape.ts';
import type { ContainerBehind, LabelValues, MetricSuppliers } from './suppliers.ts';

/** The functions that are told of events, and the text of all metrics. */
export interface Metrics extends OutputMetrics {
  lost(reason: LossReason, bytes: number): void;
  /** A gap of unknown size: lines that nobody saw may be missing. */
  unseenGap(): void;
  /** The text for Prometheus, and its content type. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** A record, so that the compiler asks for a new reason here too. */
const LOSSES: Record<LossReason, 0> = { rotated_away: 0, deleted_unread: 0, truncated: 0, over_cap: 0, unreadable: 0 };
export interface MetricsOptions {
  /** Of podferry, a label. */
  readonly version: string;
  readonly values: LabelValues;
  readonly suppliers: MetricSuppliers;
  /** Wall clock, ms. */
  readonly now?: () => number;
}

export function createMetrics({ version, values, suppliers: others, now = Date.now }: MetricsOptions): Metrics {
  const scrape = new Scrape();
  const suppliers: MetricSuppliers = {
    ...others,
    records: scrape.once(() => others.records()),
    sources: scrape.once(() => others.sources()),
    pods: scrape.once(() => others.pods()),
    deadLetters: scrape.once(() => others.deadLetters()),
  };
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
    'podferry_open_bytes',
    'Bytes held back until their record is complete: partial lines, stack traces, last lines without a line feed.',
    () => suppliers.sources().openBytes,
  );
  instruments.gaugeOf(
    'podferry_container_backlog_bytes',
    'Bytes that are not acknowledged yet, of the ten containers of the node that have most of them.',
    ['namespace', 'pod', 'container'],
    () => containersBehind(suppliers.sources().furthestBehind),
  );
  instruments.gauge(
    'podferry_pinned_bytes',
    'Bytes on the disk of deleted files that are held open until they are read.',
    () => suppliers.sources().pinnedBytes,
  );
  instruments.gauge('podferry_pinned_limit_bytes', 'The setting limits.pinned_bytes.', () => {
    return suppliers.sources().pinnedLimitBytes;
  });
  instruments.gaugeBy('podferry_sources', 'Log files known, by state.', 'state', () => {
    return Object.entries(suppliers.sources().states);
  });

  // Events.
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
  const outputs = outputMetrics({ registry, instruments, outputs: values.outputs, suppliers, now });
  processMetrics(version, suppliers.usage, instruments);
  return {
    ...outputs,
    lost: (reason, bytes) => lost(reason, bytes),
    unseenGap: () => unseenGaps.inc(),
    text() {
      scrape.begin();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

/** Several instances of one container are one series. */
function containersBehind(logs: readonly ContainerBehind[]): LabelledValue[] {
  return logs.map(({ namespace, pod, container, bytes }) => ({ labels: { namespace, pod, container }, value: bytes }));
}
