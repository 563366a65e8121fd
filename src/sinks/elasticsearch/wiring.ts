/** The Elasticsearch sink, its probe and its look-up, made from the settings. */
import type { Acknowledged, Log } from '../../types.ts';
import { OperatorError } from '../../util/errors.ts';
import { DeadLetter } from '../deadletter/deadletter.ts';
import { ElasticsearchSink } from './elasticsearch.ts';
import { Lookup } from './lookup.ts';
import { nameOf } from '../../util/stream-name.ts';
import { accessOf, type ElasticsearchConfig } from './settings.ts';

interface Parts {
  readonly acknowledged: (outcome: Acknowledged) => void;
  readonly retried: (reason: string) => void;
  readonly request: (outcome: string, ms: number) => void;
  readonly log: Log;
}

export function create(config: ElasticsearchConfig, { acknowledged, retried, request, log }: Parts): ElasticsearchSink {
  const { elasticsearch, batch, state, limits } = config;
  return new ElasticsearchSink({
    ...accessOf(config),
    nodes: elasticsearch.nodes,
    target: nameOf(config.data_stream),
    streams: config.data_streams,
    secretTrouble: config.secret_trouble,
    compression: elasticsearch.compression,
    inFlight: batch.in_flight,
    flavor: elasticsearch.flavor,
    requestTimeoutMs: elasticsearch.timeout,
    deadLetter: new DeadLetter({ dir: state.dir, maxBytes: limits.deadletter_bytes, log }),
    acknowledged,
    retried,
    request,
    log,
  });
}

/** A probe says what it found; what happens under way is no news. */
const SILENT: Log = { info() {}, warn() {}, error() {}, throttled() {} };
/** A person waits for the answer. */
const PATIENCE_MS = 10_000;

export async function probe(
  config: ElasticsearchConfig,
): Promise<{ ok: boolean; warn: boolean; lines: readonly string[] }> {
  const timeout = Math.min(config.elasticsearch.timeout, PATIENCE_MS);
  const asked = { ...config, elasticsearch: { ...config.elasticsearch, timeout } };
  const sink = create(asked, { acknowledged() {}, retried() {}, request() {}, log: SILENT });
  const { ok, warn = false, detail } = await sink.checkServer();
  await sink.close();
  return { ok, warn, lines: detail.split('; ') };
}

/** @throws OperatorError where documents have ids that nobody but the server knows */
export function lookUp(config: ElasticsearchConfig, log: Log): Lookup {
  if (config.elasticsearch.id === 'auto') {
    throw new OperatorError(
      'elasticsearch.id is auto: Elasticsearch makes the ids, and no document can be found by what is on disk; ' +
        'verify --against a file, or ship with elasticsearch.id deterministic.',
    );
  }
  return new Lookup({
    ...accessOf(config),
    nodes: config.elasticsearch.nodes,
    streams: config.data_streams,
    timeoutMs: config.elasticsearch.timeout,
    log,
  });
}
