/** Which rejected documents are sent again. Pure. */
import { readDeadLetterLine, type DeadLetterEntry } from './line.ts';
import { asObject, asText, parseJson } from '../../util/json.ts';

/** Documents that meet all that is given. */
export interface Wanted {
  /** The type of the refusal, as the server calls it. */
  readonly reason: string | undefined;
  readonly namespace: string | undefined;
  /** Refused so long ago at least, and at most, in ms. */
  readonly olderThan: number | undefined;
  readonly newerThan: number | undefined;
}

/** @param now ms since 1970 */
export function isWanted(entry: DeadLetterEntry, wanted: Wanted, now: number): boolean {
  const { reason, namespace, olderThan = 0, newerThan = Infinity } = wanted;
  const age = now - (Date.parse(entry.at) || 0);
  if (age < olderThan || age > newerThan) return false;
  if (reason !== undefined && entry.refusal.type !== reason) return false;
  return namespace === undefined || namespaceOf(entry) === namespace;
}

/** What becomes of lines of the store. */
interface Sorted {
  /** To be sent again. */
  readonly sent: readonly DeadLetterEntry[];
  /** The lines that stay, … */
  readonly kept: readonly Buffer[];
  /** … and how many of them are asked for, and were not kept whole. */
  readonly damaged: number;
}

/** @param now ms since 1970 */
export function sorted(lines: readonly Buffer[], wanted: Wanted, now: number): Sorted {
  const sent: DeadLetterEntry[] = [];
  const kept: Buffer[] = [];
  let damaged = 0;
  for (const line of lines) {
    const entry = readDeadLetterLine(line);
    const isAskedFor = entry !== undefined && isWanted(entry, wanted, now);
    if (isAskedFor && entry.isWhole) sent.push(entry);
    else kept.push(line);
    if (isAskedFor && !entry.isWhole) damaged++;
  }
  return { sent, kept, damaged };
}

/** '' if the document does not say. */
export function namespaceOf({ document }: DeadLetterEntry): string {
  return asText(asObject(asObject(parseJson(document.toString()))['kubernetes'])['namespace']) ?? '';
}
