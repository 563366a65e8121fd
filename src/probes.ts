/** What `podferry check` asks the API server: the book of pods, wired as the agent would, asked and closed. */
import type { Config } from './config/config.ts';
import { PodBook } from './kube/pods.ts';
import { bookOptions } from './metadata.ts';
import type { Log } from './types.ts';
import { OperatorError } from './util/errors.ts';

export interface Probe {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** A probe says what it found; what happens under way is no news. */
const SILENT: Log = { info() {}, warn() {}, error() {}, throttled() {} };

export async function probeKubernetes(config: Config, version: string): Promise<Probe> {
  try {
    const book = new PodBook({ ...bookOptions(config, version), log: SILENT });
    return await book.probe();
  } catch (error) {
    if (error instanceof OperatorError) return { ok: false, lines: [error.message] };
    throw error;
  }
}
