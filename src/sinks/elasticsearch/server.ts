/** Which server answers, and what it can therefore be asked. Pure. */
import { FILTER_PATH, parse, type Answer } from './answer.ts';

export type Flavor = 'elasticsearch' | 'opensearch' | 'unknown';

/** The value of the x-elastic-product header. */
export const PRODUCT = 'Elasticsearch';

export interface Server {
  readonly flavor: Flavor;
  /** undefined: it does not say, or what it says means nothing. */
  readonly version: string | undefined;
  /** Elasticsearch as a service that is always the newest, without what concerns nodes and without index lifecycle management. */
  readonly serverless: boolean;
}

/** The members of the answer to `GET /` we look at. Anything may be there instead. */
interface Root {
  version?: { number?: unknown; distribution?: unknown; build_flavor?: unknown };
  tagline?: unknown;
}

/**
 * What an answer to `GET /` (or any other) gives away. A key that may only write gets 403 there: the product header still
 * tells. `unknown` (a proxy that strips it, say) is treated as the least capable.
 */
export function recognise(answer: Answer): Server {
  const { version, tagline } = (parse(answer) ?? {}) as Root;
  const number = typeof version?.number === 'string' ? version.number : undefined;
  // It calls itself 8.11.0, whatever it can do.
  if (version?.build_flavor === 'serverless') return { flavor: 'elasticsearch', version: undefined, serverless: true };
  if (version?.distribution === 'opensearch') return { flavor: 'opensearch', version: number, serverless: false };
  const isElasticsearch = answer.product === PRODUCT || tagline === 'You Know, for Search';
  return { flavor: isElasticsearch ? 'elasticsearch' : 'unknown', version: number, serverless: false };
}

/**
 * Only Elasticsearch knows these, and only from 8.13 and 8.18 on; older ones name what they do not know in a 400.
 * - require_data_stream: without a matching template, refuse instead of making a plain index with guessed types.
 * - include_source_on_error: keep document content out of error messages.
 */
const OPTIONAL = ['require_data_stream=true', 'include_source_on_error=false'];

/** The query of a bulk request. `refused` is what the server said it does not know. */
export function bulkQuery(flavor: Flavor, refused: readonly string[]): string {
  const optional = flavor === 'elasticsearch' ? OPTIONAL.filter((parameter) => !refused.includes(parameter)) : [];
  return [`filter_path=${FILTER_PATH}`, ...optional].join('&');
}

/** Which of the optional parameters a 400 complains of; all of them when it names none. */
export function refusedParameters(detail: string): readonly string[] {
  const named = OPTIONAL.filter((parameter) => detail.includes(`[${parameter.split('=')[0]}]`));
  return named.length > 0 ? named : OPTIONAL;
}
