/**
 * What an answer of Elasticsearch means for the documents that were sent. Pure: this is the one place where data is
 * declared stored, refused for good, or to be sent again.
 *
 * Three rules. A document is settled only by an item that says so. Only the document's own fault (400) refuses it for
 * good; a fault of the cluster, the network, the role or the set-up never costs data: it is tried again, fast when it
 * passes by itself, slowly when somebody has to act. And an answer we cannot read settles nothing.
 */
import type { Refusal } from '../deadletter/line.ts';

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

/** What somebody has to put right before anything can be stored. */
export type Blocker =
  | 'credentials'
  | 'proxy'
  | 'privileges'
  | 'write_block'
  | 'disk_full'
  | 'no_template'
  | 'pipeline'
  | 'not_found'
  | 'media_type'
  | 'redirect'
  | 'refused';

export type ItemVerdict =
  | { readonly kind: 'stored' | 'duplicate' | 'failure_store' }
  | { readonly kind: 'rejected'; readonly refusal: Refusal }
  | { readonly kind: 'again'; readonly reason: string; readonly detail: string; readonly refusal: Refusal }
  | { readonly kind: 'hold'; readonly blocker: Blocker; readonly detail: string };

export type Verdict =
  /** Every document is stored. */
  | { readonly kind: 'stored' }
  /** One verdict for each document, in the order sent. */
  | { readonly kind: 'items'; readonly items: readonly ItemVerdict[] }
  /** Passes by itself: send the same bytes again. `reason` is a short fixed word for counting, `detail` is for people. */
  | { readonly kind: 'again'; readonly reason: string; readonly detail: string }
  /** Needs somebody: keep the data, try slowly. */
  | { readonly kind: 'hold'; readonly blocker: Blocker; readonly detail: string }
  /** The body is larger than the server, or a proxy before it, takes. */
  | { readonly kind: 'too_large' }
  /** The server does not know a query parameter we sent. `detail` names it. */
  | { readonly kind: 'parameter'; readonly detail: string }
  /** The server cannot read the body: one document spoils it for all. */
  | { readonly kind: 'malformed'; readonly refusal: Refusal };

const STORED: ItemVerdict = { kind: 'stored' };
const DUPLICATE: ItemVerdict = { kind: 'duplicate' };
const FAILURE_STORE: ItemVerdict = { kind: 'failure_store' };
const ALL_STORED: Verdict = { kind: 'stored' };

/** The response fields we ask for. `items.*.status` is in every item: without it items vanish and no longer match documents. */
export const FILTER_PATH = 'errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.failure_store';

/** What an answer to a bulk request with `sent` documents means. */
export function judge(answer: Answer | Failure, sent: number): Verdict {
  if ('failed' in answer) return { kind: 'again', reason: answer.failed, detail: answer.message };
  if (answer.status < 200 || answer.status > 299) return judgeStatus(answer);
  if (saysAllStored(answer.chunks, sent)) return ALL_STORED;
  const items = itemsOf(answer);
  if (items === undefined) return unreadable('the answer is not a bulk response');
  if (items.length !== sent) return unreadable(`it answered for ${items.length} of ${sent} documents`);
  const verdicts = items.map(judgeItem);
  if (verdicts.includes(undefined)) return unreadable('an item of the answer has no status');
  return verdicts.every((verdict) => verdict === STORED)
    ? ALL_STORED
    : { kind: 'items', items: verdicts as ItemVerdict[] };
}

/** What a status other than 2xx means for the whole request, whatever it asked for. */
export function judgeStatus(answer: Answer): Verdict {
  const { status } = answer;
  const error = errorOf(answer);
  const detail = describe(status, error);
  if (status === 413) return { kind: 'too_large' };
  if (status === 429 && error.type === 'cluster_block_exception') return { kind: 'hold', blocker: 'disk_full', detail };
  if (status === 408 || status === 429 || status >= 500) return { kind: 'again', reason: `http_${status}`, detail };
  if (status === 401) return { kind: 'hold', blocker: 'credentials', detail };
  if (status === 407) return { kind: 'hold', blocker: 'proxy', detail };
  if (status === 403) return { kind: 'hold', blocker: blockerOf403(error.type), detail };
  if (status === 404 && error.type === 'index_not_found_exception')
    return { kind: 'hold', blocker: 'no_template', detail };
  if (status === 404 || status === 405) return { kind: 'hold', blocker: 'not_found', detail };
  if (status === 406 || status === 415 || error.type === 'media_type_header_exception')
    return { kind: 'hold', blocker: 'media_type', detail };
  if (status >= 300 && status <= 399) return { kind: 'hold', blocker: 'redirect', detail };
  if (status !== 400 || error.type === '') return { kind: 'hold', blocker: 'refused', detail };
  if (error.reason.includes('unrecognized parameter')) return { kind: 'parameter', detail: error.reason };
  // Of the name in the URL, not of a document.
  if (error.type === 'invalid_index_name_exception') return { kind: 'hold', blocker: 'refused', detail };
  return { kind: 'malformed', refusal: { status, ...error } };
}

