/**
 * A Kubernetes API client of three verbs on node's own http: get, list (streamed, see items.ts) and watch. The official client
 * costs more memory than the rest of podferry, does not load on Node 20 and stops at the first error of a watch.
 *
 * It answers or throws ApiError; it never retries, but for one thing: after a 401 the credentials are read anew and the request
 * is made once more. When to try again is for the caller to know.
 */
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { createGunzip } from 'node:zlib';
import { pipeline, type Readable } from 'node:stream';
import { ApiError, answered } from './apierror.ts';
import type { Credentials, Login } from './login.ts';
import { parseJson } from '../../util/json.ts';
import { ListReader, type ListMeta } from './items.ts';

export interface ApiOptions {
  readonly credentials: Credentials;
  /** podferry's version. */
  readonly version: string;
  /** Longest wait for the head of an answer, and longest silence within it; a watch sets its own. Default 30 s. */
  readonly timeoutMs?: number | undefined;
}

type Query = Record<string, string | number | boolean | undefined>;

/** No single answer but a list, which is streamed, is larger than this. */
const LARGEST_ANSWER = 16 * 1024 * 1024;
const KEEP_ALIVE_MS = 30_000;
/** A connection nobody uses is closed before the server does, who might do so just as we send. */
const UNUSED_MS = 20_000;

export class Api {
  readonly url: string;
  readonly #credentials: Credentials;
  readonly #timeoutMs: number;
  readonly #userAgent: string;
  #agent: HttpAgent | undefined;
  #tls = '';

  constructor(options: ApiOptions) {
    this.url = options.credentials.url;
    this.#credentials = options.credentials;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#userAgent = `podferry/${options.version}`;
  }

  async get(path: string, query: Query, signal: AbortSignal): Promise<unknown> {
    return parse(await this.#open('GET', path, query, signal));
  }

  async post(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    return parse(await this.#open('POST', path, {}, signal, { body: JSON.stringify(body) }));
  }

  /** One page. Items are handed over as they come: a long list is never in memory as a whole. */
  async list(path: string, query: Query, item: (value: unknown) => void, signal: AbortSignal): Promise<ListMeta> {
    const response = await this.#open('GET', path, query, signal, { gzip: true });
    const reader = new ListReader(item);
    for await (const chunk of plain(response)) reader.write(chunk as Buffer);
    return reader.end();
  }

  /** The open stream of events. It ends with an error when the server is silent for `silenceMs`. */
  async watch(path: string, query: Query, silenceMs: number, signal: AbortSignal): Promise<Readable> {
    return this.#open('GET', path, { ...query, watch: true }, signal, { silenceMs });
  }

  close(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
    this.#tls = '';
  }

  async #open(
    method: string,
    path: string,
    query: Query,
    signal: AbortSignal,
    how: { body?: string; gzip?: boolean; silenceMs?: number } = {},
  ): Promise<IncomingMessage> {
    const request = async (): Promise<IncomingMessage> => {
      const login = await this.#credentials.read();
      signal.throwIfAborted();
      const url = new URL(login.url + path);
      for (const [key, value] of Object.entries(query)) {
        if (value !== undefined) url.searchParams.set(key, String(value));
      }
      const headers: Record<string, string> = { accept: 'application/json', 'user-agent': this.#userAgent };
      if (login.authorization !== undefined) headers['authorization'] = login.authorization;
      headers['accept-encoding'] = how.gzip ? 'gzip' : 'identity';
      if (how.body !== undefined) headers['content-type'] = 'application/json';
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const sent = send(url, { method, headers, signal, agent: this.#agentFor(login) });
      const response = await this.#head(sent.end(how.body));
      watchSilence(response, how.silenceMs ?? this.#timeoutMs);
      return response;
    };
    const first = await request();
    const response = first.statusCode === 401 ? (first.resume(), await request()) : first;
    if (response.statusCode === 200 || response.statusCode === 201) return response;
    throw await answered(method, path, response);
  }

  /** Waits for the head of the answer: over the network a server may well accept and never say a word. */
  #head(sent: ClientRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const silence = `did not answer within ${this.#timeoutMs / 1000} s`;
      const timer = setTimeout(() => sent.destroy(new ApiError('silent', silence)), this.#timeoutMs);
      sent.on('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      sent.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
    });
  }

  /** One agent for as long as the certificates stay what they are. A new CA also ends what was opened under the old one. */
  #agentFor(login: Login): HttpAgent {
    const tls = JSON.stringify([login.url, login.tls]);
    if (this.#agent === undefined || this.#tls !== tls) {
      this.#agent?.destroy();
      const keepAlive = { keepAlive: true, maxFreeSockets: 1, timeout: UNUSED_MS };
      this.#agent = login.url.startsWith('https:')
        ? new HttpsAgent({ ...keepAlive, ...defined(login.tls) })
        : new HttpAgent(keepAlive);
      this.#tls = tls;
    }
    return this.#agent;
  }
}

/** Ends the answer with an error when no byte of it comes for so long: the other end of a half-open connection. */
function watchSilence(response: IncomingMessage, silenceMs: number): void {
  const { socket } = response;
  const silent = (): void => {
    response.destroy(new ApiError('silent', `said nothing for ${silenceMs / 1000} s`));
  };
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.setTimeout(silenceMs, silent);
  response.once('close', () => socket.off('timeout', silent));
}

function plain(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  // Whoever reads the end of the pipe meets the error.
  return pipeline(response, createGunzip(), () => {});
}

async function parse(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of plain(response)) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > LARGEST_ANSWER) throw new ApiError('garbled', `answered with more than ${LARGEST_ANSWER} bytes`);
  }
  const value = parseJson(Buffer.concat(chunks).toString('utf8'));
  if (value === undefined) throw new ApiError('garbled', 'answered with something that is not JSON');
  return value;
}

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
