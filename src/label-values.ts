/** The values of the labels of metrics, from those who give them, so that every series exists from the start. */
import type { Config } from './config/config.ts';
import { API_ERROR_KINDS } from './kube/api/api-error.ts';
import type { LabelValues } from './observe/suppliers.ts';
import { RULES } from './record/encode/counts.ts';
import { SINKS } from './sinks/index.ts';

export function labelValues({ sink }: Pick<Config, 'sink'>): LabelValues {
  return { dropped: RULES, watchRestarts: API_ERROR_KINDS, ...SINKS[sink].words };
}
