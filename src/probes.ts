/** What `podferry check` asks the servers. The sink and the Kubernetes client are made as the agent makes them, asked and closed. */
import type { Config } from './config/config.ts';
import { PodMetadata } from './kube/pod-metadata.ts';
import { podMetadataOptions } from './metadata.ts';
import { newSink } from './sink.ts';
import { ElasticsearchSink } from './sinks/elasticsearch/elasticsearch.ts';
import type { Log } from './types.ts';
import { OperatorError } from './util/errors.ts';

/** What a server answered. */
export interface ServerCheck {
  readonly ok: boolean;
  /** What was found out, or the reason of the failure. */
  readonly lines: readonly string[];
}

/** The answer says what was found. Nobody needs to read what happens meanwhile. */
const SILENT: Log = { info() {}, warn() {}, error() {}, throttled() {} };
/** A person waits for the answer. */
const PATIENCE_MS = 10_000;

export async function probeElasticsearch(config: Config): Promise<ServerCheck> {
  const timeout = Math.min(config.elasticsearch.timeout, PATIENCE_MS);
  const sink = newSink(
    { ...config, elasticsearch: { ...config.elasticsearch, timeout } },
    {
      stdout: { write: () => Promise.resolve(), format: 'ndjson', colour: false, failed() {} },
      acknowledged() {},
      retried() {},
      request() {},
      log: SILENT,
    },
  );
  if (!(sink instanceof ElasticsearchSink)) throw new Error('the sink is not Elasticsearch');
  const { ok, detail } = await sink.probe();
  await sink.close();
  return { ok, lines: detail.split('; ') };
}

export async function probeKubernetes(config: Config, version: string): Promise<ServerCheck> {
  try {
    const book = new PodMetadata({ ...podMetadataOptions(config, version), log: SILENT });
    return await book.check();
  } catch (error) {
    if (error instanceof OperatorError) return { ok: false, lines: [error.message] };
    throw error;
  }
}
