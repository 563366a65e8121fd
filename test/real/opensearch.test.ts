import { OPENSEARCH } from './opensearch.ts';
import { started } from './server.ts';
import { shipping } from './shipping.ts';

shipping(started(OPENSEARCH));
