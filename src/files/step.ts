/**
 * What to do next with a container log: the closed list of cases. Their names are those of docs/rotation.md. Pure.
 */
import { current, isOver, type Chain } from './chain.ts';
import { isPacked, isQuiet, type Reading } from './reading.ts';

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

/** How long the rest of a file that is gone may be hoped for in a file that cannot be opened yet, ms. */
const PENDING_MS = 15_000;

/** Decides at `now` (ms). */
export function nextStep(chain: Chain, now: number, quietMs: number): Step {
  if (chain.admitted === 'never') return chain.open ? 'end' : 'wait';
  if (!chain.walked || chain.listing || chain.admitted === 'wait') return 'wait';
  const reading = current(chain);
  if (reading === undefined) return chain.open && isOver(chain, now) ? 'end' : 'wait';
  if (reading.file === undefined && reading.released === undefined) {
    return chain.pending > 0 && now - reading.lookedAt < PENDING_MS ? 'wait' : 'finish';
  }
  if (reading.retryAt > now || reading.identifying) return 'wait';
  const step = stepWithFile(chain, reading, now, quietMs);
  if (reading.file) return step;
  return step === 'wait' && !reading.isStale ? 'wait' : 'open';
}

function stepWithFile(chain: Chain, reading: Reading, now: number, quietMs: number): Step {
  if (reading.suspect) return 'truncated';
  if (reading.cutAt !== undefined) return 'cut';
  if (reading.source === undefined) {
    return reading.size > reading.looked || isFinal(chain, reading, now, quietMs) ? 'identify' : 'wait';
  }
  if (isPacked(reading)) return reading.unpacked ? 'finish' : 'read';
  if (reading.size > reading.looked) return 'read';
  return isFinal(chain, reading, now, quietMs) ? 'finish' : 'wait';
}

/** Nothing will be added to it: it has a successor, or its log is over, and it is quiet. */
export function isFinal(chain: Chain, reading: Reading, now: number, quietMs: number): boolean {
  if (isPacked(reading)) return true;
  const followed = chain.readings.at(-1) !== reading || isOver(chain, now);
  return followed && isQuiet(reading, now, quietMs);
}
