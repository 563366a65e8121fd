/**
 * Notices growth: `fstat` of what is held open, five times a sweep (every 200 ms) while a log grows, once (every second) when
 * it is idle, and of files that are done once in any case. That costs one microsecond a file (no event of the kernel is
 * cheaper under a flood, and none is reliable), and sees through renames.
 */
import type { ContainerLog } from '../../types.ts';
import { backlogOf, type ReachOf } from './backlog.ts';
import type { Admission, Chain } from './chain.ts';
import { errorCode, type Fs } from '../logfile/fs.ts';
import { isNew } from './progress.ts';
import { lookByName } from './released.ts';
import { nextStep } from './step.ts';
import type { TailedFile } from './tailed-file.ts';

export interface PollerOptions {
  readonly fs: Fs;
  readonly chains: ReadonlySet<Chain>;
  readonly now: () => number;
  readonly quietMs: number;
  readonly sweepMs: number;
  readonly admit: (log: ContainerLog) => Admission;
  readonly wake: (chain: Chain) => void;
  readonly reach: ReachOf;
  /** It grows: see whether its directory changed too. */
  readonly grows: (chain: Chain) => void;
  /** A file of it may hold another source than a moment ago, or one that nobody knows: find out who it is. */
  readonly puzzled: (chain: Chain) => void;
}

export class Poller {
  readonly #options: PollerOptions;
  /** Time between two looks at a log that grows, and at one that is idle, ms. */
  readonly #growing: number;
  readonly #idle: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.#growing = options.sweepMs / 5;
    this.#idle = options.sweepMs;
  }

  start(): void {
    this.#timer = setInterval(() => this.pollAll(), this.#growing);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks at every log that is due. */
  pollAll(): void {
    const now = this.#options.now();
    for (const chain of this.#options.chains) {
      // Further ahead than that only if the clock was set back.
      if (chain.lookAt > now && chain.lookAt - now <= this.#idle) continue;
      this.poll(chain);
      // An eighth of the time since it last grew.
      const wait = Math.min(Math.max((now - chain.grownAt) / 8, this.#growing), this.#idle);
      // Half a tick early, so that a tick that comes early is not missed.
      chain.lookedAt(now + wait - this.#growing / 2);
    }
  }

  /** Looks at one log, and has it read if there is anything to do. */
  poll(chain: Chain): void {
    const { admit, grows, now, puzzled, quietMs, reach, wake } = this.#options;
    const at = now();
    let isPuzzling = false;
    for (const tailed of chain.files) {
      const { disk, done, file, released } = tailed;
      const isRare = done || released !== undefined;
      if ((!file && !released) || (isRare && at - disk.lookedAt < this.#idle)) continue;
      disk.looked(at);
      if (this.#sees(tailed, at)) chain.grew(at);
      isPuzzling ||= (tailed.suspect && tailed.file !== undefined) || isNew(tailed);
    }
    if (isPuzzling && chain.admitted !== 'never') puzzled(chain);
    chain.measured(backlogOf(chain, reach) > 0, at);
    if (chain.admitted === 'wait') chain.admit(admit(chain.log));
    if (at - chain.grownAt < this.#idle / 2) grows(chain);
    if (nextStep(chain, at, quietMs) !== 'wait') wake(chain);
  }

  /** Looks at one file. True if it changed. */
  #sees(tailed: TailedFile, now: number): boolean {
    try {
      if (!tailed.file) return lookByName(this.#options.fs, tailed);
      if (!tailed.observe(tailed.file.stat(), now)) return false;
    } catch (error) {
      if (errorCode(error) === undefined || errorCode(error) === 'EBADF') throw error;
      tailed.retries.lookFailed((error as Error).message);
      return false;
    }
    // A late write to a file that was done.
    if (tailed.done && !tailed.file.gz && (tailed.size > tailed.cursor.read || tailed.suspect)) tailed.wasWrittenTo();
    return true;
  }
}
