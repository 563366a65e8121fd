/** The values of the labels of metrics, from those who give them, so that every series exists from the start. */
import type { Config } from './config/config.ts';
import { API_ERROR_KINDS } from './kube/api/api-error.ts';
import type { LabelValues } from './observe/suppliers.ts';
import { RULES } from './record/encode/counts.ts';
import { SINKS } from './sinks/index.ts';

export function labelValues(outputs: readonly OutputSink[]): LabelValues {
  const words = outputs.map(({ name, config: { sink } }) => ({ name, ...SINKS[sink].words }));
  return { dropped: RULES, watchRestarts: API_ERROR_KINDS, outputs: words };
}

/** What of an output counts. */
interface OutputSink {
  readonly name: string;
  readonly config: Pick<Config, 'sink'>;
}
