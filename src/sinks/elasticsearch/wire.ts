/** One exchange with Elasticsearch: bytes out, status and bytes back, from one of the nodes. */
import { addAbortSignal, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { unzip } from 'node:zlib';
import type { Client } from '@elastic/elasticsearch';
import { plainly } from '../../util/connection-words.ts';
import { withoutCredentials } from '../../util/redact.ts';
import { unlessAborted } from '../../util/unless-aborted.ts';
import { connect, isSamePem, pemOf, type Pem, type Way } from './client.ts';
import { isObject, type Answer, type Failure } from './answer.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path below the node's own, without query. */
  readonly path: string;
  readonly query?: string;
  /** Borrowed until the exchange is over. */
  readonly body?: Buffer;
  /** Absent: application/json. */
  readonly contentType?: string;
  /** More headers, such as those that Kibana asks for. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly gzipped?: boolean;
  readonly authorization: string | undefined;
  /** Milliseconds for the whole exchange, connecting and reading the answer included. */
  readonly timeoutMs: number;
}

export interface WireOptions extends Way {
  /** Node URLs without credentials. */
  readonly nodes: readonly string[];
}

/** An answer to 20,000 documents that were all refused at length stays below this. */
const LARGEST_ANSWER = 64 * 1024 * 1024;
const unpack = promisify(unzip);
/** How long a request that is over may take to end, and close() to wait for it. */
const END_MS = 1000;

export class Wire {
  readonly #options: WireOptions;
  #pem: Pem;
  #client: Client;

  constructor(options: WireOptions) {
    this.#options = options;
    this.#pem = pemOf(options);
    this.#client = connect(options.nodes, options, this.#pem);
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
    // The client does not end a request for which a proxy never makes a connection, whatever its signal says.
    const given = new AbortController();
    ours.signal.addEventListener('abort', () => setTimeout(() => given.abort(), END_MS).unref());
    try {
      return await unlessAborted(send(client, request, ours.signal), given.signal);
    } catch (error) {
      stop.throwIfAborted();
      return failure(client, error, late ? request.timeoutMs : undefined);
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
    }
  }

  async close(): Promise<void> {
    // It waits for open requests without end. All are abandoned by now.
    await Promise.race([this.#client.close(), sleep(END_MS, undefined, { ref: false })]);
  }

  /** A certificate takes effect with new connections only, so a changed one needs a new client. */
  #current(): Client {
    const pem = pemOf(this.#options);
    if (!isSamePem(pem, this.#pem)) {
      this.#pem = pem;
      // Not awaited: it closes when the requests still on it are over, and nobody waits for that.
      void this.#client.close().catch(() => {});
      this.#client = connect(this.#options.nodes, this.#options, pem);
    }
    return this.#client;
  }
}

async function send(client: Client, request: Request, signal: AbortSignal): Promise<Answer> {
  // Named even without a body: the client would name a vendor type, which OpenSearch and older versions refuse.
  const headers: Record<string, string> = {
    ...request.headers,
    'content-type': request.contentType ?? 'application/json',
  };
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
  const message = withoutCredentials(plainly(error instanceof Error ? error.message : String(error)));
  return message.length > 300 ? `${message.slice(0, 300)}…` : message;
}
