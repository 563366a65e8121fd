/**
 * Acknowledges documents: counts them, keeps the refused ones in the dead-letter store, and says so. No document is reported as
 * acknowledged but through here.
 */
import type { Log, Acknowledged } from '../../types.ts';
import { count } from '../../util/human.ts';
import type { Refusal } from '../deadletter/line.ts';
import type { ItemVerdict } from './verdict.ts';
import type { DeadLetter } from '../deadletter/deadletter.ts';
import { batchOf, type LooseDocument } from '../batch/batch-of.ts';
import { BulkSlice } from './bulk-slice.ts';
import { repair } from './repair.ts';

export interface AcknowledgementsOptions {
  /** The data streams, for people. */
  readonly target: string;
  readonly deadLetter: DeadLetter;
  readonly acknowledged: (documents: Acknowledged) => void;
  readonly log: Log;
}

/** What is not acknowledged of a slice. */
interface Unsettled {
  readonly again: readonly number[];
  readonly mended: BulkSlice | undefined;
}

type Rejected = Extract<ItemVerdict, { kind: 'rejected' }>;

/** Rejected documents written with one fsync. */
const TOGETHER = 256;

export class Acknowledgements {
  readonly #options: AcknowledgementsOptions;
  #stored = 0;

  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
  }

  /** Documents stored so far: the proof that a refusal is about a document and not about everything. */
  get stored(): number {
    return this.#stored;
  }

  /** Every document is stored. */
  all(slice: BulkSlice): void {
    this.#acknowledge({ stored: slice.count });
  }

  /**
   * Acknowledges what its item says is done. Returns the numbers of the documents that are to be sent again, in order, and those that
   * are to be sent mended. Rejects only when stopped.
   */
  async items(slice: BulkSlice, items: readonly ItemVerdict[], stop: AbortSignal): Promise<Unsettled> {
    const again: number[] = [];
    const refused: number[] = [];
    const mended: LooseDocument[] = [];
    let [stored, duplicate, failureStore] = [0, 0, 0];
    items.forEach((item, i) => {
      if (item.kind === 'stored') stored++;
      else if (item.kind === 'duplicate') duplicate++;
      else if (item.kind === 'failure_store') failureStore++;
      else if (item.kind === 'rejected') {
        const bytes = repair(slice.document(i), item.refusal);
        if (bytes === undefined) refused.push(i);
        else mended.push({ head: slice.action(i), bytes });
      } else again.push(i);
    });
    this.#acknowledge({ stored, duplicate, failureStore });
    if (failureStore > 0) this.#sayInFailureStore(failureStore);
    await this.reject(slice, refused, (i) => (items[i] as { refusal: Refusal }).refusal, stop);
    if (mended.length > 0) this.#sayMended(mended.length, items.find(({ kind }) => kind === 'rejected') as Rejected);
    return { again, mended: mended.length > 0 ? BulkSlice.of(batchOf(mended, slice.frame)) : undefined };
  }

  /**
   * Gives documents up: keeps them in the dead-letter store with the reason, and waits until they are there, or until the store
   * gives them up. Rejects only when stopped.
   */
  async reject(
    slice: BulkSlice,
    documents: readonly number[],
    refusal: (i: number) => Refusal,
    stop: AbortSignal,
  ): Promise<void> {
    const { deadLetter } = this.#options;
    let gone = 0;
    for (let from = 0; from < documents.length; from += TOGETHER) {
      const some = documents.slice(from, from + TOGETHER);
      const kept = await Promise.all(some.map((i) => deadLetter.add(slice.document(i), refusal(i), slice.id(i), stop)));
      this.#acknowledge({ rejected: some.length });
      gone += kept.filter((isKept) => !isKept).length;
    }
    const kept = documents.length - gone;
    if (kept > 0) this.#sayKept(kept, refusal(documents[0]!));
    if (gone > 0) this.#sayGone(gone, refusal(documents[0]!));
  }

  #acknowledge({ stored = 0, duplicate = 0, rejected = 0, failureStore = 0 }: Partial<Acknowledged>): void {
    this.#stored += stored;
    if (stored + duplicate + rejected + failureStore > 0)
      this.#options.acknowledged({ stored, duplicate, rejected, failureStore });
  }

  #sayMended(documents: number, { refusal: { status, type } }: Rejected): void {
    const { target, log } = this.#options;
    log.throttled(
      `mended:${type}`,
      `${target} does not take a field of ${some(documents)} (${[status, type].join(' ').trim()}): sent again with what holds it as ` +
        `text in podferry.moved, and the names in podferry.repaired. Usually the field has another type in earlier documents; ` +
        `podferry setup installs a template that takes both.`,
    );
  }

  #sayKept(documents: number, { status, type }: Refusal): void {
    const { target, deadLetter, log } = this.#options;
    log.throttled(
      `rejected:${type}`,
      `${target} will never take ${some(documents)} (${[status, type].join(' ').trim()}). They are kept in ` +
        `${deadLetter.path} with the reason, and counted as rejected. Usually a field has another type than in earlier ` +
        `documents, or there are too many fields; look at the reasons there, and correct the mapping or the application.`,
    );
  }

  #sayGone(documents: number, { status, type }: Refusal): void {
    const { target, deadLetter, log } = this.#options;
    const { why, cure } = deadLetter.fault;
    log.throttled(
      'rejected:gone',
      `${target} will never take ${some(documents)} (${[status, type].join(' ').trim()}), and ${deadLetter.path} cannot be ` +
        `written (${why}): counted as rejected, content gone, ${count(deadLetter.lost)} so far. ${cure} Until it can be ` +
        `written further ones are given up at once.`,
    );
  }

  #sayInFailureStore(documents: number): void {
    const { target, log } = this.#options;
    log.throttled(
      'failure_store',
      `Elasticsearch could not index ${some(documents)} for ${target} and put them into its failure store; they are ` +
        `counted as failure_store. Usually a field has another type than in earlier documents; look at ${target}::failures.`,
    );
  }
}

function some(documents: number): string {
  return documents === 1 ? 'a document' : `${count(documents)} documents`;
}
