/**
 * How long a model or a fuzzer runs: short in `npm test`, at full length in `npm run test:slow`, and as long as its own variable
 * says where somebody hunts a seed.
 */
import { env } from 'node:process';

/** @param variable of the environment that says another number; undefined: there is none */
export function length(short: number, full: number, variable?: string): number {
  const asked = variable === undefined ? undefined : env[variable];
  return asked === undefined ? (env['PODFERRY_TEST_LENGTH'] === 'full' ? full : short) : Number(asked);
}
