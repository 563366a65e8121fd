/**
 * A Kubernetes API server in small, faithful in what a list/watch client meets: versions and a history that is compacted, a
 * cache that ignores `limit`, pages by continue token, bookmarks, ERROR events, field selectors, refusals in the server's own
 * words; and everything that goes wrong between the two: cuts, silence, delay, wrong tokens, new certificates.
 */
import { Buffer } from 'node:buffer';
import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttps, type Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ApiCluster, isOn, type Change } from './apicluster.ts';
import type { Certificate } from './certificate.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

export interface ApiServerOptions {
  readonly tls?:
    | (Certificate & {
        /** A client with a certificate of this CA needs no token. */
        readonly clientCa?: string;
      })
    | undefined;
  /** Tokens that are accepted; undefined: everybody is. */
  readonly tokens?: Set<string> | undefined;
  /** A real server pages only what it reads from etcd, not what it has cached (resourceVersion=0). */
  readonly pagesCached?: boolean | undefined;
  /** Bodies over so many bytes are gzipped on request: 128 KiB in a real server. */
  readonly gzipOver?: number | undefined;
  /** Largest page, whatever the client asks for. */
  readonly largestPage?: number | undefined;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: IncomingMessage['headers'];
  readonly kind: 'list' | 'watch' | 'get' | 'review' | 'other';
  /** What it was answered with; 0: not, or not yet. */
  status: number;
  readonly at: number;
}

interface Watcher {
  readonly response: ServerResponse;
  readonly node: string | undefined;
  readonly bookmarks: boolean;
  frozen: boolean;
}

type Failure = (request: Seen, response: ServerResponse, socket: Socket) => boolean;

export class ApiServer {
  url = '';
  readonly seen: Seen[] = [];
  /** Permissions that are not given, as `verb resource`. */
  readonly denied = new Set<string>();
  /** What it knows, and what happens to that. */
  readonly cluster = new ApiCluster();
  /** Bodies of answers come in pieces of so many bytes, each in a packet of its own; 0: at once. */
  pieces = 0;

  readonly #options: ApiServerOptions;
  readonly #server: Server | HttpsServer;
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<Watcher>();
  readonly #failures: Failure[] = [];

