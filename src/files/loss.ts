/** What is lost, in numbers for the counters and in words for the developer who meets the gap. */
import type { ContainerLog, Gap, LossReason } from '../types.ts';
import type { Reading } from './reading.ts';

export interface LossOptions {
  readonly gap: (gap: Gap) => Promise<void>;
  readonly lost: (reason: LossReason, bytes: number, log: ContainerLog) => void;
  readonly now: () => number;
}

const WHAT_HAPPENED: Record<LossReason, string> = {
  rotated_away: 'rotated away while the agent was down',
  deleted_unread: 'was deleted before it could be opened',
  truncated: 'was truncated before it could be read',
  over_cap: 'was deleted while the sink could not take it, and given up so that the disk does not fill',
  unreadable: 'could not be read from the disk',
};

/** Counts and marks `bytes` of a reading, from where it stands, as lost. The reading has a source. */
export async function tellLoss(
  options: LossOptions,
  reading: Reading,
  reason: LossReason,
  bytes: number,
): Promise<void> {
  const source = reading.source!;
  options.lost(reason, bytes, reading.log);
  reading.toldAt = options.now();
  await options.gap({
    source,
    offset: reading.read,
    reason,
    action: 'gap',
    bytes,
    time: source.committed.time || source.head || new Date(options.now()).toISOString(),
    message: `${inWords(bytes)} of this container's log ${WHAT_HAPPENED[reason]}`,
  });
}

/** 999 bytes, 4.2 kB, 17 MB … */
function inWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}
