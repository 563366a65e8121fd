/**
 * Fills one batch at a time and keeps at most K of them on their way. Waiting for room here is the only place where the
 * agent waits for its sink: who waits in fill() is a reader that does not read, and so the backlog stays on disk.
 *
 * Memory: K + 1 slabs, whatever happens outside.
 */
import type { Batch, Frame } from '../types.ts';
import { newBatch, newSlab, type Slab } from './batch.ts';

export interface BatcherOptions {
  /** Size of a slab in bytes: `batch.max_bytes` and the headroom one worst-case record needs. */
  readonly slabBytes: number;
  /** Most documents in one batch. */
  readonly maxDocuments: number;
  /** What stands in front of every document. */
  readonly frame: Frame;
  /** K: batches on their way at the same time. */
  readonly inFlight: number;
  /** A batch that is not full leaves this long after its first document, in ms. */
  readonly maxAgeMs: number;
  /** Told in filling order, before the batch is sent. */
  readonly sealed: (batch: Batch) => void;
  /** Resolves when every document is settled; rejects only when stopped. */
  readonly send: (batch: Batch) => Promise<void>;
  /** Told when a batch is settled, in any order. Its slab is used again afterwards. */
  readonly acknowledged: (batch: Batch) => void;
}

export class Batcher {
  readonly #options: BatcherOptions;
  readonly #free: Slab[] = [];
  readonly #flying = new Set<Promise<void>>();
  #waiting: (() => void)[] = [];
  #open: Batch;
  #timer: NodeJS.Timeout | undefined;
  #overdue = false;
  #stopped: Error | undefined;

  constructor(options: BatcherOptions) {
    this.#options = options;
    for (let i = 0; i <= options.inFlight; i++) this.#free.push(newSlab(options.slabBytes, options.maxDocuments));
    this.#open = newBatch(1, this.#free.pop()!, options.frame);
  }

  /** Batches sealed and not yet settled. */
  get inFlight(): number {
    return this.#flying.size;
  }

  /** Bytes in the batch that is being filled. */
  get openBytes(): number {
    return this.#open.length;
  }

  /**
   * Offers `write` the open batch until it has written all it has (true); false means that this batch is full. `write` is
   * synchronous and keeps its own place. Pending = no room. Rejects only when stopped.
   */
  async fill(write: (batch: Batch) => boolean): Promise<void> {
    for (;;) {
      if (this.#stopped) throw this.#stopped;
      const batch = this.#open;
      if (write(batch)) break;
      await this.room(batch);
    }
    if (this.#timer === undefined && !this.#overdue && !isEmpty(this.#open)) this.#startClock();
  }

  /** Waits until `full` has left and another batch is open. The single waiting point of the agent. */
  async room(full: Batch): Promise<void> {
    while (this.#open === full && !this.#stopped) {
      if (this.#flying.size < this.#options.inFlight) this.#seal();
      else await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  /** Sends what is there and waits until nothing is on its way. Nobody else may be filling. */
  async drain(): Promise<void> {
    while (!isEmpty(this.#open) || this.#flying.size > 0) {
      if (this.#stopped) throw this.#stopped;
      if (!isEmpty(this.#open)) await this.room(this.#open);
      else await Promise.race(this.#flying);
    }
  }

  /** Lets everybody who waits for room go with an error. What is on its way is the sink's to give up. */
  stop(): void {
    this.#stopped = new Error('stopped');
    clearTimeout(this.#timer);
    this.#wakeAll();
  }

  #seal(): void {
    const batch = this.#open;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#overdue = false;
    this.#open = newBatch(batch.seq + 1, this.#free.pop()!, this.#options.frame);
    this.#options.sealed(batch);
    // Not awaited: it flies. A rejection that is not the stop is our own bug and crashes the process as unhandled.
    const flight: Promise<void> = this.#send(batch).finally(() => this.#flying.delete(flight));
    this.#flying.add(flight);
    flight.then(
      () => this.#landed(),
      (error: unknown) => {
        if (!this.#stopped) throw error;
      },
    );
  }

  async #send(batch: Batch): Promise<void> {
    if (batch.count > 0) await this.#options.send(batch);
    this.#options.acknowledged(batch);
    this.#free.push({ bytes: batch.bytes, ends: batch.ends });
  }

  #landed(): void {
    if (this.#stopped) return;
    if (this.#overdue) this.#seal();
    this.#wakeAll();
  }

  #startClock(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#flying.size < this.#options.inFlight) this.#seal();
      else this.#overdue = true;
    }, this.#options.maxAgeMs);
  }

  #wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

function isEmpty(batch: Batch): boolean {
  return batch.count === 0 && batch.positions.size === 0;
}
