/** What there still is to do with a tailed file. Pure. */
import type { TailedFile } from './tailed-file.ts';

/** Bytes known to be there and not handed on. */
export function unread({ cursor, done, size }: TailedFile): number {
  return done ? 0 : Math.max(0, size - cursor.read);
}

/** Nothing of it is left to be read, as far as the last look saw. */
export function isRead({ cursor, done, isStale, size }: TailedFile): boolean {
  return done || (size <= cursor.read && !isStale);
}

/** Nobody knows yet who it is, and its first line may be there by now. What failed is tried again by the turn. */
export function isNew({ cursor: { looked }, source, file, done, size }: TailedFile): boolean {
  return source === undefined && file !== undefined && !done && looked >= 0 && size > looked;
}

/** Everything that was handed on or told as lost is acknowledged. */
export function isAcknowledged({ cursor, source }: TailedFile): boolean {
  if (source === undefined) return true;
  const { committed, resume, unseenUntil } = source;
  // A gap without a size moves no offset: its document is acknowledged when there is another position than at the beginning.
  if (unseenUntil !== undefined && committed === resume) return false;
  return Math.min(committed.out, committed.err) >= cursor.read;
}
