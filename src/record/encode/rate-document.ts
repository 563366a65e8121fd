/**
 * The document that tells of the records which the rate of a container dropped in a minute. It stands where the first of them would.
 */
import type { Source } from '../../types.ts';
import { HALF } from '../format/time.ts';
import { noticeBytes, noticeId, noticeMiddle, type ReadyDocument } from './gap.ts';
import type { RenderedLog } from './rendered-log.ts';

/** How much was dropped, from where on, and between which times of lines: milliseconds since 1970. */
export interface Dropped {
  readonly source: Source;
  readonly offset: number;
  readonly from: number;
  readonly to: number;
  readonly records: number;
  /** Of content. */
  readonly bytes: number;
}

export function rateDocument(
  { source, offset, from, to, records, bytes }: Dropped,
  rendered: RenderedLog,
): ReadyDocument {
  const [start, end] = [new Date(from).toISOString(), new Date(to).toISOString()];
  const many = records === 1 ? '1 record' : `${records} records`;
  const message =
    `${many} of this container with ${bytes} bytes, from ${start} to ${end}, ${records === 1 ? 'was' : 'were'} dropped: more than ` +
    'the rate that a rule of podferry allows.';
  const event = JSON.stringify({ kind: 'event', action: 'dropped', reason: 'rate', start, end });
  return {
    bytes: noticeBytes(start, { source, offset, message }, event, rendered, undefined),
    id: noticeId({ high: Math.floor(from / HALF), low: from % HALF }, noticeMiddle(source.fingerprint, 'rate'), offset),
  };
}
