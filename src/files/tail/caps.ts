/** Keeps the disk from filling: gives up what is over the caps on deleted files, and says what that costs. */
import type { ContainerLog, Log, LossReason } from '../../types.ts';
import type { Chain } from './chain.ts';
import type { LogFile } from '../logfile/logfile.ts';
import { countAhead } from './loss.ts';
import { overCaps, type Pin, type PinCaps } from './deleted.ts';
import { unread } from './tailed-file.ts';
import { abandonFile } from './truncation.ts';

export interface CapsOptions extends PinCaps {
  readonly chains: ReadonlySet<Chain>;
  readonly now: () => number;
  readonly lost: (reason: LossReason, bytes: number, log: ContainerLog) => void;
  /** Lists a directory again and opens what is new in it. */
  readonly inspect: (directory: string) => Promise<void>;
  readonly close: (file: LogFile) => void;
  readonly wake: (chain: Chain) => void;
  readonly log: Log;
}

export function keepCaps(options: CapsOptions): void {
  for (const pin of overCaps(options.chains, options, options.now())) {
    const bytes = unread(pin.tailed);
    options.close(pin.tailed.file!);
    abandonFile(pin.chain, pin.tailed, 'over_cap');
    // Failures of the environment are dealt with inside; a bug crashes.
    void goOnWithout(options, pin, bytes);
  }
}

/** A file was given up: if there is a compressed copy of it that has a name, nothing is lost. */
async function goOnWithout(options: CapsOptions, { chain, tailed }: Pin, bytes: number): Promise<void> {
  await options.inspect(chain.directory);
  if (!tailed.file && chain.pending === 0) countAhead(options, tailed);
  const usual =
    'Usually the sink is down or slower than the containers write; limits.pinned_bytes and limits.pinned_age are the caps.';
  if (bytes > 0) {
    options.log.throttled(
      tailed.file ? 'pins copied' : 'pins lost',
      tailed.file
        ? `a deleted log file was exchanged for its compressed copy, so that it does not fill the disk; nothing is lost. ${usual}`
        : `a deleted log file that is not shipped yet was given up, so that it does not fill the disk: its rest is lost. ${usual}`,
      { path: chain.log.path, bytes },
    );
  }
  options.wake(chain);
}
