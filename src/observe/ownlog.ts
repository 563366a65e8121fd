/**
 * The own log of podferry: one JSON object a line on stderr, or readable text on a terminal.
 *
 * No secret is printed. Known secrets, and credentials in addresses, are removed from every text. Of an error only type, message,
 * code and stack are printed, since the errors of HTTP clients also hold the headers of the request.
 */
import pino from 'pino';
import type { Log } from '../types.ts';
import { withoutCredentials } from '../util/redact.ts';

export interface OwnLogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Members of every line: `version`, `node`. */
  readonly fields: Readonly<Record<string, string>>;
  /** The present values that must never be printed. */
  readonly secrets: () => readonly (string | undefined)[];
  /** Where lines go: file descriptor 2, or a stream in tests. */
  readonly to: number | { write(line: string): void };
  /** Readable lines for a terminal instead of JSON; 'colour': with colours. */
  readonly pretty: false | 'plain' | 'colour';
  /** Milliseconds. */
  readonly now?: () => number;
}

/** The Log of types.ts, with what only main.ts needs. */
export interface OwnLog extends Log {
  debug(message: string, fields?: Fields): void;
}

type Fields = Record<string, unknown>;

const THROTTLE_MS = 60_000;
/** The most keys that are throttled at a time. Keys are fixed texts of the code, some with a path. */
const MOST_KEYS = 1000;
const MOST_TEXT = 8192;

/** Makes the own log. It writes each message before it returns. */
export async function createOwnLog({
  level,
  fields,
  secrets,
  to,
  pretty,
  now = Date.now,
}: OwnLogOptions): Promise<OwnLog> {
  const logger = pino(
    {
      level,
      base: fields,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    await destination(to, pretty),
  );
  const clean = (text: string) => harmless(withoutSecrets(text, secrets()));
  const say = (at: 'debug' | 'info' | 'warn' | 'error', message: string, more?: Fields) => {
    if (!logger.isLevelEnabled(at)) return;
    logger[at](more === undefined ? {} : (plain(more, clean, 0) as Fields), clean(message));
  };

  const throttles = new Map<string, { since: number; withheld: number }>();
  return {
    debug: (message, more) => say('debug', message, more),
    info: (message, more) => say('info', message, more),
    warn: (message, more) => say('warn', message, more),
    error: (message, more) => say('error', message, more),
    throttled(key, message, more) {
      const last = throttles.get(key);
      const time = now();
      if (last !== undefined && time - last.since < THROTTLE_MS) {
        last.withheld++;
        return;
      }
      throttles.delete(key);
      if (throttles.size >= MOST_KEYS) throttles.delete(throttles.keys().next().value!);
      throttles.set(key, { since: time, withheld: 0 });
      const withheld = last?.withheld ?? 0;
      say('warn', message, withheld === 0 ? more : { ...more, withheld });
    },
  };
}

/** Removes known secrets, and credentials in addresses, from a text. */
export function withoutSecrets(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) {
    // To remove a short "secret" such as `es` would spoil the log and protect nothing.
    if (secret !== undefined && secret.length >= 6) clean = clean.replaceAll(secret, '…');
  }
  return withoutCredentials(clean);
}

/** Escapes control characters except tabs and line ends: a path may hold them, and they must not reach a terminal. */
function harmless(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** A value that is safe to print as JSON: no secrets, no internals of errors, no long texts, no deep trees. */
function plain(value: unknown, clean: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string') return clean(value.length > MOST_TEXT ? `${value.slice(0, MOST_TEXT)}…` : value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > 3) return '…';
  if (value instanceof Error) {
    const { name, message, code, stack, cause } = value as NodeJS.ErrnoException;
    const inner = cause === undefined ? {} : { cause: plain(cause, clean, depth + 1) };
    return {
      type: name,
      message: clean(message),
      ...(code === undefined ? {} : { code }),
      stack: clean(stack ?? ''),
      ...inner,
    };
  }
  if (Buffer.isBuffer(value)) return `${value.length} bytes`;
  if (value instanceof Map) return plain(Object.fromEntries(value), clean, depth);
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => plain(item, clean, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, clean, depth + 1)]));
}

/** Writes at once, so that nothing is pending when the process ends. */
async function destination(to: OwnLogOptions['to'], pretty: OwnLogOptions['pretty']): Promise<pino.DestinationStream> {
  const stream = typeof to === 'number' ? pino.destination({ dest: to, sync: true }) : to;
  if (pretty === false) return stream;
  const { prettyFactory } = await import('pino-pretty');
  const prettify = prettyFactory({
    colorize: pretty === 'colour',
    ignore: 'version,node',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return { write: (line) => void stream.write(prettify(line)) };
}
