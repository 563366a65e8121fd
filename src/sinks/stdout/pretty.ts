/**
 * Documents laid out for a person at a terminal, a line each:
 *
 *     time          level  namespace/pod/container   message key=value …
 *
 * The message comes last; nothing is cut, be the terminal as narrow as it may: a name is there to be copied to kubectl.
 * What stands before the message is padded, so that messages line up, and further lines of a record stand under its first.
 * What podferry itself has to say about a record is in dim brackets behind it.
 */
import { columns, palette, plainLines, visible } from './ansi.ts';
import type { Palette } from './ansi.ts';
import { fields, told, type Told } from './fields.ts';
import { bytes } from '../../util/human.ts';

/** The members of a document (docs/design.md, "The document") that are shown. All may be absent. */
interface Document extends Told {
  '@timestamp'?: string;
  log?: Told['log'] & { level?: string; offset?: number; file?: { path?: string } };
  kubernetes?: { namespace?: string; pod?: { name?: string }; container?: { name?: string; restart?: number } };
  event?: { kind?: string; action?: string; duration?: number };
  podferry?: {
    unparsed?: boolean;
    unfinished?: boolean;
    truncated?: boolean;
    size?: number;
    partial_metadata?: boolean;
  };
}

/** A name as it is printed, and how many columns it takes. */
interface Name {
  text: string;
  width: number;
}

const GAP = '  ';
const TIME_COLUMNS = 'HH:MM:SS.mmm'.length;
const LEVEL_COLUMNS = 'ERROR'.length;
/** Below this, lines that follow the first do not stand under the message but near the left edge. */
const LEAST_MESSAGE_COLUMNS = 40;
const NARROW_INDENT = 6;
/** Names are padded to at most this share of the terminal; without a known width, to MOST_NAME_COLUMNS. */
const NAME_SHARE = 0.42;
const MOST_NAME_COLUMNS = 60;
/** Rendered names kept; a node runs a few hundred containers. */
const MOST_NAMES = 4096;

export class Pretty {
  readonly #paint: Palette;
  readonly #width: number | undefined;
  readonly #names = new Map<string, Name>();
  #nameColumns = 0;
  #date = '';

  /** `width`: columns of the terminal, where there is one. */
  constructor(options: { colour: boolean; width?: number | undefined }) {
    this.#paint = palette(options.colour);
    this.#width = options.width;
  }

  /** Lays out documents (JSON texts). Names are aligned among all of them, and with what came before. */
  layOut(documents: readonly string[]): string {
    const parsed = inOrder(documents.map((text) => JSON.parse(text) as Document));
    const names = parsed.map((document) => this.#name(document));
    const most = this.#width === undefined ? MOST_NAME_COLUMNS : Math.floor(this.#width * NAME_SHARE);
    for (const { width } of names) if (width <= most) this.#nameColumns = Math.max(this.#nameColumns, width);
    return parsed.map((document, i) => this.#entry(document, names[i]!)).join('');
  }

  #entry(document: Document, name: Name): string {
    const [date, time] = dateAndTime(document['@timestamp']);
    const padding = ' '.repeat(Math.max(0, this.#nameColumns - name.width));
    const lines = plainLines(document.message ?? '');
    if (document.event?.kind === 'pipeline_error') lines[0] = this.#paint.yellow(`┄ ${lines[0]} ┄`);
    const { short, long } = fields(told(document));
    const remarks = [short, ...marks(document)].filter((text) => text !== '');
    if (remarks.length > 0) lines.push(`${lines.pop()!}${GAP}${this.#paint.dim(remarks.join(' '))}`);
    for (const line of long) lines.push(this.#paint.dim(line));
    const cells = [
      this.#paint.dim(time.padEnd(TIME_COLUMNS)),
      this.#level(document.log?.level),
      name.text + padding,
      lines.join(`\n${' '.repeat(this.#indent(name))}`),
    ];
    return `${this.#dateLine(date)}${cells.join(GAP)}\n`.replaceAll(/ +\n/g, '\n');
  }

  /** The date, when it is another than that of the entry before. */
  #dateLine(date: string): string {
    if (date === this.#date || date === '') return '';
    this.#date = date;
    return this.#paint.dim(`── ${date} UTC ──`) + '\n';
  }

  /** Where the message of this entry begins, as long as that leaves room for one. */
  #indent(name: Name): number {
    const column = TIME_COLUMNS + LEVEL_COLUMNS + Math.max(this.#nameColumns, name.width) + 3 * GAP.length;
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
  #name(document: Document): Name {
    const { namespace = '', pod, container } = document.kubernetes ?? {};
    const known = [namespace, pod?.name ?? '', container?.name ?? ''].filter((part) => part !== '').join('/');
    const path = known || (document.log?.file?.path ?? '');
    const restart = container?.restart ?? 0;
    const key = restart > 0 ? `${path}#${restart}` : path;
    let name = this.#names.get(key);
    if (name === undefined) {
      if (this.#names.size >= MOST_NAMES) this.#names.clear();
      const paint = this.#paint.names[hash(path) % this.#paint.names.length]!;
      const faint = namespace === '' ? 0 : namespace.length + 1;
      const [head, tail] = [plainName(key.slice(0, faint)), plainName(key.slice(faint))];
      this.#names.set(key, (name = { text: this.#paint.dim(paint(head)) + paint(tail), width: columns(head + tail) }));
    }
    return name;
  }
}

/**
 * The lines of one container in the order in which it wrote them: by time, then by offset. They come in another where a
 * stack trace was known to be complete only after later lines of the other stream.
 */
function inOrder(documents: readonly Document[]): Document[] {
  let run = 0;
  const placed = documents.map((document, i) => {
    const { file, offset = 0 } = document.log ?? {};
    if (file?.path !== documents[i - 1]?.log?.file?.path) run++;
    const time = document['@timestamp'] ?? '';
    const nanos = Number((/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(9, '0'));
    return { document, run, second: Math.floor((Date.parse(time) || 0) / 1000), nanos, offset };
  });
  placed.sort((a, b) => a.run - b.run || a.second - b.second || a.nanos - b.nanos || a.offset - b.offset);
  return placed.map(({ document }) => document);
}

/** What podferry has to say about how it got this record. */
function marks(document: Document): string[] {
  const { unparsed, unfinished, truncated, size, partial_metadata } = document.podferry ?? {};
  const found: string[] = [];
  if (unparsed === true) found.push('[unparsed]');
  if (unfinished === true) found.push('[unfinished]');
  if (truncated === true) found.push(size === undefined ? '[truncated]' : `[truncated, was ${bytes(size)}]`);
  if (partial_metadata === true) found.push('[pod unknown]');
  return found;
}

/** ['2026-11-20', '01:02:03.001'] in UTC of an RFC 3339 time with any offset; what is none of that is shown as it is. */
function dateAndTime(timestamp = ''): [string, string] {
  const ms = Date.parse(timestamp);
  if (Number.isNaN(ms)) return ['', visible(timestamp)];
  const iso = new Date(ms).toISOString();
  return [iso.slice(0, 10), iso.slice(11, 23)];
}

function plainName(text: string): string {
  return visible(text).replaceAll('\t', '␉');
}

/** FNV-1a: the same name has the same colour in every run. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
