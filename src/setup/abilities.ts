/** What a server is and what it can hold. Everything that set-up makes differently for one server than for another depends on this. */

export interface Abilities {
  readonly flavor: 'elasticsearch' | 'opensearch';
  /**
   * It has the templates of the Elastic stack (`logs@mappings` …), and so the types and settings of the distribution. Not so: the
   * stack's templates are switched off, or it is Elasticsearch before 8.14 or OpenSearch.
   */
  readonly stack: boolean;
  /** It takes templates of which some components may be missing, and settings that came with them: Elasticsearch from 8.14 on. */
  readonly modern: boolean;
  /** Members of an object can be indexed by a pattern of their names, without a mapping for each (`dynamic_properties`). */
  readonly patterns: boolean;
  /** Serverless: it takes no setting of index lifecycle management. */
  readonly serverless: boolean;
  /** What deletes old documents. */
  readonly retention: 'lifecycle' | 'ilm' | 'ism' | 'none';
}

/** How it is found out: what `GET /` said, and whether the server has something at a path. */
export interface Said {
  readonly flavor: Abilities['flavor'];
  /** undefined: it does not say, as serverless; then it counts as new. */
  readonly version: string | undefined;
  readonly serverless: boolean;
  /** The status of an answer to GET. */
  readonly has: (path: string) => Promise<number>;
}

export async function abilitiesOf({ flavor, version, serverless, has }: Said): Promise<Abilities> {
  const [major = 0, minor = 0] = version === undefined ? [99] : version.split('.').map(Number);
  const atLeast = (x: number, y: number): boolean => major > x || (major === x && minor >= y);
  if (flavor === 'opensearch') {
    // Where the plugin is missing, no handler is found: 400. A policy that is not there is 404.
    const ism = (await has('_plugins/_ism/policies/podferry')) !== 400;
    const none = { stack: false, modern: false, serverless: false };
    // Tried on 3.8. It was added in 2026 (OpenSearch pull request 20816).
    return { flavor, ...none, patterns: atLeast(3, 8), retention: ism ? 'ism' : 'none' };
  }
  const modern = atLeast(8, 14);
  const stack = modern && (await has('_component_template/logs@mappings')) === 200;
  return { flavor, stack, modern, serverless, patterns: false, retention: modern ? 'lifecycle' : 'ilm' };
}

/** The newest of each, for files that are written without a server. */
export function newest(flavor: Abilities['flavor']): Abilities {
  return flavor === 'opensearch'
    ? { flavor, stack: false, modern: false, patterns: true, serverless: false, retention: 'ism' }
    : { flavor, stack: true, modern: true, patterns: false, serverless: false, retention: 'lifecycle' };
}
