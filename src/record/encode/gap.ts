/**
 * A gap is a document too: what is missing, how much and why, at its place among the container's lines.
 */
import { createHash } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { Gap } from '../../types.ts';
import { type RenderedLog, pathBytes } from './rendered-log.ts';
import { ID_BYTES, write48 } from './id.ts';
import { Clock, HALF } from '../format/time.ts';

const MOST_WORDS = 1000;
/** Clock must see that the time ends. */
const SUFFIX = ' ';

/** A document that is ready, its LF included, and its id. */
export interface ReadyDocument {
  readonly bytes: Buffer;
  readonly id: Buffer;
}

/** `now`, in milliseconds since 1970, is used where the gap's time cannot be parsed. */
export function gapDocument(gap: Gap, rendered: RenderedLog, now: number): ReadyDocument {
  const clock = new Clock();
  let time = gap.time;
  const text = Buffer.from(time + SUFFIX);
  if (clock.read(text, 0, text.length) !== text.length - 1) {
    time = new Date(now).toISOString();
    clock.read(Buffer.from(time + SUFFIX), 0, time.length + 1);
  }
  const isUnknown = gap.unseenUntil !== undefined;
  const said = JSON.stringify({
    partial_metadata: rendered.partial || undefined,
    // The size of an unseen gap is unknown, unless part of it was seen.
    lost_bytes: isUnknown && gap.bytes === 0 ? undefined : gap.bytes,
    lost_unknown: isUnknown || undefined,
  });
  const event = JSON.stringify({
    kind: 'pipeline_error',
    action: gap.action,
    reason: gap.reason,
    start: isUnknown ? time : undefined,
    end: instantOf(gap.unseenUntil),
  });
  const bytes = noticeBytes(time, gap, event, rendered, said);
  return { bytes, id: noticeId(clock, gapMiddle(gap.source.fingerprint), gap.offset) };
}

/** A document that tells of a log rather than out of it. `event` and `said`, of `podferry`, are JSON. */
export function noticeBytes(
  time: string,
  { source, offset, message }: Pick<Gap, 'source' | 'offset' | 'message'>,
  event: string,
  rendered: RenderedLog,
  said: string | undefined,
): Buffer {
  return Buffer.concat([
    Buffer.from(
      `{"@timestamp":"${time}","message":${JSON.stringify(message.slice(0, MOST_WORDS))},"log":{"file":{"path":`,
    ),
    pathBytes(source.log),
    Buffer.from(`},"offset":${offset}},"event":${event}`),
    rendered.metadata,
    Buffer.from(said === undefined ? '}\n' : `,"podferry":${said}}\n`),
  ]);
}

/** A time as it may stand in a date field: undefined for one that is none, since Elasticsearch would refuse the document. */
function instantOf(time: string | undefined): string | undefined {
  const text = Buffer.from(`${time ?? ''}${SUFFIX}`);
  return new Clock().read(text, 0, text.length) === text.length - 1 ? time : undefined;
}

/** The middle of the ids of gaps in the source with this fingerprint. */
export function gapMiddle(fingerprint: string): string {
  return noticeMiddle(fingerprint, 'gap');
}

/** The same of other notices, by what they tell. */
export function noticeMiddle(fingerprint: string, what: 'gap' | 'rate'): string {
  return createHash('sha256').update(`${fingerprint}\n${what}`).digest('base64url').slice(0, 12);
}

/**
 * As a line's id, with a middle of its own: a line at the same place keeps its id. The reason is no part of it: a gap that is
 * told again after a crash, when all that is known is that the file is gone, is the same gap.
 */
export function noticeId({ high, low }: Pick<Clock, 'high' | 'low'>, middle: string, offset: number): Buffer {
  const id = Buffer.alloc(ID_BYTES);
  write48(id, 0, high * HALF + low);
  id.write(middle, 8, 'latin1');
  write48(id, 20, offset);
  return id;
}
