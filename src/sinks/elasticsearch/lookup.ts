/**
 * Asks Elasticsearch which documents it holds, for `podferry verify`: by id, thousands in one search, since a data stream
 * cannot be asked for a document by its id alone (GET and _mget want the backing index).
 */
import { fullJitter, pause } from '../../util/backoff.ts';
import { OperatorError } from '../../util/errors.ts';
import type { Log } from '../../types.ts';
import { parse, type Answer, type Failure } from './answer.ts';
import { authorization, bareNode, type ElasticsearchCredentials } from './credentials.ts';
import type { Counted, DocumentLookup } from '../batch/document-lookup.ts';
import type { Way } from './client.ts';
import { Wire } from './wire.ts';

export interface LookupOptions extends ElasticsearchCredentials, Way {
  /** Node URLs, perhaps with `user:password@`. */
  readonly nodes: readonly string[];
  /** The data stream. */
  readonly target: string;
  /** For one request as a whole. */
  readonly timeoutMs: number;
  readonly log: Log;
  readonly random?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Half of what one search may return (index.max_result_window, 10,000): an id may be there twice, in the backing indices
 * before and after a rollover.
 */
const MOST_IDS = 5000;
const MOST_PATHS = 200;
const GAPS = { term: { 'event.kind': 'pipeline_error' } };
/** How each kind of document is found. */
const COUNTED: Readonly<Record<Counted, object>> = {
  lines: { must_not: GAPS },
  gaps: { filter: GAPS },
  unseen: { filter: [GAPS, { term: { 'podferry.lost_unknown': true } }] },
};
const TRIES = 5;
/** Part of the shards is no answer: what the others hold would seem to be missing. */
const COMPLETE = 'allow_partial_search_results=false';

export class Lookup implements DocumentLookup {
  readonly #options: LookupOptions;
  readonly #nodes: string;
  readonly #wire: Wire;
  #saidAbsent = false;

  /** Connects with the first question. */
  constructor(options: LookupOptions) {
    const bare = options.nodes.map(bareNode);
    this.#options = options;
    this.#nodes = bare.join(', ');
    this.#wire = new Wire({ ...options, nodes: bare });
  }

  /** Makes all that is stored findable. Where we may not, what was stored a moment ago is not found, which is said. */
  async refresh(stop: AbortSignal): Promise<void> {
    const { target, log } = this.#options;
    const answer = await this.#ask('_refresh', '', undefined, stop);
    if (answer !== undefined) return;
    log.warn(
      `${this.#nodes} does not let us refresh ${target}: what was stored within the last seconds may be counted as missing. ` +
        `Grant the index privilege maintenance on it, or verify later.`,
    );
  }

  /**
   * Those of the ids that are stored. Rejects when stopped.
   * @throws OperatorError when there is no answer
   */
  async stored(ids: readonly string[], stop: AbortSignal): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (let i = 0; i < ids.length; i += MOST_IDS) {
      const values = ids.slice(i, i + MOST_IDS);
      const search = {
        query: { ids: { values } },
        size: 2 * values.length,
        _source: false,
        track_total_hits: false,
      };
      const answer = await this.#search('timed_out,_shards.failed,hits.hits._id', search, stop);
      for (const { _id } of (answer as Hits | undefined)?.hits?.hits ?? []) found.add(_id);
    }
    return found;
  }

  /** How many documents of a kind there are of each of these files; undefined when it cannot be asked so. */
  async countByPath(
    what: Counted,
    paths: readonly string[],
    stop: AbortSignal,
  ): Promise<Map<string, number> | undefined> {
    const counts = new Map<string, number>();
    for (let i = 0; i < paths.length; i += MOST_PATHS) {
      const some = paths.slice(i, i + MOST_PATHS);
      const search = {
        query: { bool: COUNTED[what] },
        size: 0,
        track_total_hits: false,
        aggs: { logs: { filters: { filters: some.map((path) => ({ term: { 'log.file.path': path } })) } } },
      };
      const filter = 'timed_out,_shards.failed,aggregations.logs.buckets.doc_count';
      const answer = await this.#search(filter, search, stop).catch((error: unknown) => {
        if (error instanceof OperatorError) return undefined;
        throw error;
      });
      const buckets = (answer as Buckets | undefined)?.aggregations?.logs?.buckets;
      if (buckets?.length !== some.length) return undefined;
      for (const [j, path] of some.entries()) counts.set(path, buckets[j]!.doc_count);
    }
    return counts;
  }

  async close(): Promise<void> {
    await this.#wire.close();
  }

  /** The answer; undefined if there is no such data stream. */
  async #search(filter: string, body: object, stop: AbortSignal): Promise<unknown> {
    const { target, log } = this.#options;
    const answer = await this.#ask('_search', `${COMPLETE}&filter_path=${filter}`, body, stop);
    if (answer === undefined)
      throw new OperatorError(
        `${this.#nodes} does not let us read ${target}: verify needs the index privilege read on it, and the credentials ` +
          'in elasticsearch.api_key (or .username and .password).',
      );
    if (answer.status === 404 && !this.#saidAbsent) {
      this.#saidAbsent = true;
      log.warn(`${this.#nodes} has no data stream ${target} (elasticsearch.dataset, elasticsearch.namespace)`);
    }
    return answer.status === 404 ? undefined : parse(answer);
  }

  /** Asks until there is an answer, a few times. undefined: it is refused to us. */
  async #ask(what: string, query: string, body: object | undefined, stop: AbortSignal): Promise<Answer | undefined> {
    const { target, nodes, timeoutMs, random = Math.random, wait = pause } = this.#options;
    let fault = '';
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (attempt > 0) await wait(fullJitter(attempt, random), stop);
      const answer = await this.#wire.exchange(
        {
          method: 'POST',
          path: `/${encodeURIComponent(target)}/${what}`,
          ...(query === '' ? {} : { query }),
          ...(body && { body: Buffer.from(JSON.stringify(body)) }),
          authorization: authorization(this.#options, nodes),
          timeoutMs,
        },
        stop,
      );
      const said = judge(answer);
      if (said === 'answer') return answer as Answer;
      if (said === 'refused') return undefined;
      fault = said.fault;
      if (said.final) break;
    }
    throw new OperatorError(`${this.#nodes} does not say what it holds (${fault}); check elasticsearch.nodes.`);
  }
}

interface Hits {
  readonly hits?: { readonly hits?: readonly { readonly _id: string }[] };
}

interface Buckets {
  readonly aggregations?: { readonly logs?: { readonly buckets?: readonly { readonly doc_count: number }[] } };
}

function judge(answer: Answer | Failure): 'answer' | 'refused' | { fault: string; final: boolean } {
  if ('failed' in answer) return { fault: answer.message, final: false };
  const { status } = answer;
  if (status === 401 || status === 403) return 'refused';
  const body = parse(answer) as { timed_out?: boolean; _shards?: { failed?: number }; error?: ErrorBody } | undefined;
  if (status === 200) {
    if (body === undefined) return { fault: 'its answer is no JSON', final: false };
    const isWhole = body.timed_out !== true && (body._shards?.failed ?? 0) === 0;
    return isWhole ? 'answer' : { fault: 'not all of its shards answer', final: false };
  }
  const { type, reason } = body?.error ?? {};
  if (status === 404 && type === 'index_not_found_exception') return 'answer';
  const fault = [String(status), type, reason]
    .filter((part) => part !== undefined)
    .join(' ')
    .slice(0, 300);
  return { fault, final: status !== 429 && status < 500 };
}

interface ErrorBody {
  readonly type?: string;
  readonly reason?: string;
}
