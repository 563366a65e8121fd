/**
 * Whether what stands in a line of the checkpoint file is an entry: a right checksum says only that the line is as somebody wrote
 * it. Everything that the rest of the agent relies on is looked at; unknown members are ignored. Pure.
 */
import type { Mark, Saved } from '../types.ts';

/** `<pod uid>/<container>/<restart>` */
const KEY = /^[^/]{0,255}\/[^/]{0,255}\/\d{1,9}$/;
const FINGERPRINT = /^[\w-]{12}$/;
const LONGEST_TIME = 64;
const LONGEST_PATH = 4096;

export function isSaved(value: unknown): value is Saved {
  const { key, path, fingerprint, mark, size, head, unseenUntil } = object(value);
  return (
    isText(key, KEY) &&
    (path === undefined || (typeof path === 'string' && path.length <= LONGEST_PATH && !path.includes('\0'))) &&
    isText(fingerprint, FINGERPRINT) &&
    isMark(mark) &&
    isOffset(size) &&
    isTime(head) &&
    (unseenUntil === undefined || isTime(unseenUntil))
  );
}

function isMark(value: unknown): value is Mark {
  const { out, err, time } = object(value);
  return isOffset(out) && isOffset(err) && isTime(time);
}

/** A number of bytes. */
function isOffset(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** As a container wrote it, or ''. */
function isTime(value: unknown): boolean {
  return typeof value === 'string' && value.length <= LONGEST_TIME && /^[\x20-\x7e]*$/.test(value);
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
