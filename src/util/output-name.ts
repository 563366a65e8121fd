/** The names of outputs: parts of paths, of labels of metrics and of messages. */

/** The output that the sink at the top of the settings makes. */
export const DEFAULT_OUTPUT = 'default';

/** In `state.dir`: what outputs keep, in directories by their names. */
export const OUTPUTS_DIRECTORY = 'outputs';

/** What a name takes, in words that follow "it takes". */
export const OUTPUT_NAME_TAKES = 'small letters, digits and - between them, 32 at most, such as audit';

export function isOutputName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(name);
}
