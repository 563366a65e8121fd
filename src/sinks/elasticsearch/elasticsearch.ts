/**
 * The Elasticsearch sink: one batch is one bulk request, sent again until every document in it is acknowledged.
 *
 * What is left of a batch is one slice on its way and those cut off from it, all of them views of the slab or, once single
 * documents have to be sent again, of a copy of those. verdict.ts decides what an answer means, delivery.ts acts on it.
 */
import type { Acknowledged, Batch, DataStream, Frame, Log, Sink } from '../../types.ts';
import { pause, tryAgain } from '../../util/backoff.ts';
import { bareNode, type ElasticsearchCredentials } from './credentials.ts';
import type { DeadLetter } from '../deadletter/deadletter.ts';
import { Delivery } from './delivery.ts';
import { Endpoint } from './endpoint.ts';
import { Gate } from './gate.ts';
import { BulkSlice } from './bulk-slice.ts';
import { bulkFrame } from './frame.ts';
import { checkServer, type ServerCheck } from './server-check.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { Destination } from './sentences.ts';
import type { Way } from './client.ts';
import { nameOf } from '../../util/stream-name.ts';
import { listed } from './stream-names.ts';
import { Wire } from './wire.ts';

export interface ElasticsearchOptions extends ElasticsearchCredentials, Way {
  /** Node URLs; requests go round them. `user:password@` in one is used when no other credentials are given. */
  readonly nodes: readonly string[];
  /** The data stream of documents that name no other. */
  readonly target: string;
  /** Names and patterns of all data streams that documents may name; absent: the one alone. */
  readonly streams?: readonly string[];
  readonly compression: 'gzip' | 'none';
  readonly flavor: 'auto' | 'elasticsearch' | 'opensearch';
  /** For one request as a whole: connecting, sending, and reading the answer. */
  readonly requestTimeoutMs: number;
  /** The most bulk requests at a time. Fewer while the server has too much to do. */
  readonly inFlight: number;
  /** Bytes no body may exceed, uncompressed; absent: no limit but the batch's own. */
  readonly maxRequestBytes?: number | undefined;
  /** As in EndpointOptions. */
  readonly secretTrouble?: (() => string | undefined) | undefined;
  /** Closed with the sink. */
  readonly deadLetter: DeadLetter;
  /** Told of every document once it is acknowledged. */
  readonly acknowledged: (documents: Acknowledged) => void;
  /** Told why something is sent again: `connection`, `timeout`, `unreadable`, `http_503`, `item_429`, `credentials` … */
  readonly retried: (reason: string) => void;
  /** Told of every bulk request: `ok`, `partial` (some documents go again), or a reason as above. */
  readonly request: (outcome: string, ms: number) => void;
  readonly log: Log;
  /** In [0, 1). */
  readonly random?: () => number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Resolves after that many milliseconds; rejects as soon as the signal is aborted. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export class ElasticsearchSink implements Sink {
  readonly #place: Destination;
  readonly #wire: Wire;
  readonly #endpoint: Endpoint;
  readonly #gate: Gate;
  readonly #delivery: Delivery;
  readonly #deadLetter: DeadLetter;
  readonly #rest: (stop: AbortSignal) => Promise<void>;

  /** Connects with the first request. */
  constructor(options: ElasticsearchOptions) {
    const { nodes, target, streams = [target], random = Math.random, now = Date.now, wait = pause } = options;
    const bare = nodes.map(bareNode);
    const destination = { target, streams, nodes: bare.join(', ') };
    this.#place = destination;
    this.#wire = new Wire({ ...options, nodes: bare });
    this.#endpoint = new Endpoint({
      ...options,
      wire: this.#wire,
      destination,
      gzipped: options.compression === 'gzip',
      timeoutMs: options.requestTimeoutMs,
    });
    this.#gate = new Gate(this.#endpoint, options.inFlight);
    this.#delivery = new Delivery({
      ...options,
      gate: this.#gate,
      destination,
      endpoint: this.#endpoint,
      acknowledgements: new Acknowledgements({ ...options, target: listed(streams) }),
      random,
      now,
      wait,
    });
    this.#deadLetter = options.deadLetter;
    this.#rest = (stop) => wait(tryAgain(random), stop);
  }

  get concurrency(): number {
    return this.#gate.limit;
  }

  frame(idBytes: number, stream?: DataStream): Frame {
    return bulkFrame(idBytes, stream && nameOf(stream));
  }

  /** Resolves when every document is acknowledged, however many tries that takes. Rejects only when stopped, with the signal's reason. */
  async send(batch: Batch, stop: AbortSignal): Promise<void> {
    const todo = batch.count === 0 ? [] : [BulkSlice.of(batch)];
    let putOff = 0;
    for (let slice = todo.pop(); slice !== undefined; slice = todo.pop()) {
      const { next = [], later } = await this.#delivery.deliver(slice, stop);
      todo.push(...next.toReversed());
      if (later === undefined) continue;
      todo.unshift(later);
      if (++putOff < todo.length) continue;
      await this.#rest(stop);
      putOff = 0;
    }
  }

  /** For `podferry check`. Rejects only when stopped. */
  async checkServer(stop = new AbortController().signal): Promise<ServerCheck> {
    return checkServer(this.#endpoint.asking(stop), this.#place);
  }

  /** What became of the last request, else what the server says of our rights. */
  async obstacle(stop: AbortSignal): Promise<string | undefined> {
    const { refusal } = this.#delivery;
    if (refusal !== undefined) return refusal;
    const { ok, detail } = await this.checkServer(stop);
    return ok ? undefined : detail;
  }

  async close(): Promise<void> {
    await Promise.all([this.#wire.close(), this.#deadLetter.close()]);
  }
}
