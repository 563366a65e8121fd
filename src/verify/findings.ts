/** The result of a comparison, for each container log and in total, and how it is printed. */
import { amount, count } from '../util/human.ts';
import type { DocumentReference } from './document-reference.ts';

/** `young`: it may be on its way. `open`: at the end of a log that may go on. `begun`: the rest of a record whose file is gone. */
export type Outcome = 'stored' | 'missing' | 'rejected' | 'young' | 'open' | 'begun';

export interface Finding {
  /** log.file.path */
  readonly path: string;
  readonly counts: Record<Outcome, number>;
  /** The first missing one. */
  missing: Found | undefined;
  /** The first one that counts as begun before. */
  begun: Found | undefined;
  /** Documents of this log at the sink that are not on disk; undefined: nobody knows. */
  extra: number | undefined;
}

/** A document, and its number among all documents. */
interface Found {
  readonly number: number;
  readonly document: DocumentReference;
}

/** How lines look. */
export interface Look {
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  /** Makes hostile text safe for a terminal. */
  readonly safe: (text: string) => string;
}

/** What else the summary says. */
export interface Aside {
  readonly olderThan: string;
  readonly repeated: number;
  readonly dropped: number;
  readonly excluded: number;
  /** The reason for each container log that could not be read in full. */
  readonly unread: readonly string[];
  /** Paths that could not be looked at: nobody knows which logs lie there. */
  readonly unreadable: number;
  readonly took: string;
}

const MOST_LINES = 20;

export class Findings {
  readonly #logs = new Map<string, Finding>();
  #added = 0;
  /** Documents that tell of gaps; those of them without a size; those whose lines are stored all the same. */
  #gaps = { all: 0, unseen: 0, stored: 0 };

  /** In the order of their first documents. */
  get logs(): readonly Finding[] {
    return [...this.#logs.values()];
  }

  /** Documents of a log come in the order of reading. */
  add(document: DocumentReference, outcome: Outcome): void {
    const { path } = document;
    let log = this.#logs.get(path);
    if (log === undefined) {
      const counts = { stored: 0, missing: 0, rejected: 0, young: 0, open: 0, begun: 0 };
      log = { path, counts, missing: undefined, begun: undefined, extra: undefined };
      this.#logs.set(path, log);
    }
    log.counts[outcome]++;
    const found = { number: ++this.#added, document };
    if (outcome === 'missing') log.missing ??= found;
    else if (outcome === 'begun') log.begun ??= found;
  }

  /** Takes how many documents of each log the sink has. A number below what was found stored counts as unknown. */
  countExtra(held: (path: string) => number | undefined): void {
    for (const log of this.#logs.values()) {
      const there = held(log.path);
      log.extra = there === undefined || there < log.counts.stored ? undefined : there - log.counts.stored;
    }
  }

  /** Takes how many gaps of each log the sink has, and how many of them without a size. */
  countGaps(gaps: (path: string) => number | undefined, unseen: (path: string) => number | undefined): void {
    for (const { path } of this.logs) {
      this.#gaps.all += gaps(path) ?? 0;
      this.#gaps.unseen += unseen(path) ?? 0;
    }
  }

  /** Takes how many of the gaps are stored all the same; undefined: nobody knows. */
  confirmGaps(stored: number | undefined): void {
    this.#gaps.stored = stored ?? 0;
  }

  /** Counts records as missing if it is unlikely that they began in a deleted file. */
  doubtBegun(believes: (path: string, extra: number | undefined) => boolean): void {
    for (const log of this.#logs.values()) {
      const { counts, begun, missing } = log;
      if (begun === undefined || believes(log.path, log.extra)) continue;
      counts.missing += counts.begun;
      counts.begun = 0;
      if (missing === undefined || begun.number < missing.number) log.missing = begun;
    }
  }

  total(outcome: Outcome): number {
    return this.logs.reduce((all, { counts }) => all + counts[outcome], 0);
  }

  /** A heading, and an aligned line for each log with something missing; at most 20 lines, those with most missing first. */
  table({ dim, red, safe }: Look): string[] {
    const lacking = this.logs.filter(({ counts }) => counts.missing > 0);
    if (lacking.length === 0) return [];
    const shown = lacking.toSorted((a, b) => b.counts.missing - a.counts.missing).slice(0, MOST_LINES);
    const rows = shown.map(({ path, counts, missing }) => [
      count(counts.missing),
      count(sum(counts)),
      safe(path),
      `offset ${missing!.document.offset}, ${safe(missing!.document.time)}`,
    ]);
    const heading = ['missing', 'of', 'log', 'first missing'];
    const widths = heading.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
    const aligned = ([missing, of, log, first]: string[]): [string, string] => [
      missing!.padStart(widths[0]!),
      `${of!.padStart(widths[1]!)}  ${log!.padEnd(widths[2]!)}  ${first}`,
    ];
    const lines = rows.map((row) => {
      const [missing, rest] = aligned(row);
      return `${red(missing)}  ${rest}`;
    });
    const more = lacking.length - shown.length;
    if (more > 0) lines.push(dim(`… and ${amount(more, 'more container log')}`));
    return [dim(aligned(heading).join('  ')), ...lines];
  }

  /** `120 records on disk: 117 stored, 3 missing, 0 rejected, 0 extra, 2 younger than 10s in 48 ms` */
  summary({ olderThan, repeated, dropped, excluded, unread, unreadable, took }: Aside): string {
    const extra = this.logs.every((log) => log.extra !== undefined)
      ? count(this.logs.reduce((all, log) => all + log.extra!, 0))
      : undefined;
    const records = this.logs.reduce((all, { counts }) => all + sum(counts), 0);
    const [young, open, begun] = [this.total('young'), this.total('open'), this.total('begun')];
    const said = [
      `${count(this.total('stored'))} stored`,
      `${count(this.total('missing'))} missing`,
      `${count(this.total('rejected'))} rejected`,
      extra === undefined ? 'extra: unknown' : `${extra} extra`,
    ];
    if (young > 0) said.push(`${count(young)} younger than ${olderThan}`);
    if (open > 0) said.push(`${count(open)} still open`);
    if (begun > 0) said.push(`${count(begun)} ${begun === 1 ? 'begins' : 'begin'} before what is on disk`);
    const { all, unseen, stored } = this.#gaps;
    if (all > 0) said.push(`${amount(all, 'gap')} marked at the sink`);
    if (stored > 0) said.push(`${count(stored)} of them stored as far as they were seen`);
    if (unseen > 0) said.push(`${count(unseen)} of them of unknown size`);
    if (repeated > 0) said.push(`${count(repeated)} there twice`);
    if (dropped > 0) said.push(`${count(dropped)} dropped by rule`);
    if (excluded > 0) said.push(`${amount(excluded, 'container log')} excluded`);
    if (unread.length > 0)
      said.push(`${amount(unread.length, 'container log')} not read in full (${[...new Set(unread)].join(', ')})`);
    if (unreadable > 0) said.push(`${amount(unreadable, 'path')} could not be read`);
    return `${amount(records, 'record')} on disk: ${said.join(', ')} in ${took}`;
  }
}

function sum(counts: Finding['counts']): number {
  return Object.values(counts).reduce((all, each) => all + each, 0);
}
