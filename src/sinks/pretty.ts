/**
 * Documents laid out for a person at a terminal, a line each:
 *
 *     time          level  namespace/pod/container   message key=value …
 *
 * The message comes last and is never cut; everything before it is padded, so that messages line up. Further lines of a
 * record stand under its message. What podferry itself has to say about a record is in dim brackets behind it.
 */
import { columns, palette, shorten, visible } from './ansi.ts';
import type { Palette } from './ansi.ts';

/** The members of a document (docs/design.md, "The document") that are shown. All may be absent. */
interface Document {
  '@timestamp'?: string;
  message?: string;
  log?: { level?: string; file?: { path?: string } };
  json?: Record<string, unknown>;
  kubernetes?: { namespace?: string; pod?: { name?: string }; container?: { name?: string; restart?: number } };
  event?: { kind?: string; action?: string };
  podferry?: {
    unparsed?: boolean;
    unfinished?: boolean;
    truncated?: boolean;
    size?: number;
    partial_metadata?: boolean;
  };
}

const GAP = '  ';
const TIME_COLUMNS = 'HH:MM:SS.mmm'.length;
const LEVEL_COLUMNS = 'ERROR'.length;
/** Below this, lines that follow the first do not stand under the message but near the left edge. */
const LEAST_MESSAGE_COLUMNS = 40;
const NARROW_INDENT = 6;
/** Names are shortened to this share of the terminal; without a known width, to MOST_NAME_COLUMNS. */
const NAME_SHARE = 0.36;
const MOST_NAME_COLUMNS = 60;
/** What counts as short: one value, and all of them together. */
const VALUE_COLUMNS = 40;
const VALUES_COLUMNS = 120;
/** Rendered names kept; a node runs a few hundred containers. */
const MOST_NAMES = 4096;

export class Pretty {
  readonly #paint: Palette;
  readonly #width: number | undefined;
  readonly #names = new Map<string, { text: string; width: number }>();
  #nameColumns = 0;
  #date = '';

  /** `width`: columns of the terminal, where there is one. */
  constructor(options: { colour: boolean; width?: number | undefined }) {
    this.#paint = palette(options.colour);
    this.#width = options.width;
  }

