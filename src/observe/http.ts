/**
 * /metrics, /livez, /readyz and /status for Prometheus, the kubelet and people. Reads only: there is nothing to set here and
 * no secret to see, since anybody in the cluster may ask.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { OperatorError } from '../util/errors.ts';

/** ok, or why not: a sentence each. */
export interface Health {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  /** False only if a restart would help: our own bug. A sink that is away is no reason. */
  readonly live: () => Health;
  readonly ready: () => Health;
  /** Goes out as JSON. */
  readonly status: () => unknown;
}

export interface HttpEndpoints {
  /** Where it listens, with the port the system chose for port 0. */
  readonly url: string;
  /** Closes at once, connections included. */
  close(): Promise<void>;
}

const INDEX = `podferry
  /metrics  for Prometheus
  /livez    200 unless a restart would help
  /readyz   200 once logs flow; else what is missing
  /status   every log file: what is read, what is settled, and why it waits; who lost what (JSON)
`;

/** Throws OperatorError if the address cannot be had. */
export async function serveHttp(options: HttpOptions): Promise<HttpEndpoints> {
  const server = createServer((request, response) => void answer(options, request, response));
  server.headersTimeout = 5000;
  server.requestTimeout = 10_000;
  server.keepAliveTimeout = 5000;
  server.maxConnections = 100;
  await listen(server, options);
  // Accepting may fail later on, for want of descriptors say: then a probe goes unanswered, and logs flow on.
  server.on('error', () => {});
  // A probe is no reason to keep a process alive that is done.
  server.unref();
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new OperatorError(
          `http.listen ${host}:${port} cannot be had: ${why(error)}; choose another, e.g. 0.0.0.0:9465, or off.`,
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}

function why({ code }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another process listens there';
    case 'EACCES':
      return 'ports below 1024 need a privilege';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address';
    default:
      return code ?? 'unknown reason';
  }
}

async function answer(options: HttpOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(response, 405, 'text/plain', 'only GET and HEAD\n');
  }
  const [path] = (request.url ?? '/').split('?');
  switch (path) {
    case '/':
      return send(response, 200, 'text/plain', INDEX);
    case '/livez':
      return sendHealth(response, options.live());
    case '/readyz':
      return sendHealth(response, options.ready());
    case '/status':
      return send(response, 200, 'application/json', JSON.stringify(options.status(), null, 2) + '\n');
    case '/metrics':
      return send(response, 200, options.metrics.contentType, await options.metrics.text());
    default:
      return send(response, 404, 'text/plain', `not found\n\n${INDEX}`);
  }
}

function sendHealth(response: ServerResponse, { ok, reasons }: Health): void {
  send(response, ok ? 200 : 503, 'text/plain', [ok ? 'ok' : 'not ok', ...reasons, ''].join('\n'));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  const contentType = type.includes('charset') ? type : `${type}; charset=utf-8`;
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body); // node leaves the body out of an answer to HEAD
}
