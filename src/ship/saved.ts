/**
 * An entry of the checkpoint file as JSON, and back. A right checksum says only that a line is as somebody wrote it. So every member
 * that the agent relies on is checked; unknown members are ignored. Pure.
 */
import type { Position, Saved } from '../types.ts';
import { asObject } from '../util/json.ts';

/** `<pod uid>/<container>/<restart>` */
const KEY = /^[^/]{0,255}\/[^/]{0,255}\/\d{1,9}$/;
const FINGERPRINT = /^[\w-]{12}$/;
const LONGEST_TIME = 64;
const LONGEST_PATH = 4096;

/** The file calls a position `mark`, as all earlier versions do. */
interface Entry extends Omit<Saved, 'position'> {
  readonly mark: Position;
}

/** The value to write as JSON. */
export function entryOf({ position: mark, key, path, fingerprint, size, head, unseenUntil, endsAt }: Saved): Entry {
  return { key, path, fingerprint, mark, size, head, unseenUntil, endsAt };
}

/** The content of an entry; undefined if the value is not one. */
export function savedOf(value: unknown): Saved | undefined {
  if (!isEntry(value)) return undefined;
  const { mark: position, ...rest } = value;
  return { ...rest, position };
}

function isEntry(value: unknown): value is Entry {
  const { key, path, fingerprint, mark, size, head, unseenUntil, endsAt } = asObject(value);
  return (
    isText(key, KEY) &&
    (path === undefined || (typeof path === 'string' && path.length <= LONGEST_PATH && !path.includes('\0'))) &&
    isText(fingerprint, FINGERPRINT) &&
    isPosition(mark) &&
    isOffset(size) &&
    isTime(head) &&
    (unseenUntil === undefined || isTime(unseenUntil)) &&
    (endsAt === undefined || isOffset(endsAt))
  );
}

function isPosition(value: unknown): value is Position {
  const { out, err, time } = asObject(value);
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