/** What one item means for its document; undefined when it says nothing. */
function judgeItem(item: unknown): ItemVerdict | undefined {
  const said = firstMember(item);
  const status = said?.['status'];
  if (said === undefined || typeof status !== 'number') return undefined;
  if (status === 200 || status === 201) return said['failure_store'] === 'used' ? FAILURE_STORE : STORED;
  const error = readError(said['error']);
  if (status === 409 && (error.type === '' || error.type === 'version_conflict_engine_exception')) return DUPLICATE;
  const detail = describe(status, error);
  if (status === 429 && error.type === 'cluster_block_exception') return { kind: 'hold', blocker: 'disk_full', detail };
  if (status === 408 || status === 429 || status >= 500 || status < 400)
    return {
      kind: 'again',
      reason: `item_${status}`,
      detail: `${status} ${error.type}`.trim(),
      refusal: { status, ...error },
    };
  if (status === 401) return { kind: 'hold', blocker: 'credentials', detail };
  if (status === 403) return { kind: 'hold', blocker: blockerOf403(error.type), detail };
  if (status === 404) return { kind: 'hold', blocker: 'no_template', detail };
  // A pipeline the template names but nobody made is 400 for every document, and none of their fault.
  if (/^pipeline with id \[.*\] does not exist/.test(error.reason))
    return { kind: 'hold', blocker: 'pipeline', detail };
  return { kind: 'rejected', refusal: { status, ...error } };
}

const ITEM = '{"create":{"status":201}},';
const HEAD = Buffer.from('{"errors":false,"items":[');
const TAIL = Buffer.from(']}');
let run = Buffer.from(ITEM.repeat(1024));

/**
 * Whether this is, to the byte, what both servers answer when all is well (with FILTER_PATH, and op create). Nearly every
 * answer is. Comparing it takes 10 µs for 5,000 documents and leaves nothing behind; reading and parsing it takes 880 µs.
 */
function saysAllStored(chunks: readonly Buffer[], sent: number): boolean {
  const length = sent * ITEM.length - 1;
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (sent === 0 || total !== HEAD.length + length + TAIL.length) return false;
  while (run.length < length) run = Buffer.concat([run, run]);
  let at = 0;
  return chunks.every((chunk) => {
    const here = at;
    at += chunk.length;
    return (
      agrees(chunk, here, HEAD, 0, HEAD.length) &&
      agrees(chunk, here, run, HEAD.length, length) &&
      agrees(chunk, here, TAIL, HEAD.length + length, TAIL.length)
    );
  });
}

/** Whether a chunk that begins at `at` equals, where they overlap, the first `length` bytes of `part` placed at `place`. */
function agrees(chunk: Buffer, at: number, part: Buffer, place: number, length: number): boolean {
  const from = Math.max(at, place);
  const to = Math.min(at + chunk.length, place + length);
  return from >= to || chunk.compare(part, from - place, to - place, from - at, to - at) === 0;
}

function itemsOf(answer: Answer): unknown[] | undefined {
  const items = parse(answer)?.['items'];
  return Array.isArray(items) ? items : undefined;
}

interface ServerError {
  readonly type: string;
  readonly reason: string;
}

function errorOf(answer: Answer): ServerError {
  return readError(parse(answer)?.['error']);
}

/** Elasticsearch's own errors are `{type, reason}`; early refusals of a node and of OpenSearch are a bare string. */
function readError(error: unknown): ServerError {
  if (typeof error === 'string') return { type: '', reason: error };
  const { type, reason } = isObject(error) ? error : {};
  return { type: typeof type === 'string' ? type : '', reason: typeof reason === 'string' ? reason : '' };
}

function blockerOf403(type: string): Blocker {
  return type === 'cluster_block_exception' ? 'write_block' : 'privileges';
}

/** For errors that are not about a document: these reasons name privileges, indices and blocks, never a field's value. */
function describe(status: number, { type, reason }: ServerError): string {
  const said = [type, reason].filter((text) => text !== '').join(': ');
  const clipped = said.length > 300 ? `${said.slice(0, 300)}…` : said;
  return clipped === '' ? `${status}` : `${status} ${clipped}`;
}

function unreadable(detail: string): Verdict {
  return { kind: 'again', reason: 'unreadable', detail };
}

function firstMember(item: unknown): Record<string, unknown> | undefined {
  if (!isObject(item)) return undefined;
  const said = item['create'] ?? Object.values(item)[0];
  return isObject(said) ? said : undefined;
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
