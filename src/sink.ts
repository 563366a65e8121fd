/** The sink that the settings ask for, made the same way for every command. */
import type { Config } from './config/config.ts';
import { DeadLetter } from './sinks/deadletter/deadletter.ts';
import { ElasticsearchSink } from './sinks/elasticsearch/elasticsearch.ts';
import { StdoutSink, type StdoutOptions } from './sinks/stdout/stdout.ts';
import type { Log, Acknowledged, Sink } from './types.ts';

export interface SinkParts {
  readonly stdout: Omit<StdoutOptions, 'acknowledged'>;
  readonly acknowledged: (outcome: Acknowledged) => void;
  readonly retried: (reason: string) => void;
  readonly request: (outcome: string, ms: number) => void;
  readonly log: Log;
}

export function newSink(config: Config, { stdout, acknowledged, retried, request, log }: SinkParts): Sink {
  if (config.sink === 'stdout') return new StdoutSink({ ...stdout, acknowledged });
  const { elasticsearch, state, limits } = config;
  return new ElasticsearchSink({
    nodes: elasticsearch.nodes,
    target: config.data_stream,
    apiKey: elasticsearch.api_key,
    username: elasticsearch.username,
    password: elasticsearch.password,
    secretTrouble: config.secret_trouble,
    ca: config.elasticsearch_ca,
    compression: elasticsearch.compression,
    flavor: elasticsearch.flavor,
    requestTimeoutMs: elasticsearch.timeout,
    deadLetter: new DeadLetter({ dir: state.dir, maxBytes: limits.deadletter_bytes, log }),
    acknowledged,
    retried,
    request,
    log,
  });
}
