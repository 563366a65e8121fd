/** What `podferry check` asks the servers: the sink and the book of pods, wired as the agent would, asked and closed. */
import type { Config } from './config.ts';
import { PodBook } from './kube/pods.ts';
import { DeadLetter } from './sinks/deadletter.ts';
import { ElasticsearchSink } from './sinks/elasticsearch.ts';
import type { Log } from './types.ts';
import { OperatorError } from './util/errors.ts';

export interface Probe {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** A probe says what it found; what happens under way is no news. */
const SILENT: Log = { info() {}, warn() {}, error() {}, throttled() {} };

export async function probeElasticsearch(config: Config): Promise<Probe> {
  const { elasticsearch, state, limits } = config;
  const sink = new ElasticsearchSink({
    nodes: elasticsearch.nodes,
    target: config.data_stream,
    apiKey: elasticsearch.api_key,
    username: elasticsearch.username,
    password: elasticsearch.password,
    ca: config.elasticsearch_ca,
    compression: elasticsearch.compression,
    flavor: elasticsearch.flavor,
    requestTimeoutMs: Math.min(elasticsearch.timeout, 10_000),
    deadLetter: new DeadLetter({ dir: state.dir, maxBytes: limits.deadletter_bytes, log: SILENT }),
    settled() {},
    retried() {},
    request() {},
    log: SILENT,
  });
  try {
    const { ok, detail } = await sink.probe();
    return { ok, lines: detail.split('; ') };
  } finally {
    await sink.close();
  }
}

export async function probeKubernetes(config: Config, version: string): Promise<Probe> {
  const { kubernetes, elasticsearch } = config;
  try {
    const book = new PodBook({
      kubeconfig: kubernetes.kubeconfig,
      url: kubernetes.url,
      tokenFile: kubernetes.token_file,
      caFile: kubernetes.ca_file,
      constants: {
        node: config.node_name,
        clusterName: config.cluster_name,
        dataset: elasticsearch.dataset,
        namespace: elasticsearch.namespace,
        version,
        annotations: kubernetes.annotations,
      },
      defaults: { multiline: true, structured: true, sample: 1, minLevel: undefined },
      waitMs: kubernetes.wait,
      namespaceLabels: kubernetes.namespace_labels,
      stateDir: config.state.dir,
      log: SILENT,
    });
    return await book.probe();
  } catch (error) {
    if (error instanceof OperatorError) return { ok: false, lines: [error.message] };
    throw error;
  }
}
