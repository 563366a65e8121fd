/**
 * The kinds of setting: which text each takes, which typed value it becomes, and what a complaint says about any other text. A
 * kind is a function that makes a row of the table. Defaults are text too and go through the same reader.
 */
import { resolve } from 'node:path';
import type { Address } from './address.ts';
import { itemsOf, quote, type Given } from './given.ts';
import { duration as humanDuration, bytes as humanBytes } from './human.ts';
import { withoutCredentials } from './redact.ts';
import type { Setting } from './setting.ts';
import { whyNever } from './pattern.ts';
import { isPart } from './stream-name.ts';
import { parseDuration, parseSize, DURATION_EXAMPLE, SIZE_EXAMPLE } from './units.ts';

/** Any text. `shown`: what the reference shows as the default. */
export const text = (fallback: string, help: string, shown?: string) =>
  single('text', fallback, help, { shown }, (v) => v);

/** A path, made absolute. */
export const path = (fallback: string, help: string) =>
  single('path', fallback, help, { takes: 'a path such as /var/log/pods' }, (v) =>
    v.includes('\0') ? undefined : v === '' && fallback === '' ? '' : v === '' ? undefined : resolve(v),
  );

/** Read through a function, because a secret may live in a file that changes (fresh-file.ts). */
export const secret = (help: string) =>
  single('secret', '', help, { secret: true }, (v): (() => string | undefined) => {
    const kept = v === '' ? undefined : v;
    return () => kept;
  });

/** One of some words, in any case. */
export const oneOf = <const C extends readonly string[]>(
  choices: C,
  fallback: C[number],
  help: string,
  shown?: string,
) =>
  single(
    choices.join(' | '),
    fallback,
    help,
    { shown, takes: choices.join(', ').replace(/, ([^,]*)$/, ' or $1') },
    (v) => choices.find((choice): choice is C[number] => choice === v.toLowerCase()),
  );

export const bool = (fallback: 'true' | 'false', help: string) =>
  single('true | false', fallback, help, { takes: 'true or false' }, (v) =>
    v.toLowerCase() === 'true' ? true : v.toLowerCase() === 'false' ? false : undefined,
  );

/** A whole number from `min` to `max`. */
export const int = (fallback: string, min: number, max: number, help: string) =>
  single('number', fallback, help, { takes: `a whole number from ${min} to ${max}` }, (v) =>
    /^\d{1,15}$/.test(v) && Number(v) >= min && Number(v) <= max ? Number(v) : undefined,
  );

/** Bytes. */
export const size = (fallback: string, min: number, max: number, help: string) =>
  single('size', fallback, help, { takes: `a size such as ${SIZE_EXAMPLE}`, range: [min, max, humanBytes] }, (v) =>
    parseSize(v),
  );

/** Milliseconds. */
export const duration = (fallback: string, min: number, max: number, help: string) =>
  single(
    'duration',
    fallback,
    help,
    { takes: `a duration such as ${DURATION_EXAMPLE}`, range: [min, max, humanDuration] },
    (v) => parseDuration(v),
  );

/** `host:port`, `[::1]:port` or `:port`; empty or `off` = none. */
export const listen = (fallback: string, help: string) =>
  single('host:port | off', fallback, help, { takes: 'an address such as 0.0.0.0:9464 or [::]:9464, or off' }, (v) => {
    if (v === '' || v.toLowerCase() === 'off') return null;
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]*)):(\d{1,5})$/.exec(v);
    if (match === null || Number(match[3]) > 65535) return undefined;
    return { host: match[1] ?? (match[2] || '0.0.0.0'), port: Number(match[3]) } satisfies Address as Address;
  });

/** `http://` or `https://`, or empty. */
export const url = (fallback: string, help: string, shown?: string) =>
  single('url', fallback, help, { shown, takes: 'an address such as https://10.0.0.1:6443' }, (v) =>
    v === '' ? '' : webAddress(v),
  );

/** Names, as a YAML list or a text with commas. */
export const list = (fallback: string, help: string) => many('list', fallback, help, 'a list of names', (v) => v);

/** Patterns of the names of namespaces. */
export const namespaces = (fallback: string, help: string) =>
  many('list', fallback, help, 'a list of namespaces such as shop, dev-*', (v) =>
    whyNever(v, 'namespace') === undefined ? v : undefined,
  );

/** Patterns of the datasets of data streams. */
export const datasets = (fallback: string, help: string) =>
  many('list', fallback, help, 'a list of datasets such as payments, team_*, without - in them', (v) =>
    isPart(v.replaceAll('*', '') || 'any') ? v : undefined,
  );

export const paths = (fallback: string, help: string) =>
  many('list of paths', fallback, help, 'a list of paths such as /var/lib/docker/containers', (v) => resolve(v));

export const urls = (fallback: string, help: string) =>
  many('list of urls', fallback, help, 'addresses such as https://elasticsearch.example.com:9200', webAddress);

function webAddress(value: string): string | undefined {
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return undefined;
  const { search, hash } = new URL(value);
  return search === '' && hash === '' ? value.replace(/\/+$/, '') : undefined;
}

interface Manner {
  readonly takes?: string;
  readonly shown?: string | undefined;
  readonly secret?: boolean;
  readonly range?: readonly [min: number, max: number, show: (value: number) => string];
}

/** A setting of one value. `parse` answers undefined for what it does not take. */
export function single<T>(
  kind: string,
  fallback: string,
  help: string,
  { takes = 'one value', shown, secret = false, range }: Manner,
  parse: (value: string) => T | undefined,
): Setting<T> {
  return {
    kind,
    fallback,
    help,
    secret,
    ...(shown === undefined ? {} : { shown }),
    read(given, key, complain) {
      const value = typeof given.value === 'string' ? parse(given.value.trim()) : undefined;
      if (value === undefined)
        return complain(given.at, `${key} takes ${takes}, not ${secret ? 'what was given' : said(given)}`);
      if (range !== undefined && typeof value === 'number') {
        const [min, max, show] = range;
        if (value < min || value > max) {
          return complain(given.at, `${key} must lie between ${show(min)} and ${show(max)}, not ${said(given)}`);
        }
      }
      return value;
    },
  };
}

/** A setting of several values: a YAML list, or text with commas. */
function many(
  kind: string,
  fallback: string,
  help: string,
  takes: string,
  parse: (value: string) => string | undefined,
): Setting<readonly string[]> {
  return {
    kind,
    fallback,
    help,
    secret: false,
    read(given, key, complain) {
      const items = itemsOf(given);
      if (items === undefined) return complain(given.at, `${key} takes ${takes}, not ${said(given)}`);
      const values: string[] = [];
      for (const item of items) {
        const value = typeof item.value === 'string' && item.value !== '' ? parse(item.value.trim()) : undefined;
        if (value === undefined) complain(item.at, `${key} takes ${takes}, not ${said(item)}`);
        else values.push(value);
      }
      return values.length === items.length ? values : undefined;
    },
  };
}

function said(given: Given): string {
  return withoutCredentials(quote(given));
}
