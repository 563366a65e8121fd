/**
 * The dead-letter stores below a state directory: its own, and one for each other output. An output that is not set any more may have
 * left one, whose documents are to be seen, to age and to be sent again like all others.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_OUTPUT, isOutputName, OUTPUTS_DIRECTORY } from '../../util/output-name.ts';
import { keptIn, type Kept } from './kept.ts';

/** The store of one output. */
export interface Store {
  readonly output: string;
  readonly dir: string;
}

/** More than outputs there can be: what lies in the directory besides was not put there by podferry. */
const MOST = 64;

/** Those of the outputs of these names, whether or not they are there, then others that are. Synchronous. */
export function storesIn(stateDir: string, outputs: readonly string[] = []): Store[] {
  const below = join(stateDir, OUTPUTS_DIRECTORY);
  const names = new Set([DEFAULT_OUTPUT, ...outputs, ...namesIn(below)]);
  return [...names].map((output) => ({ output, dir: output === DEFAULT_OUTPUT ? stateDir : join(below, output) }));
}

/** What each of them holds. */
export function keptByOutput(stateDir: string, outputs: readonly string[]): [output: string, kept: Kept][] {
  return storesIn(stateDir, outputs).map(({ output, dir }) => [output, keptIn(dir)]);
}

/** All of it together. */
export function sumOf(kept: Iterable<readonly [output: string, kept: Kept]>): Kept {
  const each = [...kept].map(([, one]) => one);
  const times = each.flatMap(({ oldest }) => oldest ?? []);
  return { bytes: each.reduce((sum, { bytes }) => sum + bytes, 0), oldest: times.toSorted()[0] };
}

/** None if there is no such directory, or it cannot be listed. */
function namesIn(dir: string): string[] {
  try {
    const names = readdirSync(dir).filter((name) => isOutputName(name) && name !== DEFAULT_OUTPUT);
    return names.toSorted().slice(0, MOST);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return [];
  }
}
