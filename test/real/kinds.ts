/** The servers that Maven fetches. */
import { ELASTICSEARCH, ELASTICSEARCH_8 } from './elasticsearch.ts';
import { OPENSEARCH, OPENSEARCH_2 } from './opensearch.ts';
import type { Kind } from './server.ts';

export const KINDS: readonly Kind[] = [ELASTICSEARCH, ELASTICSEARCH_8, OPENSEARCH, OPENSEARCH_2];
