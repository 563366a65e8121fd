import { ELASTICSEARCH_8 } from './elasticsearch.ts';
import { searching } from './searching.ts';
import { older } from './server.ts';
import { shipping } from './shipping.ts';

shipping(older(ELASTICSEARCH_8));
searching(older(ELASTICSEARCH_8));
