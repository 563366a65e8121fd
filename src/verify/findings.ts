/** What a comparison found, per container log and in all, and how it is told. */
import { count } from '../util/human.ts';
import type { Sighting } from './sighting.ts';

export type Outcome = 'stored' | 'missing' | 'rejected' | 'young';

export interface Finding {
  /** log.file.path */
  readonly path: string;
  readonly counts: Record<Outcome, number>;
  /** The first line that is missing, in the order of reading. */
  first: { readonly order: Order; readonly document: Sighting } | undefined;
  /** Documents of this log at the sink that are not on disk; undefined: nobody knows. */
  extra: number | undefined;
}

/** The number of a batch, and of a document in it: batches are answered in any order. */
export type Order = readonly [batch: number, document: number];

/** How lines are to look. */
export interface Look {
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  /** Text of strangers, made fit for a terminal. */
  readonly safe: (text: string) => string;
}

/** What else is said at the end. */
export interface Aside {
  readonly olderThan: string;
  readonly repeated: number;
  readonly dropped: number;
  readonly excluded: number;
  /** Words for what could not be read; '' for nothing. */
  readonly unreadable: string;
  readonly took: string;
}

const MOST_LINES = 20;

export class Findings {
  readonly #logs = new Map<string, Finding>();

  /** In the order in which they were met. */
  get logs(): readonly Finding[] {
    return [...this.#logs.values()];
  }

  add(document: Sighting, outcome: Outcome, order: Order): void {
    const { path } = document;
    let log = this.#logs.get(path);
    if (log === undefined) {
      log = { path, counts: { stored: 0, missing: 0, rejected: 0, young: 0 }, first: undefined, extra: undefined };
      this.#logs.set(path, log);
    }
    log.counts[outcome]++;
    if (outcome !== 'missing') return;
    if (log.first === undefined || isBefore(order, log.first.order)) log.first = { order, document };
  }

  /** Takes what the sink says it has of each log. Less than was found stored means that it cannot be asked so. */
  countExtra(held: (path: string) => number | undefined): void {
    for (const log of this.#logs.values()) {
      const there = held(log.path);
      log.extra = there === undefined || there < log.counts.stored ? undefined : there - log.counts.stored;
    }
  }

  total(outcome: Outcome): number {
    return this.logs.reduce((sum, { counts }) => sum + counts[outcome], 0);
  }

  /** A line for each log of which something is missing, aligned, below a heading; at most 20, those that lack most. */
  table({ dim, red, safe }: Look): string[] {
    const lacking = this.logs.filter(({ counts }) => counts.missing > 0);
    if (lacking.length === 0) return [];
    const shown = lacking.toSorted((a, b) => b.counts.missing - a.counts.missing).slice(0, MOST_LINES);
    const rows = shown.map(({ path, counts, first }) => [
      count(counts.missing),
      count(counts.stored + counts.missing + counts.rejected + counts.young),
      safe(path),
      `offset ${first!.document.offset}, ${safe(first!.document.time)}`,
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
    if (more > 0) lines.push(dim(`… and ${count(more)} more container ${more === 1 ? 'log' : 'logs'}`));
    return [dim(aligned(heading).join('  ')), ...lines];
  }

  /** `120 records on disk: 117 stored, 3 missing, 0 rejected, 0 extra, 2 younger than 10s in 48 ms` */
  summary({ olderThan, repeated, dropped, excluded, unreadable, took }: Aside): string {
    const extra = this.logs.every((log) => log.extra !== undefined)
      ? count(this.logs.reduce((sum, log) => sum + log.extra!, 0))
      : undefined;
    const records = (['stored', 'missing', 'rejected', 'young'] as const).reduce(
      (sum, each) => sum + this.total(each),
      0,
    );
    const said = [
      `${count(this.total('stored'))} stored`,
      `${count(this.total('missing'))} missing`,
      `${count(this.total('rejected'))} rejected`,
      extra === undefined ? 'extra: unknown' : `${extra} extra`,
    ];
    if (this.total('young') > 0) said.push(`${count(this.total('young'))} younger than ${olderThan}`);
    if (repeated > 0) said.push(`${count(repeated)} there twice`);
    if (dropped > 0) said.push(`${count(dropped)} dropped by rule`);
    if (excluded > 0) said.push(`${count(excluded)} container ${excluded === 1 ? 'log' : 'logs'} excluded`);
    if (unreadable !== '') said.push(unreadable);
    return `${count(records)} ${records === 1 ? 'record' : 'records'} on disk: ${said.join(', ')} in ${took}`;
  }
}

function isBefore(a: Order, b: Order): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}
