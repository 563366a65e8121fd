/**
 * Batches are acknowledged in any order; the ledger releases their positions in the order of reading. Positions move nowhere else.
 * So no checkpoint can claim a byte whose batch, or any batch before it, is still on its way.
 */
import type { Batch, Position, Source } from '../types.ts';

export class Ledger {
  readonly #commit: (source: Source, position: Position) => void;
  /** Batches sealed and not released, in filling order. */
  readonly #sealed: Batch[] = [];
  readonly #acknowledged = new Set<Batch>();

  /** `commit` is called for every position, in the order of reading, when all bytes before it are acknowledged. */
  constructor(commit: (source: Source, position: Position) => void) {
    this.#commit = commit;
  }

  /** A batch leaves. To be called in the order of filling. */
  sealed(batch: Batch): void {
    this.#sealed.push(batch);
  }

  /** Every document of the batch is acknowledged. */
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
