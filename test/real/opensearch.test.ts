import { OPENSEARCH } from './opensearch.ts';
import { refusing } from './refusing.ts';
import { searching } from './searching.ts';
import { started } from './server.ts';
import { shipping } from './shipping.ts';

refusing(started(OPENSEARCH), 'flat_object');
shipping(started(OPENSEARCH));
searching(started(OPENSEARCH));
