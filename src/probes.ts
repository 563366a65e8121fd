/** What `podferry check` asks the API server: the metadata of pods, made as the agent makes it, asked and closed. */
import type { Config } from './config/config.ts';
import type { ApiCheck } from './kube/api-check.ts';
import { PodMetadata } from './kube/pod-metadata.ts';
import { podMetadataOptions } from './metadata.ts';
import type { Log } from './types.ts';
import { OperatorError } from './util/errors.ts';

/** The answer says what was found. Nobody needs to read what happens meanwhile. */
const SILENT: Log = { info() {}, warn() {}, error() {}, throttled() {} };

/** An operator's mistake is an answer too. */
export async function probeKubernetes(config: Config, version: string): Promise<ApiCheck> {
  try {
    const pods = new PodMetadata({ ...podMetadataOptions(config, version), log: SILENT });
    return await pods.check();
  } catch (error) {
    if (error instanceof OperatorError) return { ok: false, lines: [error.message] };
    throw error;
  }
}
