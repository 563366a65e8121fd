/** What the tests of the watch and of the metadata share: a clock and dice under control, waits that are noted and not waited. */
import type { Log } from '../../src/types.ts';

export class Said implements Log {
  readonly lines: string[] = [];
  readonly #once = new Set<string>();

  info(message: string): void {
    this.lines.push(`info ${message}`);
  }
  warn(message: string): void {
    this.lines.push(`warn ${message}`);
  }
  error(message: string): void {
    this.lines.push(`error ${message}`);
  }
  throttled(key: string, message: string): void {
    if (!this.#once.has(key)) this.lines.push(`throttled ${message}`);
    this.#once.add(key);
  }

  matching(pattern: RegExp): string[] {
    return this.lines.filter((line) => pattern.test(line));
  }
}

export class Time {
  ms = 1_000;
  dice = 0.5;
  /** The waits that were asked for, in milliseconds. */
  readonly pauses: number[] = [];
  readonly now = (): number => this.ms;
  readonly random = (): number => this.dice;
  readonly pause = async (ms: number): Promise<void> => {
    this.pauses.push(ms);
    await new Promise((done) => setImmediate(done));
  };
}
