/**
 * What of a container log is not acknowledged: not read, or read and on its way. A line that has no end yet is held open and
 * counts apart: it may stay so for ever, as a prompt does. Pure.
 */
import type { Reach, Source } from '../../types.ts';
import { unreadOf, type Chain } from './chain.ts';
import type { TailedFile } from './tailed-file.ts';

/** How far the record stage is with a source; undefined: everything that was handed on may be committed. */
export type ReachOf = (source: Source) => Reach | undefined;

/** Bytes of the log that are not acknowledged, without what is held open. 0: everything else is acknowledged. */
export function backlogOf(chain: Chain, reachOf: ReachOf): number {
  if (chain.admitted === 'never') return flyingOf(chain, reachOf);
  return unreadOf(chain) - openTailOf(chain) + flyingOf(chain, reachOf);
}

/** Bytes of last lines without their line feed. */
export function openTailOf({ admitted, files }: Chain): number {
  if (admitted !== 'read') return 0;
  let bytes = 0;
  for (const tailed of files) bytes += openTail(tailed);
  return bytes;
}

/** For how long (ms) the oldest line of the log that is not acknowledged has been known; 0 if there is none. */
export function ageOf(chain: Chain, reachOf: ReachOf, now: number): number {
  if (chain.behindSince === 0 || backlogOf(chain, reachOf) === 0) return 0;
  const oldest = chain.files.find(({ source, cursor }) => source && least(source) < Math.max(cursor.read, source.size));
  // A log that is written to all the time always has lines on their way: the oldest one is younger than the last acknowledged.
  const acknowledged = Date.parse(oldest?.source?.committed.time ?? '') || 0;
  return Math.max(0, now - Math.max(chain.behindSince, acknowledged));
}

/** Looked at up to its end without finding the end of another line. */
function openTail({ cursor, done, isStale, size, suspect }: TailedFile): number {
  if (done || isStale || suspect || cursor.looked < size) return 0;
  return Math.max(0, size - Math.max(cursor.read, cursor.inHand));
}

/** Bytes that were handed on, or told as lost, and are not acknowledged. */
function flyingOf({ files }: Chain, reachOf: ReachOf): number {
  let bytes = 0;
  for (const { cursor, source } of files) {
    if (!source) continue;
    const { read, midLine } = cursor;
    const { out, err } = source.committed;
    const reach = reachOf(source);
    if (!reach) {
      bytes += Math.max(0, read - least(source));
      continue;
    }
    // The record stage knows nothing of a stretch that was told as lost, and counts a long line when it is whole.
    const told = midLine ? 0 : Math.max(0, read - Math.max(reach.read, least(source)));
    bytes += told + Math.max(0, Math.min(read, reach.out) - out, Math.min(read, reach.err) - err);
  }
  return bytes;
}

function least({ committed }: Source): number {
  return Math.min(committed.out, committed.err);
}
