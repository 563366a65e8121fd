import { given } from './server.ts';
import { shipping } from './shipping.ts';

shipping(given);
