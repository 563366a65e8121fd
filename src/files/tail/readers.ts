/**
 * The readers: each owns one buffer and serves one log at a time, whoever is next in the lanes. While what a reader handed on
 * is not taken, it waits, and so the backlog stays on disk. Memory: readers × buffer, and at most UNPACKERS windows.
 */
import { current, unreadOf, type Chain } from './chain.ts';
import { Lanes } from './lanes.ts';
import { isPacked } from './tailed-file.ts';

export interface ReadersOptions {
  readonly readers: number;
  readonly bufferBytes: number;
  /** Makes the next step of a log. False: nothing more to do for now. */
  readonly turn: (chain: Chain, buffer: Buffer) => Promise<boolean>;
}

/** Compressed files unpacked at the same time, at most. */
const UNPACKERS = 4;

export class Readers {
  readonly #options: ReadersOptions;
  readonly #lanes: Lanes<Chain>;
  readonly #unpacking = new Set<Chain>();
  #parked: Chain[] = [];
  #running: Promise<void>[] = [];
  #stopping = false;
  /** Turns served so far. */
  #turns = 0;

  constructor(options: ReadersOptions) {
    this.#options = options;
    this.#lanes = new Lanes<Chain>(options.bufferBytes, unreadOf);
  }

  start(): void {
    for (let i = 0; i < this.#options.readers; i++) this.#running.push(this.#serve());
  }

  /** Reads no more; resolves when what is handed on is taken or refused. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#lanes.close();
    await Promise.all(this.#running);
  }

  /** There may be something to do for this log. */
  wake(chain: Chain): void {
    const { queueing } = chain;
    if (queueing.busy || queueing.parked) queueing.again = true;
    else if (!queueing.queued) {
      queueing.queued = true;
      this.#lanes.push(chain);
    }
  }

  async #serve(): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(this.#options.bufferBytes);
    for (;;) {
      const chain = await this.#lanes.next();
      if (chain === undefined) return;
      chain.queueing.queued = false;
      if (!this.#mayUnpack(chain)) continue;
      if (!(await this.#turn(chain, buffer))) return;
    }
  }

  /** False when stopped. A refusal that is not the stop is our own bug, and crashes the process as an unhandled rejection. */
  async #turn(chain: Chain, buffer: Buffer): Promise<boolean> {
    const { queueing } = chain;
    queueing.busy = true;
    queueing.again = false;
    queueing.turn = ++this.#turns;
    try {
      const more = await this.#options.turn(chain, buffer);
      queueing.busy = false;
      this.#unpacked(chain);
      if (more || queueing.again) this.wake(chain);
      return true;
    } catch (error) {
      queueing.busy = false;
      if (this.#stopping) return false;
      throw error;
    }
  }

  #mayUnpack(chain: Chain): boolean {
    if (!isUnpacked(chain) || this.#unpacking.has(chain)) return true;
    if (this.#unpacking.size < UNPACKERS) {
      this.#unpacking.add(chain);
      return true;
    }
    chain.queueing.parked = true;
    this.#parked.push(chain);
    return false;
  }

  #unpacked(chain: Chain): void {
    if (isUnpacked(chain) || !this.#unpacking.delete(chain)) return;
    const next = this.#parked.shift();
    if (!next) return;
    next.queueing.parked = false;
    this.wake(next);
  }
}

/** It is at a compressed file. */
function isUnpacked(chain: Chain): boolean {
  const tailed = current(chain);
  return tailed !== undefined && (tailed.file !== undefined || tailed.released !== undefined) && isPacked(tailed);
}
