/**
 * What an answer of Elasticsearch means for the documents that were sent. Pure: this is the one place where data is
 * declared stored, refused for good, or to be sent again.
 *
 * Three rules. A document is acknowledged only by an item that says so. Only the document's own fault (400) refuses it for
 * good; a fault of the cluster, the network, the role or the set-up never costs data: it is tried again, fast when it
 * passes by itself, slowly when somebody has to act. And an answer we cannot read acknowledges nothing.
 */
import type { Refusal } from '../deadletter/line.ts';
import { isAllStored } from './all-stored.ts';
import { errorOf, isObject, parse, readError, type Answer, type Failure, type ServerError } from './answer.ts';
import type { Blocker } from './words.ts';

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

/** What an answer to a bulk request with `sent` documents means. */
export function judge(answer: Answer | Failure, sent: number): Verdict {
  if ('failed' in answer) return { kind: 'again', reason: answer.failed, detail: answer.message };
  if (answer.status < 200 || answer.status > 299) return judgeStatus(answer);
  if (isAllStored(answer.chunks, sent)) return ALL_STORED;
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
  // A setting of the cluster: rest.action.multi.allow_explicit_index. Of a document such words may be a value that is quoted.
  if (error.reason.includes('explicit index in bulk is not allowed'))
    return { kind: 'hold', blocker: 'refused', detail };
  const blocker = blockerOf400(error);
  if (blocker !== undefined) return { kind: 'hold', blocker, detail };
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
  // A conflict with something other than the document itself is none of its fault.
  if (status === 408 || status === 409 || status === 429 || status >= 500 || status < 400)
    return {
      kind: 'again',
      reason: `item_${status}`,
      detail: `${status} ${error.type}`.trim(),
      refusal: { status, ...error },
    };
  if (status === 401) return { kind: 'hold', blocker: 'credentials', detail };
  if (status === 403) return { kind: 'hold', blocker: blockerOf403(error.type), detail };
  if (status === 404) return { kind: 'hold', blocker: 'no_template', detail };
  const blocker = blockerOf400(error);
  if (blocker !== undefined) return { kind: 'hold', blocker, detail };
  return { kind: 'rejected', refusal: { status, ...error } };
}

function itemsOf(answer: Answer): unknown[] | undefined {
  const items = parse(answer)?.['items'];
  return Array.isArray(items) ? items : undefined;
}

function blockerOf403(type: string): Blocker {
  return type === 'cluster_block_exception' ? 'write_block' : 'privileges';
}

/**
 * What is wrong with the set-up where every document is refused with 400, and none of them is at fault; undefined: it is about the
 * document. Reasons are compared from their beginning, so that no value that is quoted in one can look like another.
 */
function blockerOf400({ type, reason }: ServerError): Blocker | undefined {
  if (type === 'index_closed_exception') return 'index_closed';
  // Of the name in the URL.
  if (type === 'invalid_index_name_exception') return 'refused';
  // The template names it, and nobody made it.
  if (/^pipeline with id \[.*\] does not exist/.test(reason)) return 'pipeline';
  // The index is to be made, and may not: https://www.elastic.co/docs/troubleshoot/elasticsearch/troubleshooting-shards-capacity-issues
  if (/^Validation Failed: 1: this action would add \[\d+\] (total )?(\w+ )?shards/.test(reason)) return 'shard_limit';
  // Of one shard: Lucene takes 2,147,483,519.
  if (reason.startsWith("Number of documents in the index can't exceed [")) return 'index_full';
  return undefined;
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
