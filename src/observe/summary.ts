/** Counts what became of everything that a replay read, and says it in one line at the end. */
import { amount, bytes, count, duration } from '../util/human.ts';
import type { LossReason, Acknowledged } from '../types.ts';

/** What the record stage counts. */
export interface RecordCounts {
  readonly unparsed: number;
  /** By rule. */
  readonly dropped: ReadonlyMap<string, number>;
}

/** A shorter run shows no rate, since it would mostly measure the start. */
const SHORT_MS = 1000;

export class Summary {
  #stored = 0;
  #duplicate = 0;
  #rejected = 0;
  #failureStore = 0;
  #bytes = 0;
  #excluded = 0;
  #unreadable = 0;
  readonly #lost = new Map<LossReason, number>();

  /** Counts bytes of logs, uncompressed. */
  read(bytes: number): void {
    this.#bytes += bytes;
  }

  acknowledged({ stored, duplicate, rejected, failureStore = 0 }: Acknowledged): void {
    this.#stored += stored;
    this.#duplicate += duplicate;
    this.#rejected += rejected;
    this.#failureStore += failureStore;
  }

  /** Counts container logs that are left out. */
  excluded(logs: number): void {
    this.#excluded += logs;
  }

  /** Counts paths that cannot be looked at: nobody knows what lies there. */
  unreadable(paths: number): void {
    this.#unreadable += paths;
  }

  lost(reason: LossReason, bytes: number): void {
    this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + bytes);
  }

  /** Whether something is not at the sink, or may not be since it could not be looked at. */
  get incomplete(): boolean {
    return this.#rejected + this.#failureStore > 0 || this.#lost.size > 0 || this.#unreadable > 0;
  }

  /** `154 records, 64.2 KiB, 0 rejected, 0 lost, 1 unparsed in 48 ms`, with a rate if it took longer. Other zeros are left out. */
  line({ unparsed, dropped }: RecordCounts, ms: number): string {
    const records = this.#stored + this.#duplicate + this.#rejected + this.#failureStore;
    const said = [
      amount(records, 'record'),
      bytes(this.#bytes),
      `${count(this.#rejected)} rejected`,
      this.#lostWords(),
    ];
    if (this.#failureStore > 0) said.push(`${count(this.#failureStore)} in the failure store`);
    if (this.#duplicate > 0) said.push(`${count(this.#duplicate)} stored before`);
    const left = [...dropped.values()].reduce((sum, each) => sum + each, 0);
    if (left > 0) said.push(`${count(left)} dropped by rule`);
    if (this.#excluded > 0) said.push(`${amount(this.#excluded, 'container log')} excluded`);
    if (this.#unreadable > 0) said.push(`${amount(this.#unreadable, 'path')} could not be read`);
    if (unparsed > 0) said.push(`${count(unparsed)} unparsed`);
    const rate = ms < SHORT_MS ? '' : ` (${bytes((this.#bytes / ms) * 1000)}/s)`;
    return `${said.join(', ')} in ${duration(ms)}${rate}`;
  }

  #lostWords(): string {
    if (this.#lost.size === 0) return '0 lost';
    const total = [...this.#lost.values()].reduce((sum, each) => sum + each, 0);
    return `${bytes(total)} lost (${[...this.#lost.keys()].join(', ')})`;
  }
}
