/**
 * One exchange with Elasticsearch: bytes out, status and text back, through the official client used as transport only
 * (its connection pool spreads requests over the nodes and steers away from those that failed).
 *
 * Nothing of the client that decides for us is left on: no retries, no product check (OpenSearch fails it), no parsing of
 * answers, no vendor media types (each major version refuses the next one's), no secrets in addresses.
 */
import { Client, Serializer, Transport } from '@elastic/elasticsearch';
import type { Answer, Failure } from './bulk.ts';

export interface Request {
  readonly method: 'GET' | 'POST';
  /** Path below the node's own, without query. */
  readonly path: string;
  readonly query?: string;
  /** Borrowed until the exchange is over. */
  readonly body?: Buffer;
  readonly contentType?: 'application/x-ndjson' | 'application/json';
  readonly gzipped?: boolean;
  readonly authorization: string | undefined;
  /** Milliseconds for the whole exchange, connecting and reading the answer included. */
  readonly timeoutMs: number;
}

export interface WireOptions {
  /** Node URLs without credentials. */
  readonly nodes: readonly string[];
  /** The CA bundle in PEM, as it is now; undefined: the system's. Asked before every exchange. */
  readonly ca: () => Buffer | undefined;
}

/** An answer to 20,000 documents that were all refused at length stays below this. */
const LARGEST_ANSWER = 64 * 1024 * 1024;
/** Shorter than load balancers and NAT keep an idle connection: they forget it without a word. */
const KEEP_ALIVE_MS = 30_000;

/** Lets OpenSearch, and proxies that strip the product header, be. */
class UncheckedTransport extends Transport {
  constructor(options: ConstructorParameters<typeof Transport>[0]) {
    super({ ...options, productCheck: undefined });
  }
}

/** Hands answers on as text: bulk.ts reads the usual one without parsing it. */
class NoParsing extends Serializer {
  override deserialize<T>(json: string): T {
    return json as T;
  }
}

export class Wire {
  readonly #options: WireOptions;
  #ca: Buffer | undefined;
  #client: Client;

  constructor(options: WireOptions) {
    this.#options = options;
    this.#ca = options.ca();
    this.#client = connect(options.nodes, this.#ca);
  }

  /** Sends and waits for the whole answer, of whatever status. Rejects only when stopped, with the signal's reason. */
  async exchange(request: Request, stop: AbortSignal): Promise<Answer | Failure> {
    stop.throwIfAborted();
    const client = this.#current();
    // A controller for each request: the client raises abort events on the signal it is given, and a shared one would
    // end its neighbours too.
    const ours = new AbortController();
    const onStop = (): void => ours.abort();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      ours.abort();
    }, request.timeoutMs);
    stop.addEventListener('abort', onStop);
    try {
      return await send(client, request, ours.signal);
    } catch (error) {
      stop.throwIfAborted();
      return failure(client, error, late ? request.timeoutMs : undefined);
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** A CA bundle takes effect with new connections only, so a changed one needs a new client. */
  #current(): Client {
    const ca = this.#options.ca();
    if (ca !== this.#ca && (ca === undefined || this.#ca === undefined || !ca.equals(this.#ca))) {
      this.#ca = ca;
      // Not awaited: it closes when the requests still on it are over, and nobody waits for that.
      void this.#client.close().catch(() => {});
      this.#client = connect(this.#options.nodes, ca);
    }
    return this.#client;
  }
}

function connect(nodes: readonly string[], ca: Buffer | undefined): Client {
  return new Client({
    nodes: [...nodes],
    Transport: UncheckedTransport,
    Serializer: NoParsing,
    maxRetries: 0,
    enableMetaHeader: false,
    maxResponseSize: LARGEST_ANSWER,
    maxCompressedResponseSize: LARGEST_ANSWER,
    // The client redacts errors by cloning all they refer to, byte by byte: with a 4 MiB body 3 s of CPU and 480 MB for
    // every 503. Nothing of an error but its status, headers and message is used below, and none is ever logged.
    redaction: { type: 'off' },
    agent: { keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS },
    headers: { 'user-agent': 'podferry', accept: 'application/json' },
    ...(ca === undefined ? {} : { tls: { ca } }),
  });
}

async function send(client: Client, request: Request, signal: AbortSignal): Promise<Answer> {
  // Named even without a body: the client would name a vendor type, which OpenSearch and older versions refuse.
  const headers: Record<string, string> = { 'content-type': request.contentType ?? 'application/json' };
  if (request.authorization !== undefined) headers['authorization'] = request.authorization;
  if (request.gzipped) headers['content-encoding'] = 'gzip';
  try {
    const { method, path, query, body } = request;
    const result = await client.transport.request<string>(
      { method, path, ...(query === undefined ? {} : { querystring: query }), ...(body && { bulkBody: body }) },
      { headers, signal, meta: true },
    );
    return answer(result);
  } catch (error) {
    if (isObject(error) && error['name'] === 'ResponseError') return answer(error['meta'] as Result);
    throw error;
  }
}

interface Result {
  statusCode: number | null;
  headers: Record<string, string | string[] | undefined>;
  body?: unknown;
}

function answer({ statusCode, headers, body }: Result): Answer {
  return {
    status: statusCode ?? 0,
    body: typeof body === 'string' ? body : '',
    retryAfter: [headers['retry-after']].flat()[0],
    product: [headers['x-elastic-product']].flat()[0],
  };
}

/** `lateAfterMs`: our own clock ended it, which the client takes for a wish of the caller and not for a fault of the node. */
function failure(client: Client, error: unknown, lateAfterMs: number | undefined): Failure {
  if (lateAfterMs === undefined) return { failed: 'connection', message: messageOf(error) };
  const meta = isObject(error) ? error['meta'] : undefined;
  const connection = isObject(meta) && isObject(meta['meta']) ? meta['meta']['connection'] : undefined;
  if (connection) client.connectionPool.markDead(connection as Parameters<Client['connectionPool']['markDead']>[0]);
  return { failed: 'timeout', message: `no answer within ${lateAfterMs / 1000} s` };
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.length > 300 ? `${message.slice(0, 300)}…` : message;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
