/**
 * One exchange with Elasticsearch: bytes out, status and text back, through the official client used as transport only
 * (its connection pool spreads requests over the nodes and steers away from those that failed).
 *
 * Nothing of the client that decides for us is left on: no retries, no product check (OpenSearch fails it), no parsing of
 * answers, no vendor media types (each major version refuses the next one's), no secrets in addresses.
 */
import { addAbortSignal, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { unzip } from 'node:zlib';
import { Client, HttpConnection, Transport } from '@elastic/elasticsearch';
import { isObject, type Answer, type Failure } from './answer.ts';

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
/** TCP keep-alive of idle connections: load balancers and NAT drop them silently after minutes. */
const PROBE_AFTER_MS = 15_000;

/** Does not check the product: OpenSearch, and a proxy that strips the header, would fail that check. */
class UncheckedTransport extends Transport {
  constructor(options: ConstructorParameters<typeof Transport>[0]) {
    super({ ...options, productCheck: undefined });
  }
}

const unpack = promisify(unzip);

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
    // end the other requests too.
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
    // Node's own http. The default (undici) costs a fifth more CPU for each request, and 20 MB for a while in which its
    // parser, WebAssembly, is compiled.
    Connection: HttpConnection,
    maxRetries: 0,
    enableMetaHeader: false,
    // The client redacts errors by cloning all they refer to, byte by byte: with a 4 MiB body 3 s of CPU and 480 MB for
    // every 503. Nothing of an error but its status, headers and message is used below, and none is ever logged.
    redaction: { type: 'off' },
    agent: { keepAlive: true, keepAliveMsecs: PROBE_AFTER_MS },
    headers: { 'user-agent': 'podferry', accept: 'application/json' },
    ...(ca === undefined ? {} : { tls: { ca } }),
  });
}

async function send(client: Client, request: Request, signal: AbortSignal): Promise<Answer> {
  // Named even without a body: the client would name a vendor type, which OpenSearch and older versions refuse.
  const headers: Record<string, string> = { 'content-type': request.contentType ?? 'application/json' };
  if (request.authorization !== undefined) headers['authorization'] = request.authorization;
  if (request.gzipped) headers['content-encoding'] = 'gzip';
  const { method, path, query, body } = request;
  // As a stream, whatever the status: the client would make a string of every answer, and an error of some.
  const result = await client.transport.request<Readable>(
    { method, path, ...(query === undefined ? {} : { querystring: query }), ...(body && { bulkBody: body }) },
    { headers, signal, meta: true, asStream: true },
  );
  const status = result.statusCode ?? 0;
  let chunks: Buffer[] | undefined;
  try {
    // The client looks at the signal only until the headers are there.
    const body = addAbortSignal(signal, result.body);
    chunks = await readAll(body, [result.headers['content-encoding']].flat()[0]);
  } finally {
    rate(client, result.meta.connection, chunks === undefined || (status >= 502 && status <= 504));
  }
  return {
    status,
    chunks,
    retryAfter: [result.headers['retry-after']].flat()[0],
    product: [result.headers['x-elastic-product']].flat()[0],
  };
}

async function readAll(body: Readable, encoding: string | undefined): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_ANSWER) throw new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  // We do not ask for it; some proxies do it all the same.
  return encoding === 'gzip' || encoding === 'deflate' ? [await unpack(Buffer.concat(chunks))] : chunks;
}

type Connection = Parameters<Client['connectionPool']['markDead']>[0];

/** Tells the pool how a node did, so that it turns to the others. */
function rate(client: Client, connection: unknown, dead: boolean): void {
  if (!connection) return;
  if (dead) client.connectionPool.markDead(connection as Connection);
  else client.connectionPool.markAlive(connection as Connection);
}

/** `lateAfterMs`: our own timer ended the request. The client does not count that as a fault of the node, so we do. */
function failure(client: Client, error: unknown, lateAfterMs: number | undefined): Failure {
  if (lateAfterMs === undefined) return { failed: 'connection', message: messageOf(error) };
  const meta = isObject(error) ? error['meta'] : undefined;
  rate(client, isObject(meta) && isObject(meta['meta']) ? meta['meta']['connection'] : undefined, true);
  return { failed: 'timeout', message: `no answer within ${lateAfterMs / 1000} s` };
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.length > 300 ? `${message.slice(0, 300)}…` : message;
}