  constructor(options: ApiServerOptions) {
    this.#options = options;
    const answer = (request: IncomingMessage, response: ServerResponse): void => this.#answer(request, response);
    const { tls } = options;
    this.cluster.changed = (change) => this.#watchers.forEach((watcher) => this.#notify(watcher, change));
    this.#server = tls
      ? createHttps(
          {
            cert: tls.cert,
            key: tls.key,
            ca: tls.clientCa,
            requestCert: tls.clientCa !== undefined,
            rejectUnauthorized: false,
          },
          answer,
        )
      : createHttp(answer);
    this.#server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(options: ApiServerOptions = {}): Promise<ApiServer> {
    const server = new ApiServer(options);
    await server.listen(0);
    return server;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(port, '127.0.0.1', done));
    this.url = `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Away, as after a crash; listen(port) brings it back with all it knew. */
  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get watches(): number {
    return this.#watchers.size;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  count(kind: Seen['kind']): number {
    return this.seen.filter((request) => request.kind === kind).length;
  }

  /** Of the requests of a kind, the last. */
  last(kind: Seen['kind']): Seen | undefined {
    return this.seen.findLast((request) => request.kind === kind);
  }

  put(pod: Json): void {
    this.cluster.put(pod);
  }

  delete(namespace: string, name: string): void {
    this.cluster.delete(namespace, name);
  }

  /** As a real server does about every minute. */
  bookmark(): void {
    for (const watcher of this.#watchers) {
      if (!watcher.bookmarks) continue;
      const metadata = { resourceVersion: this.cluster.version };
      this.#write(watcher, 'BOOKMARK', { kind: 'Pod', apiVersion: 'v1', metadata });
    }
  }

  /** Closes every watch in good order. */
  closeWatches(): void {
    for (const { response } of this.#leave()) response.end();
  }

  /** Breaks every connection. */
  cut(): void {
    this.#leave();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Sends some bytes of an event over every watch, then breaks the connection (or, if `politely`, ends the answer). */
  cutAfter(bytes: Buffer, politely = false): void {
    for (const { response } of this.#leave()) {
      if (politely) response.end(bytes);
      else response.write(bytes, () => response.destroy());
    }
  }

  /** Sends bytes over every watch as they are. */
  sendRaw(bytes: Buffer | string): void {
    for (const { response } of this.#watchers) response.write(bytes);
  }

  /** An ERROR event over every watch, after which a real server closes it. */
  sendError(status: Json): void {
    for (const watcher of this.#leave()) {
      this.#write(watcher, 'ERROR', { kind: 'Status', apiVersion: 'v1', status: 'Failure', ...status });
      watcher.response.end();
    }
  }

  /** Half-open: the watches that are open stay so, and nothing ever comes over them again. */
  freeze(): void {
    for (const watcher of this.#watchers) watcher.frozen = true;
  }

  /** The next requests of a kind (or of any) meet this instead of an answer. */
  fail(
    times: number,
    kind: Seen['kind'] | 'any',
    failure: 'hang' | 'reset' | { status: number; headers?: Record<string, string>; body?: string },
  ): void {
    let left = times;
    this.#failures.push((request, response, socket) => {
      if (left === 0 || (kind !== 'any' && request.kind !== kind)) return false;
      left--;
      if (failure === 'hang') return true;
      if (failure === 'reset') socket.destroy();
      else {
        request.status = failure.status;
        response.writeHead(failure.status, failure.headers);
        response.end(failure.body ?? JSON.stringify(refusal(failure.status, 'Failed', 'told to fail')));
      }
      return true;
    });
  }

  /** New certificates, as after a rotation; what is open stays open. */
  setCertificate(certificate: Certificate): void {
    (this.#server as HttpsServer).setSecureContext({ cert: certificate.cert, key: certificate.key });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url);
    const query = Object.fromEntries(url.searchParams);
    const resource = url.pathname.startsWith('/api/v1/namespaces/') ? 'namespaces' : 'pods';
    const kind = kindOf(request.method ?? '', url.pathname, query);
    const seen: Seen = {
      method: request.method ?? '',
      path: url.pathname,
      query,
      headers: request.headers,
      kind,
      status: 0,
      at: Date.now(),
    };
    this.seen.push(seen);
    request.resume();
    if (this.#failures.some((failure) => failure(seen, response, request.socket))) return;
    const refuse = (status: number, reason: string, message: string): void => {
      this.#send(seen, response, status, refusal(status, reason, message));
    };
    if (!this.#known(request)) return refuse(401, 'Unauthorized', 'Unauthorized');
    if (kind === 'review') return this.#review(seen, request, response);
    if (this.denied.has(`${kind} ${resource}`)) {
      const message = `${resource} is forbidden: User "system:serviceaccount:podferry:podferry" cannot ${kind} resource "${resource}" in API group "" at the cluster scope`;
      return refuse(403, 'Forbidden', message);
    }
    if (kind === 'list') return this.#list(seen, response, refuse);
    if (kind === 'watch') return this.#watch(seen, response, refuse);
    const namespace = this.cluster.namespaces.get(decodeURIComponent(url.pathname.split('/')[4] ?? ''));
    if (kind !== 'get' || namespace === undefined) return refuse(404, 'NotFound', 'not found');
    this.#send(seen, response, 200, namespace);
  }

  #known(request: IncomingMessage): boolean {
    const { tokens, tls } = this.#options;
    const { authorized } = request.socket as Socket & { authorized?: boolean };
    if (tls?.clientCa !== undefined && authorized === true) return true;
    return tokens === undefined || tokens.has((request.headers.authorization ?? '').replace(/^Bearer /, ''));
  }

  #review(seen: Seen, request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const { verb, resource } = review.spec.resourceAttributes;
      const allowed = !this.denied.has(`${verb} ${resource}`);
      this.#send(seen, response, 201, {
        ...review,
        status: allowed ? { allowed } : { allowed, reason: 'no RBAC policy matched' },
      });
    });
  }

  #list(seen: Seen, response: ServerResponse, refuse: (status: number, reason: string, message: string) => void): void {
    const { query } = seen;
    const token = query['continue'];
    const cached = query['resourceVersion'] === '0';
    if (token !== undefined && query['resourceVersion'] !== undefined && !cached) {
      return refuse(400, 'BadRequest', 'specifying resource version is not allowed when using continue');
    }
    const limit = cached && this.#options.pagesCached !== true ? Infinity : Number(query['limit'] ?? Infinity);
    const page = this.cluster.list(nodeOf(query), Math.min(limit, this.#options.largestPage ?? Infinity), token);
    if (page === 'expired') return refuse(410, 'Expired', 'The provided continue parameter is too old.');
    // Items of a list carry no kind, and a real server writes metadata first.
    const items = page.items.map(({ metadata, spec, status }) => ({ metadata, spec, status }));
    this.#send(seen, response, 200, { kind: 'PodList', apiVersion: 'v1', metadata: page.metadata, items });
  }

  #watch(
    seen: Seen,
    response: ServerResponse,
    refuse: (status: number, reason: string, message: string) => void,
  ): void {
    const { query } = seen;
    const from = Number(query['resourceVersion'] ?? '0');
    if (Number.isNaN(from)) return refuse(400, 'Invalid', 'resourceVersion: Invalid value');
    const missed = this.cluster.since(from);
    if (missed === 'expired') return refuse(410, 'Expired', `too old resource version: ${from}`);
    seen.status = 200;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const bookmarks = query['allowWatchBookmarks'] === 'true';
    const watcher: Watcher = { response, node: nodeOf(query), bookmarks, frozen: false };
    this.#watchers.add(watcher);
    const seconds = Number(query['timeoutSeconds'] ?? 1800);
    const timer = setTimeout(() => response.end(), seconds * 1000);
    response.on('close', () => {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    });
    for (const change of missed) this.#notify(watcher, change);
  }

  /** Those who watched, and get no more events from now on. */
  #leave(): Watcher[] {
    const left = [...this.#watchers];
    this.#watchers.clear();
    return left;
  }

  /** To a watcher with a selector, a pod that begins or ceases to match is added or deleted. */
  #notify(watcher: Watcher, { type, object, before }: Change): void {
    const was = isOn(before, watcher.node);
    const is = type !== 'DELETED' && isOn(object, watcher.node);
    if (is) this.#write(watcher, was ? 'MODIFIED' : 'ADDED', object);
    else if (was) this.#write(watcher, 'DELETED', object);
  }

  #write(watcher: Watcher, type: string, object: Json): void {
    if (!watcher.frozen) watcher.response.write(`${JSON.stringify({ type, object })}\n`);
  }

  #send(seen: Seen, response: ServerResponse, status: number, body: Json): void {
    seen.status = status;
    const bytes = Buffer.from(JSON.stringify(body));
    const zipped =
      bytes.length > (this.#options.gzipOver ?? 128 * 1024) && /\bgzip\b/.test(seen.headers['accept-encoding'] ?? '');
    response.writeHead(status, { 'content-type': 'application/json', ...(zipped && { 'content-encoding': 'gzip' }) });
    const sent = zipped ? gzipSync(bytes) : bytes;
    if (this.pieces === 0) response.end(sent);
    else dribble(response, sent, this.pieces);
  }
}

function dribble(response: ServerResponse, bytes: Buffer, size: number): void {
  response.socket?.setNoDelay();
  const next = (at: number): void => {
    if (at >= bytes.length) response.end();
    else response.write(bytes.subarray(at, at + size), () => setImmediate(next, at + size));
  };
  next(0);
}

function kindOf(method: string, path: string, query: Record<string, string>): Seen['kind'] {
  if (method === 'POST') return path.endsWith('/selfsubjectaccessreviews') ? 'review' : 'other';
  if (path === '/api/v1/pods') return query['watch'] === 'true' || query['watch'] === '1' ? 'watch' : 'list';
  return path.startsWith('/api/v1/namespaces/') ? 'get' : 'other';
}

/** Of the one field selector it knows; undefined: no selector. */
function nodeOf(query: Record<string, string>): string | undefined {
  return /^spec\.nodeName=(.*)$/.exec(query['fieldSelector'] ?? '')?.[1];
}

function refusal(code: number, reason: string, message: string): Json {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}
