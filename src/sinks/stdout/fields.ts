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

/** The members that a JSON line has told: under `json`, and those that have become ECS members (docs/design.md, "The document"). */
export interface Told {
  message?: string;
  log?: { logger?: string; origin?: { file?: { name?: string; line?: number } } };
  error?: { message?: string; stack_trace?: string };
  /** Nanoseconds. */
  event?: { duration?: number };
  json?: Record<string, unknown>;
}

/** All of them under short names. What the message has is left out. */
export function told(document: Told): Record<string, unknown> {
  const { message = '', log = {}, error = {}, event = {}, json = {} } = document;
  let found: Record<string, unknown> = {};
  if (log.logger !== undefined) found['logger'] = log.logger;
  const { name, line } = log.origin?.file ?? {};
  if (name !== undefined) found['caller'] = line === undefined ? name : `${name}:${line}`;
  const ecs = document as Record<string, unknown>;
  for (const group of ['http', 'url', 'client', 'trace', 'transaction'])
    for (const [path, value] of leaves(ecs[group], group)) found[path] = value;
  for (const [key, value] of Object.entries(json)) if (!isEmpty(value)) found[key] = value;
  // Of a line of plain text the parts stand in the message.
  const values = Object.values(found);
  if (values.length > 0 && values.every((value) => typeof value !== 'object' && message.includes(String(value))))
    found = {};
  else if (event.duration !== undefined) found['duration'] = durationText(event.duration);
  const { stack_trace: stack } = error;
  if (stack !== undefined && !message.includes(stack)) found['stack'] = stack;
  else if (error.message !== undefined && !message.includes(error.message)) found['error'] = error.message;
  return found;
}

/** `4.012s`, `7ms`, `250µs`, `12ns`. */
function durationText(nanoseconds: number): string {
  const [size, unit] = UNITS.find(([least]) => nanoseconds >= least) ?? [1, 'ns'];
  return `${nanoseconds / size}${unit}`;
}

const UNITS: readonly [number, string][] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
];

function leaves(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [[path, value]];
  return Object.entries(value).flatMap(([name, each]) => leaves(each, `${path}.${name}`));
}

/** An object whose members have all become ECS members. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

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
