/**
 * A small Kubernetes API client on node's own http: get, post, list (streamed, see list-reader.ts) and watch. The official client
 * costs more memory than the rest of podferry, does not load on Node 20 and stops at the first error of a watch.
 *
 * It does not retry: that is for the caller. There is one exception. After a 401 it reads the credentials again and repeats the
 * request once.
 */
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { createGunzip } from 'node:zlib';
import { pipeline, type Readable } from 'node:stream';
import { ApiError, errorOfAnswer } from './api-error.ts';
import type { ApiCredentials, ApiAccess } from './access.ts';
import { parseJson } from '../../util/json.ts';
import { LARGEST_OBJECT, ListReader, type ListMeta } from './list-reader.ts';

export interface ApiOptions {
  readonly credentials: ApiCredentials;
  /** podferry's version. */
  readonly version: string;
  /** Longest wait for the head of an answer, and longest silence within it, in milliseconds. A watch has its own. Default 30 s. */
  readonly timeoutMs?: number | undefined;
}

type Query = Record<string, string | number | boolean | undefined>;

const KEEP_ALIVE_MS = 30_000;
/** An unused connection is closed after so long. It must be before the server closes it, which might be while we send. */
const UNUSED_MS = 20_000;

/** Of one cluster. Close it at the end. */
export class Api {
  readonly url: string;
  readonly #credentials: ApiCredentials;
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

  /** The answer to a GET, as JSON. @throws ApiError, or what node throws: see asApiError() */
  async get(path: string, query: Query, signal: AbortSignal): Promise<unknown> {
    return parse(await this.#open('GET', path, query, signal));
  }

  /** The answer to a POST of `body` as JSON. @throws as get() */
  async post(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    return parse(await this.#open('POST', path, {}, signal, { body: JSON.stringify(body) }));
  }

  /** One page of a list. `item` gets each item when it arrives: a long list is never in memory as a whole. @throws as get() */
  async list(path: string, query: Query, item: (value: unknown) => void, signal: AbortSignal): Promise<ListMeta> {
    const response = await this.#open('GET', path, query, signal, { gzip: true });
    const reader = new ListReader(item);
    for await (const chunk of plain(response)) reader.write(chunk as Buffer);
    return reader.end();
  }

  /**
   * The open stream of the events of a watch. It ends with an ApiError when the server is silent for `silenceMs`. The caller reads
   * it to its end. @throws as get()
   */
  async watch(path: string, query: Query, silenceMs: number, signal: AbortSignal): Promise<Readable> {
    return this.#open('GET', path, { ...query, watch: true }, signal, { silenceMs });
  }

  /** Closes the connections. */
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
      const access = await this.#credentials.read();
      signal.throwIfAborted();
      const url = new URL(access.url + path);
      for (const [key, value] of Object.entries(query)) {
        if (value !== undefined) url.searchParams.set(key, String(value));
      }
      const headers: Record<string, string> = { accept: 'application/json', 'user-agent': this.#userAgent };
      if (access.authorization !== undefined) headers['authorization'] = access.authorization;
      headers['accept-encoding'] = how.gzip ? 'gzip' : 'identity';
      if (how.body !== undefined) headers['content-type'] = 'application/json';
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const sent = send(url, { method, headers, signal, agent: this.#agentFor(access) });
      const response = await this.#head(sent.end(how.body));
      watchSilence(response, how.silenceMs ?? this.#timeoutMs);
      return response;
    };
    const first = await request();
    const response = first.statusCode === 401 ? (first.resume(), await request()) : first;
    if (response.statusCode === 200 || response.statusCode === 201) return response;
    throw await errorOfAnswer(method, path, response);
  }

  /** Waits for the head of the answer, but not longer than the timeout: a server may accept a connection and never answer. */
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

  /** The connections. New certificates close those that were opened with the old ones. */
  #agentFor(access: ApiAccess): HttpAgent {
    const tls = JSON.stringify([access.url, access.tls]);
    if (this.#agent === undefined || this.#tls !== tls) {
      this.#agent?.destroy();
      const keepAlive = { keepAlive: true, maxFreeSockets: 1, timeout: UNUSED_MS };
      this.#agent = access.url.startsWith('https:')
        ? new HttpsAgent({ ...keepAlive, ...defined(access.tls) })
        : new HttpAgent(keepAlive);
      this.#tls = tls;
    }
    return this.#agent;
  }
}

/** Ends the answer with an error when no byte comes for so long, as on a connection whose other end is gone. */
function watchSilence(response: IncomingMessage, silenceMs: number): void {
  const { socket } = response;
  const silent = (): void => {
    response.destroy(new ApiError('silent', `said nothing for ${silenceMs / 1000} s`));
  };
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.setTimeout(silenceMs, silent);
  response.once('close', () => socket.off('timeout', silent));
}

/** The body of an answer, unpacked. */
function plain(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  // The reader of the pipe gets the error.
  return pipeline(response, createGunzip(), () => {});
}

async function parse(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of plain(response)) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > LARGEST_OBJECT) throw new ApiError('garbled', `answered with more than ${LARGEST_OBJECT} bytes`);
  }
  const value = parseJson(Buffer.concat(chunks).toString('utf8'));
  if (value === undefined) throw new ApiError('garbled', 'answered with something that is not JSON');
  return value;
}

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
