/** An answer of Elasticsearch as it came, and what can be read in it whatever was asked. Pure. */

/** What came back over the wire. */
export interface Answer {
  readonly status: number;
  /** The body as it came, unparsed. */
  readonly chunks: readonly Buffer[];
  /** The Retry-After header. */
  readonly retryAfter: string | undefined;
  /** The x-elastic-product header: 'Elasticsearch' from Elasticsearch 7.14 on, nothing from OpenSearch. */
  readonly product: string | undefined;
}

/** Nothing came back, or not all of it. */
export interface Failure {
  readonly failed: 'connection' | 'timeout';
  /** What went wrong, in the words of the network stack. Holds no secret. */
  readonly message: string;
}

/** Asks one question: a path, and for a POST a JSON body, or null for none. */
export type Ask = (path: string, body?: object | null) => Promise<Answer | Failure>;

/** The response fields we ask for. `items.*.status` is in every item: without it items vanish and no longer match documents. */
export const FILTER_PATH = 'errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.failure_store';

/** What an error says; '' for what is missing. */
export interface ServerError {
  readonly type: string;
  readonly reason: string;
}

export function errorOf(answer: Answer): ServerError {
  return readError(parse(answer)?.['error']);
}

/** Elasticsearch's own errors are `{type, reason}`; early refusals of a node and of OpenSearch are a bare string. */
export function readError(error: unknown): ServerError {
  if (typeof error === 'string') return { type: '', reason: error };
  const { type, reason } = isObject(error) ? error : {};
  return { type: typeof type === 'string' ? type : '', reason: typeof reason === 'string' ? reason : '' };
}

/** The body as an object; undefined if it is not JSON or no object. */
export function parse({ chunks }: Answer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
