import { OPENSEARCH_2 } from './opensearch.ts';
import { searching } from './searching.ts';
import { older } from './server.ts';
import { shipping } from './shipping.ts';

shipping(older(OPENSEARCH_2));
searching(older(OPENSEARCH_2));
