/** The names of outputs: parts of paths, of labels of metrics and of messages. */

import { OperatorError } from './errors.ts';

/** The output that the sink at the top of the settings makes. */
export const DEFAULT_OUTPUT = 'default';

/** In `state.dir`: what outputs keep, in directories by their names. */
export const OUTPUTS_DIRECTORY = 'outputs';

/** What a name takes, in words that follow "it takes". */
export const OUTPUT_NAME_TAKES = 'small letters, digits and - between them, 32 at most, such as audit';

/**
 * Answers as `work` does. What it says of a setting of the output is said with the whole name of that setting.
 * @throws OperatorError whose sentence begins with the key of a setting, with `outputs.NAME.` in front
 */
export async function ofOutput<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (name === DEFAULT_OUTPUT || !(error instanceof OperatorError)) throw error;
    throw new OperatorError(`outputs.${name}.${error.message}`);
  }
}

export function isOutputName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(name);
}
