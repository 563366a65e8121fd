/** What is lost, in numbers for the counters and in words for the developer who meets the gap. */
import type { ContainerLog, Gap, Log, LossReason, Source } from '../../types.ts';
import { cureOf } from '../../util/causes.ts';
import { fingerprint } from './head.ts';
import type { TailedFile } from './tailed-file.ts';
import { START, type Resume } from './resume.ts';

export interface LossOptions {
  readonly gap: (gap: Gap) => Promise<void>;
  readonly lost: (reason: LossReason, bytes: number, log: ContainerLog) => void;
  /** Counts gaps of which no size is known: lines that nobody saw may be missing from this log. */
  readonly unseen?: ((log: ContainerLog) => void) | undefined;
  readonly log: Log;
  /** A source is to have an entry in the checkpoints, so that its loss is told again if we die before that is acknowledged. */
  readonly opened: (source: Source) => void;
  readonly now: () => number;
}

const WHAT_HAPPENED: Record<LossReason, string> = {
  rotated_away: 'rotated away while the agent was down',
  deleted_unread: 'was deleted before it could be opened',
  truncated: 'was truncated before it could be read',
  over_cap: 'was deleted while the sink could not take it, and given up so that the disk does not fill',
  unreadable: 'could not be read from the disk',
};

const UNOPENED =
  "a file of this container's log was deleted before it could be opened: what it held, if anything, nobody saw";

/** What an agent sent last before it ended may have arrived, and no position says so. */
const UNCONFIRMED = 'they are not confirmed as stored, though what was sent last may be (podferry verify tells)';

/**
 * Counts and marks `bytes` of a tailed file, from where it stands, as lost; it stands after them then. Marks what nobody saw of it
 * too (Source.unseenUntil): `bytes` may be 0 then.
 */
export async function tellLoss(options: LossOptions, tailed: TailedFile, bytes: number): Promise<void> {
  if (!tailed.source) tailed.staysNameless(nameless(tailed, tailed.size));
  const source = tailed.source!;
  const { lossReason: reason } = tailed;
  const { unseenUntil } = source;
  count(options, tailed, bytes);
  if (unseenUntil !== undefined) countUnseen(options, source, reason);
  if (reason === 'rotated_away' && bytes > 0) sayUnconfirmed(options.log, tailed.log, bytes);
  options.opened(source);
  await options.gap({
    source,
    offset: tailed.cursor.read,
    reason,
    action: 'gap',
    bytes,
    unseenUntil,
    time: source.committed.time || source.head || new Date(options.now()).toISOString(),
    message: isUnopened(source, reason) ? UNOPENED : whatIsMissing(bytes, reason, unseenUntil),
  });
  tailed.cursor.toldAsLost(bytes);
}

/**
 * Counts what is surely lost of a tailed file without a file whose turn has not come, since while the sink is stuck it will not
 * come. What a reader holds of it in its hand may yet arrive, and counts only when it does not; so does a file of which not
 * even the first line is known, since a copy may have it.
 */
export function countAhead(options: Pick<LossOptions, 'lost'>, tailed: TailedFile): void {
  const { cursor, source } = tailed;
  if (source) count(options, tailed, source.size - Math.max(cursor.read, cursor.inHand));
}

/** Counts `bytes` as lost, but for those that were counted ahead. */
function count({ lost }: Pick<LossOptions, 'lost'>, tailed: TailedFile, bytes: number): void {
  const { counted } = tailed.cursor;
  if (bytes <= counted) return;
  lost(tailed.lossReason, bytes - counted, tailed.log);
  tailed.cursor.countedAsLost(bytes);
}

function sayUnconfirmed(log: Log, { path }: ContainerLog, bytes: number): void {
  log.throttled(
    'lost rotated_away',
    `lines of a container log can be read no more and count as lost: they ${WHAT_HAPPENED.rotated_away}, and ${UNCONFIRMED}. A ` +
      'document marks the place. Usually the kubelet rotates faster than podferry was back: raise containerLogMaxFiles or ' +
      'containerLogMaxSize of the kubelet.',
    { path, bytes },
  );
}

function countUnseen({ unseen, log }: LossOptions, source: Source, reason: LossReason): void {
  const { path } = source.log;
  unseen?.(source.log);
  if (isUnopened(source, reason)) {
    log.throttled(
      'unopened',
      'a container log was there and gone before podferry could open it: what it held, if anything, nobody saw. A document ' +
        'marks it. Usually its pod was deleted by force within a moment, or limits of the node (fs.inotify, open files) keep ' +
        'podferry from seeing new logs at once: then raise them.',
      { path },
    );
    return;
  }
  const cure =
    reason === 'rotated_away'
      ? 'podferry was down for longer than the kubelet keeps rotated files: raise containerLogMaxFiles or containerLogMaxSize of the kubelet'
      : cureOf('EMFILE');
  log.throttled(
    `unseen gap ${reason}`,
    `lines that nobody saw may be missing from a container log: the newest file that was known of it ${WHAT_HAPPENED[reason]}. ` +
      `A document marks the place. Usually ${cure}.`,
    { path },
  );
}

/** Nothing of it was ever seen but its name. */
function isUnopened({ size }: Source, reason: LossReason): boolean {
  return size === 0 && reason === 'deleted_unread';
}

/**
 * A source for a file of which not even the first line is known, so that its loss has a place. `size`: bytes on disk. `resume`: what a former process
 * told of it is not told again.
 */
export function nameless({ log, head, names, disk }: TailedFile, size: number, resume?: Resume): Source {
  const print = fingerprint(log, head.bytes.length > 0 ? head : { bytes: `${names.paths[0]} ${disk.mtimeMs}` });
  const position = resume?.claim(log, print)?.position ?? START;
  const time = head.time || new Date(disk.mtimeMs).toISOString();
  return { log, fingerprint: print, resume: position, head: time, size, committed: position };
}

function whatIsMissing(bytes: number, reason: LossReason, unseenUntil: string | undefined): string {
  const what = `of this container's log ${WHAT_HAPPENED[reason]}`;
  const upTo = unseenUntil === undefined || unseenUntil === '' ? '' : ` up to the line of ${unseenUntil}`;
  if (bytes === 0)
    return `lines may be missing from here${upTo}: a file ${what}, and nobody saw what else was in it and after it`;
  const unseen = unseenUntil === undefined ? '' : `, and further lines that nobody saw may be missing${upTo}`;
  return `${inWords(bytes)} ${what}${unseen}${reason === 'rotated_away' ? `; ${UNCONFIRMED}` : ''}`;
}

/** 1 byte, 999 bytes, 4.2 kB, 17 MB … */
function inWords(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}
