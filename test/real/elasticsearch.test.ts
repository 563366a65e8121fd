import { ELASTICSEARCH } from './elasticsearch.ts';
import { outcomes, WEAK } from './outcomes.ts';
import { refusing } from './refusing.ts';
import { searching } from './searching.ts';
import { started } from './server.ts';
import { shipping } from './shipping.ts';

outcomes(started(ELASTICSEARCH, WEAK), 'elasticsearch');
refusing(started(ELASTICSEARCH), 'flattened');
shipping(started(ELASTICSEARCH));
searching(started(ELASTICSEARCH));
