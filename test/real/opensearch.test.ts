import { OPENSEARCH } from './opensearch.ts';
import { outcomes, WEAK } from './outcomes.ts';
import { refusing } from './refusing.ts';
import { searching } from './searching.ts';
import { started } from './server.ts';
import { shipping } from './shipping.ts';

outcomes(started(OPENSEARCH, WEAK), 'opensearch');
refusing(started(OPENSEARCH), 'flat_object');
shipping(started(OPENSEARCH));
searching(started(OPENSEARCH));
