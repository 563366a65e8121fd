/** What `podferry check` asks the API server: the metadata of pods, made as the agent makes it, asked and closed. */
import type { Config } from './config/config.ts';
import { PodMetadata } from './kube/pod-metadata.ts';
import { podMetadataOptions } from './metadata.ts';
import type { Log } from './types.ts';
import { OperatorError } from './util/errors.ts';

/** What a server answered. */
export interface ServerCheck {
  readonly ok: boolean;
  /** What was found out, or the reason of the failure. */
  readonly lines: readonly string[];
}

/** The answer says what was found. Nobody needs to read what happens meanwhile. */
const SILENT: Log = { info() {}, warn() {}, error() {}, throttled() {} };
export async function probeKubernetes(config: Config, version: string): Promise<ServerCheck> {
  try {
    const book = new PodMetadata({ ...podMetadataOptions(config, version), log: SILENT });
    return await book.check();
  } catch (error) {
    if (error instanceof OperatorError) return { ok: false, lines: [error.message] };
    throw error;
  }
}
