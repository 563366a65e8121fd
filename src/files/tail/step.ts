/**
 * What to do next with a container log: the closed list of cases. Their names are those of docs/rotation.md. Pure.
 */
import { current, isLeft, isOver, type Chain } from './chain.ts';
import { isQuiet } from './disk-facts.ts';
import { isPacked, type TailedFile } from './tailed-file.ts';

export type Step =
  /** Nothing to do now; a later look may see something. */
  | 'wait'
  /** There is something to do with its file, which was closed to make room for others: open it. */
  | 'open'
  /** Read a buffer and hand on its lines. */
  | 'read'
  /** Find out who it is: its first line may be complete. */
  | 'identify'
  /** It may have been truncated: find out, and part what was from what is. */
  | 'truncated'
  /** Its end was cut off, its first line is still there: tell what is lost, go on from there. */
  | 'cut'
  /** At its end for good: hand on what is left, tell what is lost. */
  | 'finish'
  /** All its files are done and there will be no more. */
  | 'end';

/** A container that is said to have ended must have been silent for so many quiet periods: what says so may be ahead of its log. */
const EXITED_QUIET = 5;
/** How long the rest of a file that is gone may be hoped for in a file that cannot be opened yet, ms. */
const PENDING_MS = 15_000;

/** Decides at `now` (ms). */
export function nextStep(chain: Chain, now: number, quietMs: number): Step {
  if (chain.admitted === 'never') return chain.open ? 'end' : 'wait';
  if (!chain.walked || chain.listing || chain.admitted === 'wait') return 'wait';
  const tailed = current(chain);
  if (tailed === undefined) return chain.open && isOver(chain, now) ? 'end' : 'wait';
  if (tailed.file === undefined && tailed.released === undefined) {
    return chain.pending > 0 && now - tailed.disk.lookedAt < PENDING_MS ? 'wait' : 'finish';
  }
  if (tailed.retries.at > now || tailed.identifying) return 'wait';
  const step = stepWithFile(chain, tailed, now, quietMs);
  if (tailed.file) return step;
  return step === 'wait' && !tailed.isStale ? 'wait' : 'open';
}

function stepWithFile(chain: Chain, tailed: TailedFile, now: number, quietMs: number): Step {
  if (tailed.suspect) return 'truncated';
  if (tailed.cutAt !== undefined) return 'cut';
  if (tailed.source === undefined) {
    return tailed.size > tailed.cursor.looked || isFinal(chain, tailed, now, quietMs) ? 'identify' : 'wait';
  }
  if (isPacked(tailed)) return tailed.cursor.unpacked ? 'finish' : 'read';
  if (tailed.size > tailed.cursor.looked) return 'read';
  return isFinal(chain, tailed, now, quietMs) && !isEnding(tailed) ? 'finish' : 'wait';
}

/** Nothing will be added to it: it has a successor, or its log is over, and it is quiet. */
export function isFinal(chain: Chain, tailed: TailedFile, now: number, quietMs: number): boolean {
  if (isPacked(tailed)) return true;
  if (chain.files.at(-1) !== tailed || isLeft(chain, now)) return isQuiet(tailed.disk, now, quietMs);
  return isOver(chain, now) && isQuiet(tailed.disk, now, EXITED_QUIET * quietMs);
}

/** It ended before, and what was open then is not acknowledged yet: only one end is noted on disk. */
function isEnding({ source }: TailedFile): boolean {
  return source?.endsAt !== undefined && source.endsAt > Math.min(source.committed.out, source.committed.err);
}
