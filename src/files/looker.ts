/**
 * Notices growth: `fstat` of what is held open, five times a sweep (every 200 ms) while a log grows, once (every second) when
 * it is idle, and of files that are done once in any case. That costs one microsecond a file (no event of the kernel is
 * cheaper under a flood, and none is reliable), and sees through renames.
 */
import type { ContainerLog } from '../types.ts';
import { unreadOf, type Chain } from './chain.ts';
import { errorCode, type Fs } from './fs.ts';
import { isNew, observe, type Reading } from './reading.ts';
import { lookByName } from './released.ts';
import { nextStep } from './step.ts';

export interface LookerOptions {
  readonly fs: Fs;
  readonly chains: ReadonlySet<Chain>;
  readonly now: () => number;
  readonly quietMs: number;
  readonly sweepMs: number;
  readonly admit: (log: ContainerLog) => 'read' | 'wait' | 'never';
  readonly wake: (chain: Chain) => void;
  /** It grows: see whether its directory changed too. */
  readonly grows: (chain: Chain) => void;
  /** A file of it may hold another source than a moment ago, or one that nobody knows: find out who it is. */
  readonly puzzled: (chain: Chain) => void;
}

export class Looker {
  readonly #options: LookerOptions;
  /** Time between two looks at a log that grows, and at one that is idle, ms. */
  readonly #growing: number;
  readonly #idle: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LookerOptions) {
    this.#options = options;
    this.#growing = options.sweepMs / 5;
    this.#idle = options.sweepMs;
  }

  start(): void {
    this.#timer = setInterval(() => this.lookAround(), this.#growing);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks at every log that is due. */
  lookAround(): void {
    const now = this.#options.now();
    for (const chain of this.#options.chains) {
      // Further ahead than that only if the clock was set back.
      if (chain.lookAt > now && chain.lookAt - now <= this.#idle) continue;
      this.look(chain);
      // An eighth of the time since it last grew.
      const wait = Math.min(Math.max((now - chain.grownAt) / 8, this.#growing), this.#idle);
      // Half a tick early, so that a tick that comes early is not missed.
      chain.lookAt = now + wait - this.#growing / 2;
    }
  }

  /** Looks at one log, and has it read if there is anything to do. */
  look(chain: Chain): void {
    const { admit, grows, now, puzzled, quietMs, wake } = this.#options;
    const at = now();
    let isPuzzling = false;
    for (const reading of chain.readings) {
      const isRare = reading.done || reading.released !== undefined;
      if ((!reading.file && !reading.released) || (isRare && at - reading.lookedAt < this.#idle)) continue;
      reading.lookedAt = at;
      if (this.#sees(reading, at)) chain.grownAt = at;
      isPuzzling ||= (reading.suspect && reading.file !== undefined) || isNew(reading);
    }
    if (isPuzzling && chain.admitted !== 'never') puzzled(chain);
    chain.behindSince = unreadOf(chain) > 0 ? chain.behindSince || at : 0;
    if (chain.admitted === 'wait') chain.admitted = admit(chain.log);
    if (at - chain.grownAt < this.#idle / 2) grows(chain);
    if (nextStep(chain, at, quietMs) !== 'wait') wake(chain);
  }

  /** Looks at one file. True if it changed. */
  #sees(reading: Reading, now: number): boolean {
    try {
      if (!reading.file) return lookByName(this.#options.fs, reading);
      if (!observe(reading, reading.file.stat(), now)) return false;
    } catch (error) {
      if (errorCode(error) === undefined || errorCode(error) === 'EBADF') throw error;
      reading.trouble = (error as Error).message;
      return false;
    }
    // A late write to a file that was done.
    if (reading.done && !reading.file.gz && (reading.size > reading.read || reading.suspect)) reading.done = false;
    return true;
  }
}
