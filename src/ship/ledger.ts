/**
 * Keeps positions honest: batches are settled in any order, their marks are released in the order the bytes were read. A
 * position moves here and nowhere else, so no checkpoint can ever claim a byte whose batch, or any batch before it, is still
 * on its way.
 */
import type { Batch, Position, Source } from '../types.ts';

export class Ledger {
  readonly #commit: (source: Source, position: Position) => void;
  /** Batches sealed and not released, in filling order. */
  readonly #sealed: Batch[] = [];
  readonly #acknowledged = new Set<Batch>();

  /** `commit` is called for every mark, in read order, once all bytes before it are settled. */
  constructor(commit: (source: Source, position: Position) => void) {
    this.#commit = commit;
  }

  /** A batch leaves; to be called in filling order. */
  sealed(batch: Batch): void {
    this.#sealed.push(batch);
  }

  /** Every document of the batch is settled. */
  acknowledged(batch: Batch): void {
    this.#acknowledged.add(batch);
    while (this.#sealed.length > 0 && this.#acknowledged.delete(this.#sealed[0]!)) this.#release(this.#sealed.shift()!);
  }

  #release(batch: Batch): void {
    for (const [source, position] of batch.positions) {
      source.committed = position;
      this.#commit(source, position);
    }
  }
}
