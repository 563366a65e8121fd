/**
 * A fake Elasticsearch (or OpenSearch) on a real socket, strict where the real one is strict: media types, query
 * parameters, NDJSON, data streams, duplicate ids, filter_path, credentials. It can be told to misbehave in every way a
 * real one, or a proxy before it, is known to.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { bulk, type BulkResponse, type ItemOverride, type StoredDocument } from './elasticsearch-bulk.ts';
import { answerQuestion } from './elasticsearch-questions.ts';
import { errorBody, refusalOf } from './elasticsearch-refusals.ts';
import { filterPath } from './filter-path.ts';

export type { ItemOverride, StoredDocument } from './elasticsearch-bulk.ts';

/** How a bulk request goes wrong. */
export type Misbehaviour =
  /** Answers this and stores nothing. A string goes out as text/html, as from a proxy. */
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  /** Never answers. */
  | { readonly hang: true }
  /** Closes the socket before it answers, having stored nothing. */
  | { readonly reset: true }
  /** Stores everything, then cuts the answer after so many bytes. */
  | { readonly cut: number }
  /** Stores everything, then sends so many bytes of the answer and no more. */
  | { readonly stall: number }
  /** Answers for so many documents more (or fewer). */
  | { readonly extraItems: number }
  /** Judges items by this, for one request. */
  | { readonly item: (source: string, position: number) => ItemOverride | undefined };

/** What may be changed at any time. */
export interface Manners {
  flavor: 'elasticsearch' | 'opensearch';
  version: string;
  /** It is Elasticsearch Serverless: what concerns nodes, and index lifecycle management, is refused. */
  serverless: boolean;
  /** Keys as in `Authorization: ApiKey …`, and users with passwords. Both undefined: no security. */
  apiKeys: string[] | undefined;
  users: Record<string, string> | undefined;
  /** The credentials may create documents. */
  mayCreate: boolean;
  /** The credentials may ask for `GET /`. */
  mayMonitor: boolean;
  /** A template makes the target a data stream. */
  template: boolean;
  /** What that template makes of documents; made by podferry setup unless told otherwise. */
  mappings: object;
  /** Larger bodies, uncompressed, get 413. */
  maxBytes: number;
  /** A proxy takes the x-elastic-product header away. */
  hideProduct: boolean;
  delayMs: number;
  /** With more bulk requests at a time the write queue is full: each item of the surplus gets 429. */
  queue: number;
  item: (source: string, position: number) => ItemOverride | undefined;
  /** What is answered to questions (all but bulk requests) instead. */
  question: (request: FakeRequest) => [status: number, body: unknown] | undefined;
  /** For every bulk request without an entry in next(). */
  always: Misbehaviour | undefined;
}

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** As sent, gzipped perhaps. */
  readonly rawBytes: number;
  /** Uncompressed. */
  readonly body: Buffer;
  /** What was answered; undefined while, or if, nothing was. */
  status: number | undefined;
}

export interface FakeElasticsearch {
  readonly url: string;
  readonly manners: Manners;
  /** By _id. */
  readonly docs: Map<string, StoredDocument>;
  readonly requests: FakeRequest[];
  readonly bulks: () => FakeRequest[];
  /** The next bulk requests go wrong like this, in the order of the calls. */
  readonly next: (how: Misbehaviour, times?: number) => void;
  /** Cuts all connections and stops listening. */
  readonly stop: () => Promise<void>;
}

export interface FakeOptions extends Partial<Manners> {
  readonly port?: number;
  readonly tls?: { key: string; cert: string };
  /** Bodies of requests are kept; switch off for large runs. */
  readonly keepBodies?: boolean;
}

const EMPTY = Buffer.alloc(0);
/** A full write queue, in the words of each. */
const QUEUE_FULL = { elasticsearch: 'es_rejected_execution_exception', opensearch: 'rejected_execution_exception' };

