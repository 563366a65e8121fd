/**
 * Reads that fail: tried again a few times, then the file is given up, and what that costs is said, counted and marked.
 */
import type { Log } from '../../types.ts';
import type { Chain } from './chain.ts';
import { errorCode } from '../logfile/fs.ts';
import type { LogFile } from '../logfile/logfile.ts';
import { startOf } from './resume.ts';
import type { TailedFile } from './tailed-file.ts';
import { abandonFile } from './truncation.ts';
import { Damaged } from '../logfile/unpacker.ts';

export interface FailureOptions {
  readonly log: Log;
  readonly now: () => number;
  readonly close: (file: LogFile) => void;
}

/** Logs do not pack better than this: a trailer that says so lies. */
const MOST_PACKED = 64;

/**
 * The environment failed us: notes when to try again, or gives the file up. Answers how many bytes are lost with it.
 * @throws `error` if it is our own.
 */
export function readFailed(options: FailureOptions, chain: Chain, tailed: TailedFile, error: Error): number {
  const isDamaged = error instanceof Damaged;
  if (!isDamaged && (errorCode(error) === undefined || errorCode(error) === 'EBADF')) throw error;
  // Closed while it was read: nobody wants it any more.
  if (!tailed.file) return 0;
  const isTooOften = tailed.retries.readFailed(error.message, options.now());
  options.log.throttled(
    isDamaged ? 'damaged' : 'unreadable',
    isDamaged
      ? `a compressed log file is damaged: what could be unpacked is shipped, the rest is lost`
      : `a log file cannot be read: tried again for five minutes, then its unread rest is lost. Usually a disk fails.`,
    { path: tailed.names.paths[0] ?? tailed.log.path, error: error.message },
  );
  return isDamaged || isTooOften ? giveUp(options, chain, tailed, isDamaged) : 0;
}

/** Answers how many bytes there were, as far as known, that were not read. */
function giveUp({ close }: FailureOptions, chain: Chain, tailed: TailedFile, isDamaged: boolean): number {
  const file = tailed.file!;
  const { size, mtimeMs } = file.stat();
  const { source } = tailed;
  const { read } = tailed.cursor;
  abandonFile(chain, tailed, 'unreadable');
  // Not to be tried again at every listing; a copy of it may still help.
  chain.know(file.id, { size, mtimeMs, tailed });
  close(file);
  // What was written since the disk failed was seen by no look.
  let known = isDamaged ? (source?.size ?? size) : Math.max(source?.size ?? 0, size);
  if (isDamaged && (known > read + MOST_PACKED * size || known <= read)) {
    // The trailer of a file that was cut is no size. At least something is missing, unless a former process told it.
    const isTold = source !== undefined && read > 0 && read === startOf(source.resume);
    known = isTold ? read : read + 1;
  }
  tailed.givenUp(known);
  return Math.max(0, known - read);
}
