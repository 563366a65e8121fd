/** Entries of a named directory that cannot be looked at: they are named in one sentence, and all others are read. */
import { cureOf } from '../../util/causes.ts';
import { count } from '../../util/human.ts';

export interface Unreadable {
  readonly path: string;
  /** Of the system call that failed: EACCES … */
  readonly code: string;
}

/** So many are named. */
const MOST = 10;

/** In words; there is one at least. */
export function sayUnreadable(entries: readonly Unreadable[]): string {
  const named = entries.slice(0, MOST).map(({ path, code }) => `${JSON.stringify(path)} (${code})`);
  if (entries.length > MOST) named.push(`${count(entries.length - MOST)} more`);
  const cures = new Set(entries.map(({ code }) => cureOf(code)));
  return `what lies at these paths is not read, since they cannot be looked at: ${named.join(', ')}. Usually ${[...cures].join('; or ')}.`;
}
