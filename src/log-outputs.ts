/**
 * Which output each container log goes to. It is decided once, by the rules, when the log is first read: from then on its records,
 * its positions and the ids of its documents belong to one output, whatever becomes of the labels of its pod.
 */
import type { ContainerLog } from './types.ts';

export class LogOutputs {
  readonly #outputs = new WeakMap<ContainerLog, string>();

  /** Undefined: it is not decided yet. */
  of(log: ContainerLog): string | undefined {
    return this.#outputs.get(log);
  }

  /** @param asked what the rules ask for now */
  decide(log: ContainerLog, asked: () => string): string {
    const known = this.#outputs.get(log);
    if (known !== undefined) return known;
    const output = asked();
    this.#outputs.set(log, output);
    return output;
  }
}
