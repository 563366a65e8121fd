/**
 * Mistakes of the operator. Every other error comes from the environment and is handled where it happens, or is a bug of podferry
 * and ends the process: a restart is safe.
 */

/** A mistake in the settings: its message is one sentence that names the setting. main.ts prints it and exits 1. */
export class OperatorError extends Error {
  override name = 'OperatorError';
}
