/** The last line of a replay: what became of everything that was there. */
import { bytes, count, duration } from '../util/human.ts';
import type { LossReason, Settled } from '../types.ts';

export interface Tally extends Settled {
  /** Bytes of log read, uncompressed. */
  readonly bytes: number;
  /** Lines that are neither CRI nor docker's JSON, shipped as they were. */
  readonly unparsed: number;
  /** Records left out because rules or annotations ask for it. */
  readonly dropped: number;
  /** Bytes lost, by reason. */
  readonly lost: ReadonlyMap<LossReason, number>;
  readonly ms: number;
}

/** `154 records, 64.2 KiB, 0 rejected, 0 lost, 1 unparsed in 48 ms (1.3 MiB/s)`; what is zero and no promise goes unsaid. */
export function summary({ stored, duplicate, rejected, bytes: read, unparsed, dropped, lost, ms }: Tally): string {
  const records = stored + duplicate + rejected;
  const sayings = [
    `${count(records)} ${records === 1 ? 'record' : 'records'}`,
    bytes(read),
    `${count(rejected)} rejected`,
    lostWords(lost),
  ];
  if (duplicate > 0) sayings.push(`${count(duplicate)} stored before`);
  if (dropped > 0) sayings.push(`${count(dropped)} dropped by rule`);
  if (unparsed > 0) sayings.push(`${count(unparsed)} unparsed`);
  return `${sayings.join(', ')} in ${duration(ms)} (${bytes((read / Math.max(ms, 1)) * 1000)}/s)`;
}

function lostWords(lost: ReadonlyMap<LossReason, number>): string {
  const some = [...lost].filter(([, amount]) => amount > 0);
  if (some.length === 0) return '0 lost';
  const total = some.reduce((sum, [, amount]) => sum + amount, 0);
  return `${bytes(total)} lost (${some.map(([reason]) => reason.replaceAll('_', ' ')).join(', ')})`;
}
