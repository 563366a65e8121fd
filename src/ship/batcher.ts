/**
 * Fills one batch at a time and keeps at most K of them on their way. Only here does the agent wait for its sink. A reader that
 * waits in fill() does not read, and so the backlog stays on disk.
 *
 * Memory: K + 1 slabs, whatever happens outside.
 */
import type { Batch, Frame } from '../types.ts';
import { newBatch, newSlab, type Slab } from './batch.ts';

export interface BatcherOptions {
  /** Size of a slab in bytes: `batch.max_bytes`, and the room that one worst-case record needs. */
  readonly slabBytes: number;
  /** The most documents in one batch. */
  readonly maxDocuments: number;
  /** What stands in front of every document. */
  readonly frame: Frame;
  /** K: batches on their way at the same time. */
  readonly inFlight: number;
  /** How long after its first document a batch leaves that is not full, in ms. */
  readonly maxAgeMs: number;
  /** Told of a batch before it is sent, in the order of filling. */
  readonly sealed: (batch: Batch) => void;
  /** Resolves when every document is acknowledged. Rejects only when stopped. */
  readonly send: (batch: Batch) => Promise<void>;
  /** Told when a batch is acknowledged, in any order. Its slab is used again afterwards. */
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

  /** How many batches are sealed and not acknowledged. */
  get inFlight(): number {
    return this.#flying.size;
  }

  /** Bytes in the batch that is being filled. */
  get openBytes(): number {
    return this.#open.length;
  }

  /**
   * Gives `write` the open batch until it returns true: all is written. False: this batch is full. `write` is synchronous and
   * remembers how far it is. While there is no room the promise is pending. Rejects only when stopped.
   */
  async fill(write: (batch: Batch) => boolean): Promise<void> {
    for (;;) {
      if (this.#stopped) throw this.#stopped;
      const batch = this.#open;
      if (write(batch)) break;
      await this.room(batch);
    }
    if (this.#timer === undefined && !isEmpty(this.#open)) this.#startClock();
  }

  /** Waits until `full` has left and another batch is open. The agent waits for its sink nowhere else. */
  async room(full: Batch): Promise<void> {
    while (this.#open === full && !this.#stopped) {
      if (this.#flying.size < this.#options.inFlight) this.#seal();
      else await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  /** Sends what is there and waits until nothing is on its way. No fill() may be pending. */
  async drain(): Promise<void> {
    while (!isEmpty(this.#open) || this.#flying.size > 0) {
      if (this.#stopped) throw this.#stopped;
      if (!isEmpty(this.#open)) await this.room(this.#open);
      else await Promise.race(this.#flying);
    }
  }

  /** Rejects all calls that wait for room. The sink gives up what is on its way. */
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
    // Not awaited. A rejection without a stop is a bug and ends the process as unhandled.
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