export async function startElasticsearch(options: FakeOptions = {}): Promise<FakeElasticsearch> {
  const { port = 0, tls, keepBodies = true, ...overrides } = options;
  const manners: Manners = {
    flavor: 'elasticsearch',
    version: overrides.flavor === 'opensearch' ? '3.8.0' : '9.5.0',
    serverless: false,
    apiKeys: undefined,
    users: undefined,
    mayCreate: true,
    mayMonitor: true,
    template: true,
    mappings: { _meta: { managed_by: 'podferry', version: '0.1.0' } },
    maxBytes: 100 * 1024 * 1024,
    hideProduct: false,
    delayMs: 0,
    queue: Infinity,
    item: () => undefined,
    question: () => undefined,
    always: undefined,
    ...overrides,
  };
  const docs = new Map<string, StoredDocument>();
  const requests: FakeRequest[] = [];
  const misbehaviours: Misbehaviour[] = [];
  const sockets = new Set<Socket>();
  let busy = 0;

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const { pathname, searchParams } = new URL(request.url!, 'http://fake');
      const seen: FakeRequest = {
        method: request.method!,
        path: decodeURIComponent(pathname),
        query: searchParams,
        headers: request.headers,
        rawBytes: raw.length,
        body: request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw,
        status: undefined,
      };
      requests.push(keepBodies ? seen : { ...seen, body: EMPTY });
      const isQueued = isBulk(seen) && busy < manners.queue;
      if (isQueued) busy++;
      setTimeout(() => {
        if (isQueued) busy--;
        else if (isBulk(seen))
          misbehaviours.unshift({ item: () => ({ status: 429, type: QUEUE_FULL[manners.flavor] }) });
        answer(seen, new Reply(response, seen, manners));
      }, manners.delayMs);
    });
  };

  const answer = (request: FakeRequest, reply: Reply): void => {
    if (!isBulk(request)) return reply.send(...answerQuestion(request, manners, docs));
    const how = misbehaviours.shift() ?? manners.always;
    if (how !== undefined && 'hang' in how) return;
    if (how !== undefined && 'reset' in how) return reply.reset();
    if (how !== undefined && 'status' in how) return reply.send(how.status, how.body, how.headers);
    const refusal = refusalOf(request, manners);
    if (refusal !== undefined) return reply.send(refusal.status, errorBody(refusal, manners));
    const result = bulk(request.body, request.path.split('/')[1]!, docs, {
      ...manners,
      requireDataStream: request.query.get('require_data_stream') === 'true',
      item: how !== undefined && 'item' in how ? how.item : manners.item,
    });
    if ('reason' in result) return reply.send(result.status, errorBody(result, manners));
    if (how !== undefined && 'extraItems' in how) addItems(result, how.extraItems);
    const filtered = filterPath(result, request.query.get('filter_path'));
    if (how !== undefined && 'cut' in how) return reply.cut(200, filtered, how.cut);
    if (how !== undefined && 'stall' in how) return reply.stall(200, filtered, how.stall);
    reply.send(200, filtered);
  };

  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    manners,
    docs,
    requests,
    bulks: () => requests.filter(isBulk),
    next: (how, times = 1) => {
      for (let i = 0; i < times; i++) misbehaviours.push(how);
    },
    stop: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Writes one answer as the server at hand would. */
class Reply {
  readonly #response: ServerResponse;
  readonly #request: FakeRequest;
  readonly #manners: Manners;

  constructor(response: ServerResponse, request: FakeRequest, manners: Manners) {
    this.#response = response;
    this.#request = request;
    this.#manners = manners;
  }

  send(status: number, body: unknown = '', headers: Record<string, string> = {}): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    this.#head(status, typeof body === 'string' ? 'text/html' : 'application/json', text, headers);
    this.#response.end(this.#request.method === 'HEAD' ? '' : text);
  }

  cut(status: number, body: unknown, bytes: number): void {
    const text = JSON.stringify(body);
    this.#head(status, 'application/json', text, {});
    // Destroyed only after these bytes have left, or the client would not even see the status.
    this.#response.write(text.slice(0, bytes), () => this.#response.socket?.destroy());
    if (bytes === 0) this.#response.flushHeaders();
  }

  stall(status: number, body: unknown, bytes: number): void {
    const text = JSON.stringify(body);
    this.#head(status, 'application/json', text, {});
    this.#response.flushHeaders();
    this.#response.write(text.slice(0, bytes));
  }

  reset(): void {
    this.#response.socket?.destroy();
  }

  #head(status: number, type: string, text: string, headers: Record<string, string>): void {
    const { flavor, hideProduct } = this.#manners;
    this.#request.status = status;
    this.#response.writeHead(status, {
      ...(flavor === 'elasticsearch' && !hideProduct && { 'x-elastic-product': 'Elasticsearch' }),
      'content-type': type,
      'content-length': Buffer.byteLength(text),
      ...headers,
    });
  }
}

function isBulk({ path }: FakeRequest): boolean {
  return path.endsWith('/_bulk');
}

function addItems(result: BulkResponse, count: number): void {
  if (count < 0) result.items.length += count;
  for (let i = 0; i < count; i++) result.items.push(result.items[0]!);
}
