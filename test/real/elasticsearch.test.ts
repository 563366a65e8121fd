import { ELASTICSEARCH } from './elasticsearch.ts';
import { refusing } from './refusing.ts';
import { searching } from './searching.ts';
import { started } from './server.ts';
import { shipping } from './shipping.ts';

refusing(started(ELASTICSEARCH), 'flattened');
shipping(started(ELASTICSEARCH));
searching(started(ELASTICSEARCH));
