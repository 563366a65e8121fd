/** `setup.retention`: how long documents are kept, with exceptions for some data streams. */
import { itemsOf, quote } from '../util/given.ts';
import type { Setting } from '../util/setting.ts';
import { parseDuration } from '../util/units.ts';

/** Milliseconds; null: for ever. */
export interface Retention {
  readonly all: number | null;
  readonly others: readonly { readonly streams: string; readonly keep: number | null }[];
}

const TAKES = 'a time such as 30d, or off, then exceptions such as podferry-payments=90d';
const HOUR = 3_600_000;
const LONGEST = 36_500 * 24 * HOUR;
/**
 * `<dataset>-<namespace>`. Only the end may be open: `*-payments` would stand above the templates that others have for their
 * datasets. Source of the characters: Elastic's data stream naming scheme.
 */
const STREAMS = /^[^-\\/*?"<>|,#:\s\p{Lu}]{1,100}-(?:\*|[^-\\/*?"<>|,#:\s\p{Lu}]{1,100}\*?)$/u;

export const retention = (help: string): Setting<Retention> => ({
  kind: 'duration, exceptions',
  fallback: '30d',
  help,
  secret: false,
  read(given, key, complain) {
    let all: number | null | undefined;
    const others: { streams: string; keep: number | null }[] = [];
    const items = itemsOf(given) ?? [];
    for (const item of items) {
      const text = typeof item.value === 'string' ? item.value.trim() : '';
      const equals = text.indexOf('=');
      const keep = keepOf(text.slice(equals + 1).trim());
      if (keep === undefined) complain(item.at, `${key} takes ${TAKES}, from 1h to 36500d, not ${quote(item)}`);
      else if (equals < 0 && all === undefined) all = keep;
      else if (equals < 0) complain(item.at, `${key} has two times for all: ${quote(item)} is the second`);
      else {
        const streams = text.slice(0, equals).trim();
        if (STREAMS.test(streams)) others.push({ streams, keep });
        else
          complain(
            item.at,
            `${key} takes the name of a data stream without logs-, such as podferry-payments or audit-*, before the =, not ${quote(item)}`,
          );
      }
    }
    if (items.length === 0) return complain(given.at, `${key} takes ${TAKES}, not ${quote(given)}`);
    return { all: all === undefined ? keepOf(this.fallback)! : all, others };
  },
});

function keepOf(text: string): number | null | undefined {
  if (text === 'off') return null;
  const ms = parseDuration(text);
  return ms === undefined || ms < HOUR || ms > LONGEST ? undefined : ms;
}
