/**
 * The structured members of a document as a person wants them behind the message: short ones as key=value, stack traces as
 * lines, and of the rest only how many there are, since they can be looked up in the document.
 */
import { columns, plainLines, visible } from './ansi.ts';

/** What counts as short: one value, and all of them together. */
const VALUE_COLUMNS = 40;
const VALUES_COLUMNS = 120;
/** Members that say again what stands at the left: pino's, zap's and their like. */
const TOLD_ALREADY = new Set(['level', 'severity', 'time', 'ts', 'timestamp', '@timestamp', 'pid', 'hostname']);

/** `short` is safe to print on one line; `long` are lines of their own, from text that had several (`stack`, `err.stack`). */
export function fields(json: Record<string, unknown>): { short: string; long: string[] } {
  const short: string[] = [];
  const long: string[] = [];
  let room = VALUES_COLUMNS;
  let more = 0;
  for (const [key, value] of Object.entries(json)) {
    if (TOLD_ALREADY.has(key)) continue;
    const text = textOfSeveralLines(value);
    const shown = visible(valueText(value));
    const pair = `${visible(key)}=${shown}`;
    if (text !== undefined) {
      long.push(...plainLines(text));
    } else if (columns(shown) <= VALUE_COLUMNS && columns(pair) <= room) {
      short.push(pair);
      room -= columns(pair) + 1;
    } else {
      more++;
    }
  }
  if (more > 0) short.push(`(+${more} more)`);
  return { short: short.join(' '), long };
}

function valueText(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

/** The value, or the first member of it, that is text of several lines. */
function textOfSeveralLines(value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null) return Object.values(value).find(hasSeveralLines)?.trimEnd();
  return hasSeveralLines(value) ? value.trimEnd() : undefined;
}

function hasSeveralLines(value: unknown): value is string {
  return typeof value === 'string' && value.includes('\n');
}
