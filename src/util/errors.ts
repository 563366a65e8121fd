/**
 * The operator's mistakes. Anything else that throws is either the environment (handled where it happens) or our own bug
 * (which crashes: restart is safe).
 */

/** A mistake in the settings: its message is one sentence that names the setting. main.ts prints it and exits 1. */
export class OperatorError extends Error {
  override name = 'OperatorError';
}
