import { OPENSEARCH } from './opensearch.ts';
import { searching } from './searching.ts';
import { started } from './server.ts';
import { shipping } from './shipping.ts';

shipping(started(OPENSEARCH));
searching(started(OPENSEARCH));
