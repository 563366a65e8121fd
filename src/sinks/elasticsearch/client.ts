/**
 * The official client, as transport only: its connection pool spreads requests over the nodes and steers away from those that
 * failed.
 *
 * Nothing of it that decides for us is left on: no retries, no product check (OpenSearch fails it), no parsing of answers, no vendor
 * media types (each major version refuses the next one's), no secrets in addresses.
 */
import type { ClientRequest, RequestOptions } from 'node:http';
import { Client, HttpConnection, Transport } from '@elastic/elasticsearch';

/** A file in PEM as it is now; undefined: there is none. Asked before every exchange. */
type PemNow = (() => Buffer | undefined) | undefined;

/** How a server is reached, besides its addresses. */
export interface Way {
  /** The authorities that are trusted; undefined: the system's. */
  readonly ca?: PemNow;
  /** Our own certificate, where the server wants one, and its key. */
  readonly cert?: PemNow;
  readonly key?: PemNow;
  /** The address of an HTTP proxy; may hold `user:password@`. */
  readonly proxy?: string | undefined;
}

/** What the files hold now. */
export interface Pem {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

/** TCP keep-alive of idle connections: load balancers and NAT drop them silently after minutes. */
const PROBE_AFTER_MS = 15_000;

/** Does not check the product: OpenSearch, and a proxy that strips the header, would fail that check. */
class UncheckedTransport extends Transport {
  constructor(options: ConstructorParameters<typeof Transport>[0]) {
    super({ ...options, productCheck: undefined });
  }
}

/**
 * Fails when the answer is no HTTP: the client takes that error for an answer without a body, and the request would never end. It
 * knows the error by its code.
 */
class StrictConnection extends HttpConnection {
  constructor(options: ConstructorParameters<typeof HttpConnection>[0]) {
    super(options);
    const make = this.makeRequest as (params: RequestOptions) => ClientRequest;
    this.makeRequest = ((params: RequestOptions) =>
      make(params).prependListener('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'HPE_INVALID_CONSTANT') error.code = 'HPE_STRICT';
      })) as typeof this.makeRequest;
  }
}

export function pemOf({ ca, cert, key }: Way): Pem {
  return { ca: ca?.(), cert: cert?.(), key: key?.() };
}

/** Whether connections made with the one are good for the other. */
export function isSamePem(a: Pem, b: Pem): boolean {
  return isEqual(a.ca, b.ca) && isEqual(a.cert, b.cert) && isEqual(a.key, b.key);
}

function isEqual(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.equals(b));
}

/** A client that has made no connection yet. `nodes`: URLs without credentials. */
export function connect(nodes: readonly string[], { proxy }: Way, { ca, cert, key }: Pem): Client {
  return new Client({
    nodes: [...nodes],
    Transport: UncheckedTransport,
    // Node's own http. The default (undici) costs a fifth more CPU for each request, and 20 MB for a while in which its
    // parser, WebAssembly, is compiled.
    Connection: StrictConnection,
    maxRetries: 0,
    enableMetaHeader: false,
    // The client redacts errors by cloning all they refer to, byte by byte: with a 4 MiB body 3 s of CPU and 480 MB for
    // every 503. Nothing of an error but its status, headers and message is used below, and none is ever logged.
    redaction: { type: 'off' },
    agent: { keepAlive: true, keepAliveMsecs: PROBE_AFTER_MS },
    ...(proxy === undefined ? {} : { proxy }),
    headers: { 'user-agent': 'podferry', accept: 'application/json' },
    tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
  });
}
