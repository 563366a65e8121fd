/** Which rejected documents are sent again. Pure. */
import type { DeadLetterEntry } from './line.ts';
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

/** '' if the document does not say. */
export function namespaceOf({ document }: DeadLetterEntry): string {
  return asText(asObject(asObject(parseJson(document.toString()))['kubernetes'])['namespace']) ?? '';
}