  /** Lays out documents (JSON texts), in order. Names are aligned among all of them, and with what came before. */
  layOut(documents: readonly string[]): string {
    const parsed = documents.map((text) => JSON.parse(text) as Document);
    const names = parsed.map((document) => this.#name(document));
    for (const name of names) this.#nameColumns = Math.max(this.#nameColumns, name.width);
    return parsed.map((document, i) => this.#entry(document, names[i]!)).join('');
  }

  #entry(document: Document, name: { text: string; width: number }): string {
    const [date, time] = dateAndTime(document['@timestamp']);
    const start =
      this.#paint.dim(time.padEnd(TIME_COLUMNS)) +
      GAP +
      this.#level(document.log?.level) +
      GAP +
      name.text +
      ' '.repeat(this.#nameColumns - name.width) +
      GAP;
    const lines = (document.message ?? '').split('\n').map(withoutCr).map(visible);
    if (document.event?.kind === 'pipeline_error') lines[0] = this.#paint.yellow(`┄ ${lines[0]} ┄`);
    const { short, long } = fields(document.json);
    const remarks = [short, ...marks(document)].filter((text) => text !== '');
    if (remarks.length > 0) lines.push(`${lines.pop()!}${GAP}${this.#paint.dim(remarks.join(' '))}`);
    for (const line of long) lines.push(this.#paint.dim(line));
    return `${this.#dateLine(date)}${start}${lines.join(`\n${' '.repeat(this.#indent())}`)}\n`;
  }

  /** The date, when it is another than that of the entry before. */
  #dateLine(date: string): string {
    if (date === this.#date || date === '') return '';
    this.#date = date;
    return this.#paint.dim(`── ${date} UTC ──`) + '\n';
  }

  #indent(): number {
    const column = TIME_COLUMNS + LEVEL_COLUMNS + this.#nameColumns + 3 * GAP.length;
    const room = (this.#width ?? Infinity) - column;
    return room < LEAST_MESSAGE_COLUMNS ? NARROW_INDENT : column;
  }

  #level(level: string | undefined): string {
    const { dim, green, yellow, red, reverseRed } = this.#paint;
    const text = (level ?? '').toUpperCase().padEnd(LEVEL_COLUMNS);
    switch (level) {
      case 'info':
        return green(text);
      case 'warn':
        return yellow(text);
      case 'error':
        return red(text);
      case 'fatal':
        return reverseRed(text);
      default:
        return dim(visible(text));
    }
  }

  /** namespace/pod/container, and #n after the n-th restart; the file where nothing else is known. */
  #name(document: Document): { text: string; width: number } {
    const { namespace = '', pod, container } = document.kubernetes ?? {};
    const restart = container?.restart ?? 0;
    const path = [namespace, pod?.name ?? '', container?.name ?? ''].filter((part) => part !== '').join('/');
    const key = (path || document.log?.file?.path || '') + (restart > 0 ? `#${restart}` : '');
    let name = this.#names.get(key);
    if (name === undefined) {
      if (this.#names.size >= MOST_NAMES) this.#names.clear();
      this.#names.set(key, (name = this.#paintName(visible(key).replaceAll('\t', '␉'), namespace)));
    }
    return name;
  }

  #paintName(full: string, namespace: string): { text: string; width: number } {
    const most = this.#width === undefined ? MOST_NAME_COLUMNS : Math.floor(this.#width * NAME_SHARE);
    const text = shorten(full, most);
    const paint = this.#paint.names[hash(full) % this.#paint.names.length]!;
    const faint = text.startsWith(`${namespace}/`) ? namespace.length + 1 : 0;
    return { text: this.#paint.dim(paint(text.slice(0, faint))) + paint(text.slice(faint)), width: columns(text) };
  }
}

/** What podferry has to say about how it got this record. */
function marks(document: Document): string[] {
  const { unparsed, unfinished, truncated, size, partial_metadata } = document.podferry ?? {};
  const found: string[] = [];
  if (unparsed === true) found.push('[unparsed]');
  if (unfinished === true) found.push('[unfinished]');
  if (truncated === true) found.push(size === undefined ? '[truncated]' : `[truncated, of ${size} bytes]`);
  if (partial_metadata === true) found.push('[pod unknown]');
  return found;
}

/**
 * Structured members: short ones as key=value, text of several lines (a stack trace, also one level down as in
 * `err.stack`) as lines of its own, and the rest only counted: it is in the document.
 */
function fields(json: Record<string, unknown> | undefined): { short: string; long: string[] } {
  const short: string[] = [];
  const long: string[] = [];
  let room = VALUES_COLUMNS;
  let more = 0;
  for (const [key, value] of Object.entries(json ?? {})) {
    const text = severalLines(value);
    if (text !== undefined) {
      long.push(...text.split('\n').map(withoutCr).map(visible));
      continue;
    }
    const pair = visible(
      `${key}=${typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)}`,
    );
    const width = columns(pair);
    if (width - key.length > VALUE_COLUMNS || width > room) more++;
    else {
      short.push(pair);
      room -= width + 1;
    }
  }
  if (more > 0) short.push(`(+${more} more)`);
  return { short: short.join(' '), long };
}

function severalLines(value: unknown): string | undefined {
  if (typeof value === 'string') return value.includes('\n') ? value.trimEnd() : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.values(value).find((inner) => typeof inner === 'string' && inner.includes('\n')) as string | undefined;
}

/** ['2026-11-20', '01:02:03.001'] in UTC of an RFC 3339 time with any offset; what is none of that is shown as it is. */
function dateAndTime(timestamp = ''): [string, string] {
  const ms = Date.parse(timestamp);
  if (Number.isNaN(ms)) return ['', visible(timestamp)];
  const iso = new Date(ms).toISOString();
  return [iso.slice(0, 10), iso.slice(11, 23)];
}

/** A terminal's own line ends are CR LF: the CR before an LF shows nothing. */
function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** FNV-1a: the same name has the same colour in every run. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
