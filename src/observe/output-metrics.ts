/** The metrics of outputs, each with the name of its output as a label: what waits for it, what it took, what it refused. */
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Acknowledged } from '../types.ts';
import { OUTPUT, type Instruments } from './instruments.ts';
import type { MetricSuppliers, OutputWords } from './suppliers.ts';

/** The functions that are told of events. `output`: its name. */
export interface OutputMetrics {
  acknowledged(output: string, acknowledged: Acknowledged): void;
  retried(output: string, reason: string): void;
  /** A bulk request has ended. `ms`: from its first byte to its answer. */
  bulkRequest(output: string, outcome: string, ms: number): void;
  /** A batch was sealed. `bytes`: its size before compression. */
  batch(output: string, bytes: number): void;
}

const OUTCOMES = ['stored', 'duplicate', 'rejected', 'failure_store'] as const;

export interface OutputMetricsOptions {
  readonly registry: Registry;
  readonly instruments: Instruments;
  readonly outputs: readonly OutputWords[];
  readonly suppliers: Pick<MetricSuppliers, 'sources' | 'deadLetters' | 'bulkConcurrency'>;
  /** Wall clock, ms. */
  readonly now: () => number;
}

/** Registers them. Every output has all of them from the start. */
export function outputMetrics({ registry, instruments, outputs, suppliers, now }: OutputMetricsOptions): OutputMetrics {
  const registers = [registry];
  instruments.gaugeBy(
    'podferry_backlog_bytes',
    'Bytes on disk that are not acknowledged yet, without podferry_open_bytes.',
    OUTPUT,
    () => [...suppliers.sources().behind].map(([output, { bytes }]) => [output, bytes]),
  );
  instruments.gaugeBy(
    'podferry_backlog_age_seconds',
    'How long the oldest line that is not acknowledged yet has been known; 0 if there is none.',
    OUTPUT,
    () => [...suppliers.sources().behind].map(([output, { ageMs }]) => [output, ageMs / 1000]),
  );
  instruments.gaugeBy('podferry_deadletter_bytes', 'Rejected documents kept on disk.', OUTPUT, () =>
    [...suppliers.deadLetters()].map(([output, { bytes }]) => [output, bytes]),
  );
  instruments.gaugeBy(
    'podferry_deadletter_oldest_timestamp_seconds',
    'When the oldest rejected document on disk was refused, seconds since 1970; 0 if there is none.',
    OUTPUT,
    () =>
      [...suppliers.deadLetters()].map(([output, { oldest = '1970-01-01T00:00:00Z' }]) => [
        output,
        Date.parse(oldest) / 1000,
      ]),
  );
  instruments.gaugeBy(
    'podferry_bulk_concurrency_limit',
    'Bulk requests that may be on their way at a time: batch.in_flight, or fewer while the server has too much to do.',
    OUTPUT,
    () => suppliers.bulkConcurrency(),
  );
  const names = outputs.map(({ name }) => name);
  const settled = instruments.toldByOutput(
    'podferry_settled_records_total',
    'Records that are acknowledged: stored, stored before, rejected for good (kept in rejected.ndjson, unless the log of podferry says not), or put into the failure store by the server.',
    'outcome',
    new Map(names.map((name) => [name, OUTCOMES])),
  );
  const lastAcknowledged = new Gauge({
    name: 'podferry_last_acknowledged_timestamp_seconds',
    help: 'When documents were acknowledged last, seconds since 1970; 0 if none were yet.',
    labelNames: [OUTPUT],
    registers,
  });
  const requests = instruments.toldByOutput(
    'podferry_bulk_requests_total',
    'Bulk requests, by how they ended.',
    'outcome',
    new Map(outputs.map((each) => [each.name, each.requests])),
  );
  const retries = instruments.toldByOutput(
    'podferry_retries_total',
    'Documents or requests sent again, by reason.',
    'reason',
    new Map(outputs.map((each) => [each.name, each.retries])),
  );
  const seconds = new Histogram({
    name: 'podferry_bulk_duration_seconds',
    help: 'Time from sending a bulk request to its answer.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 90],
    labelNames: [OUTPUT],
    registers,
  });
  const batchBytes = new Histogram({
    name: 'podferry_batch_bytes',
    help: 'Size of bulk bodies before compression.',
    buckets: [16, 64, 256, 1024, 4096, 16384, 65536].map((kib) => kib * 1024),
    labelNames: [OUTPUT],
    registers,
  });
  for (const output of names) {
    lastAcknowledged.set({ output }, 0);
    for (const histogram of [seconds, batchBytes]) histogram.zero({ output });
  }

  return {
    acknowledged(output, { stored, duplicate, rejected, failureStore = 0 }) {
      settled(output, 'stored', stored);
      settled(output, 'duplicate', duplicate);
      settled(output, 'rejected', rejected);
      settled(output, 'failure_store', failureStore);
      lastAcknowledged.set({ output }, now() / 1000);
    },
    retried: (output, reason) => retries(output, reason),
    bulkRequest(output, outcome, ms) {
      requests(output, outcome);
      seconds.observe({ output }, ms / 1000);
    },
    batch: (output, bytes) => batchBytes.observe({ output }, bytes),
  };
}
