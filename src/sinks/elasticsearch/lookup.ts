/**
 * Asks Elasticsearch which documents it holds, for `podferry verify`: by id, thousands in one search, since a data stream
 * cannot be asked for a document by its id alone (GET and _mget want the backing index).
 */
import { OperatorError } from '../../util/errors.ts';
import type { Log } from '../../types.ts';
import { parse } from './answer.ts';
import type { Counted, DocumentLookup } from '../batch/document-lookup.ts';
import { listed } from './stream-names.ts';
import { Questions, type QuestionsOptions } from './questions.ts';

export interface LookupOptions extends QuestionsOptions {
  readonly log: Log;
}

/**
 * Half of what one search may return (index.max_result_window, 10,000): an id may be there twice, in the backing indices
 * before and after a rollover.
 */
const MOST_IDS = 5000;
const MOST_PATHS = 200;
/** Of a search that returns what documents say. */
const MOST_DOCUMENTS = 1000;
const GAPS = { term: { 'event.kind': 'pipeline_error' } };
/** How each kind of document is found. */
const COUNTED: Readonly<Record<Counted, { filter?: object; must_not?: object }>> = {
  lines: { must_not: GAPS },
  gaps: { filter: GAPS },
  unseen: { filter: [GAPS, { term: { 'podferry.lost_unknown': true } }] },
};
/** Part of the shards is no answer: what the others hold would seem to be missing. */
const COMPLETE = 'allow_partial_search_results=false';

export class Lookup implements DocumentLookup {
  readonly #options: LookupOptions;
  readonly #questions: Questions;
  #saidAbsent = false;

  constructor(options: LookupOptions) {
    this.#options = options;
    this.#questions = new Questions(options);
  }

  /** Makes all that is stored findable. Where we may not, what was stored a moment ago is not found, which is said. */
  async refresh(stop: AbortSignal): Promise<void> {
    const { streams, log } = this.#options;
    const answer = await this.#questions.ask('_refresh', '', undefined, stop);
    if (answer !== undefined) return;
    log.warn(
      `${this.#questions.nodes} does not let us refresh ${listed(streams)}: what was stored within the last seconds may be counted as missing. ` +
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

  /** As DocumentLookup says. */
  async *documentsOf(
    what: Counted,
    path: string,
    from: number,
    to: number,
    stop: AbortSignal,
  ): AsyncGenerator<readonly { id: string; document: unknown }[]> {
    const { filter = [], ...rest } = COUNTED[what];
    const place = [{ term: { 'log.file.path': path } }, { range: { 'log.offset': { gte: from, lt: to } } }];
    for (let after: unknown[] | undefined; ;) {
      const search = {
        query: { bool: { ...rest, filter: [place, filter].flat() } },
        size: MOST_DOCUMENTS,
        // A pattern may cover data streams of others, which lack the field.
        sort: [{ 'log.offset': { order: 'asc', unmapped_type: 'long' } }, { '@timestamp': 'asc' }],
        _source: ['@timestamp', 'message', 'stream', 'log.offset', 'json', 'podferry'],
        track_total_hits: false,
        ...(after && { search_after: after }),
      };
      const shown = 'timed_out,_shards.failed,hits.hits._id,hits.hits._source,hits.hits.sort';
      const hits = ((await this.#search(shown, search, stop)) as Hits | undefined)?.hits?.hits ?? [];
      yield hits.map(({ _id: id, _source: document }) => ({ id, document }));
      if (hits.length < MOST_DOCUMENTS) return;
      after = hits.at(-1)!.sort;
    }
  }

  async close(): Promise<void> {
    await this.#questions.close();
  }

  /** The answer; undefined if there is no such data stream. */
  async #search(filter: string, body: object, stop: AbortSignal): Promise<unknown> {
    const { streams, log } = this.#options;
    const answer = await this.#questions.ask('_search', `${COMPLETE}&filter_path=${filter}`, body, stop);
    if (answer === undefined)
      throw new OperatorError(
        `${this.#questions.nodes} does not let us read ${listed(streams)}: verify needs the index privilege read on it, and the credentials ` +
          'in elasticsearch.api_key (or .username and .password).',
      );
    if (answer.status === 404 && !this.#saidAbsent) {
      this.#saidAbsent = true;
      log.warn(
        `${this.#questions.nodes} has no data stream ${listed(streams)} (elasticsearch.dataset, elasticsearch.namespace)`,
      );
    }
    return answer.status === 404 ? undefined : parse(answer);
  }
}

interface Hits {
  readonly hits?: { readonly hits?: readonly Hit[] };
}

interface Hit {
  readonly _id: string;
  readonly _source?: unknown;
  readonly sort?: unknown[];
}

interface Buckets {
  readonly aggregations?: { readonly logs?: { readonly buckets?: readonly { readonly doc_count: number }[] } };
}
