import { ELASTICSEARCH } from './elasticsearch.ts';
import { started } from './server.ts';
import { shipping } from './shipping.ts';

shipping(started(ELASTICSEARCH));
