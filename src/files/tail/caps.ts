/**
 * Caps on deleted files that are kept open: such a file occupies the disk for as long as we hold it. Over a cap the oldest one of
 * the container with the most is given up first, and what that costs is said.
 */
import type { ContainerLog, Log, LossReason } from '../../types.ts';
import { errorCode } from '../logfile/fs.ts';
import type { LogFile } from '../logfile/logfile.ts';
import type { Chain } from './chain.ts';
import { countAhead } from './loss.ts';
import type { Origin } from './origin.ts';
import { unread } from './progress.ts';
import type { TailedFile } from './tailed-file.ts';
import { abandonFile } from './truncation.ts';

export interface Caps {
  /** Bytes on the disk of deleted files that are not read to their end, in all. */
  readonly pinnedBytes: number;
  /** How long such a file is kept, ms. */
  readonly pinnedAgeMs: number;
}

export interface CapsOptions extends Caps {
  readonly chains: ReadonlySet<Chain>;
  readonly now: () => number;
  readonly lost: (reason: LossReason, bytes: number, log: ContainerLog) => void;
  readonly origin: Pick<Origin, 'scan'>;
  readonly close: (file: LogFile) => void;
  readonly wake: (chain: Chain) => void;
  readonly log: Log;
}

interface Deleted {
  readonly chain: Chain;
  readonly tailed: TailedFile;
}

/** Gives up what is over the caps. */
export function keepCaps(options: CapsOptions): void {
  for (const { chain, tailed } of overCaps(options.chains, options, options.now())) {
    lookOnce(tailed, options.now());
    const bytes = unread(tailed);
    options.close(tailed.file!);
    abandonFile(chain, tailed, 'over_cap');
    // Failures of the environment are dealt with inside; a bug crashes.
    void goOnWithout(options, chain, tailed, bytes);
  }
}

/** Whoever deleted it may have left it to a container that goes on writing: what that wrote since the last look counts too. */
function lookOnce(tailed: TailedFile, now: number): void {
  try {
    tailed.observe(tailed.file!.stat(), now);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
}

/** A file was given up: if there is a compressed copy of it that has a name, nothing is lost. */
async function goOnWithout(options: CapsOptions, chain: Chain, tailed: TailedFile, bytes: number): Promise<void> {
  await options.origin.scan(chain.directory);
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

/** Bytes on the disk that deleted files of this log occupy. */
export function deletedBytes({ files }: Chain): number {
  let bytes = 0;
  for (const tailed of files) if (isDeleted(tailed)) bytes += tailed.disk.onDisk;
  return bytes;
}

/** What is to be given up at `now` (ms since 1970) so that the caps hold. Pure. */
export function overCaps(chains: Iterable<Chain>, caps: Caps, now: number): Deleted[] {
  const given: Deleted[] = [];
  const held: { chain: Chain; deleted: TailedFile[]; bytes: number }[] = [];
  let total = 0;
  for (const chain of chains) {
    const deleted = chain.files.filter(isDeleted);
    const old = deleted.filter(({ disk }) => now - disk.unlinkedAt! > caps.pinnedAgeMs);
    for (const tailed of old) given.push({ chain, tailed });
    const kept = deleted.filter((each) => !old.includes(each));
    const bytes = kept.reduce((sum, { disk }) => sum + disk.onDisk, 0);
    if (bytes > 0) held.push({ chain, deleted: kept, bytes });
    total += bytes;
  }
  while (total > caps.pinnedBytes) {
    const noisiest = held.reduce((a, b) => (b.bytes > a.bytes ? b : a));
    const tailed = noisiest.deleted.shift()!;
    given.push({ chain: noisiest.chain, tailed });
    noisiest.bytes -= tailed.disk.onDisk;
    total -= tailed.disk.onDisk;
  }
  return given;
}

function isDeleted({ disk, done, file }: TailedFile): boolean {
  return file !== undefined && !done && disk.unlinkedAt !== undefined;
}
