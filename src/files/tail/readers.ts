/**
 * The readers: each owns one buffer and serves one log at a time, whoever is next in the lanes. While what a reader handed on
 * is not taken, it waits, and so the backlog stays on disk. Each output has readers and lanes of its own: one that takes nothing
 * stops the readers of its logs and no others. Memory: for each output readers × buffer, and at most UNPACKERS windows.
 */
import { current, unreadOf, type Chain } from './chain.ts';
import { Lanes } from './lanes.ts';
import { isPacked } from './tailed-file.ts';

export interface ReadersOptions {
  /** The names of all outputs. */
  readonly outputs: readonly string[];
  /** Which of them a log goes to, always the same; undefined until it may be read. */
  readonly outputOf: (chain: Chain) => string | undefined;
  /** For each output. */
  readonly readers: number;
  readonly bufferBytes: number;
  /** Makes the next step of a log. False: nothing more to do for now. */
  readonly turn: (chain: Chain, buffer: Buffer) => Promise<boolean>;
}

/** Compressed files of an output unpacked at the same time, at most. */
const UNPACKERS = 4;

/** The readers of one output, and the logs that wait for them. */
interface Pool {
  readonly lanes: Lanes<Chain>;
  readonly unpacking: Set<Chain>;
  readonly parked: Chain[];
  readonly running: Promise<void>[];
}

export class Readers {
  readonly #options: ReadersOptions;
  readonly #pools: ReadonlyMap<string, Pool>;
  #stopping = false;
  /** Turns served so far. */
  #turns = 0;

  constructor(options: ReadersOptions) {
    this.#options = options;
    const newPool = (): Pool => ({
      lanes: new Lanes<Chain>(options.bufferBytes, unreadOf),
      unpacking: new Set(),
      parked: [],
      running: [],
    });
    this.#pools = new Map(options.outputs.map((output) => [output, newPool()]));
  }

  start(): void {
    for (const pool of this.#pools.values())
      for (let i = 0; i < this.#options.readers; i++) pool.running.push(this.#serve(pool));
  }

  /**
   * Reads no more; resolves when what is handed on is taken or refused.
   * @param stopped told of each output when that is so of it; what it does is waited for
   */
  async stop(stopped: (output: string) => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.#stopping = true;
    for (const { lanes } of this.#pools.values()) lanes.close();
    await Promise.all(
      [...this.#pools].map(([output, { running }]) => Promise.all(running).then(() => stopped(output))),
    );
  }

  /** There may be something to do for this log. */
  wake(chain: Chain): void {
    const { queueing } = chain;
    const output = this.#options.outputOf(chain);
    // It waits for its pod, or is not to be read. In the lanes of any output it might wait for the sink of that one.
    if (output === undefined) return;
    if (queueing.busy || queueing.parked) queueing.again = true;
    else if (!queueing.queued) {
      queueing.queued = true;
      this.#pools.get(output)!.lanes.push(chain);
    }
  }

  async #serve(pool: Pool): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(this.#options.bufferBytes);
    for (;;) {
      const chain = await pool.lanes.next();
      if (chain === undefined) return;
      chain.queueing.queued = false;
      if (this.#mayUnpack(pool, chain) && !(await this.#turn(pool, chain, buffer))) return;
    }
  }

  /** False when stopped. A refusal that is not the stop is our own bug, and crashes the process as an unhandled rejection. */
  async #turn(pool: Pool, chain: Chain, buffer: Buffer): Promise<boolean> {
    const { queueing } = chain;
    queueing.busy = true;
    queueing.again = false;
    queueing.turn = ++this.#turns;
    try {
      const more = await this.#options.turn(chain, buffer);
      queueing.busy = false;
      this.#unpacked(pool, chain);
      if (more || queueing.again) this.wake(chain);
      return true;
    } catch (error) {
      queueing.busy = false;
      if (this.#stopping) return false;
      throw error;
    }
  }

  #mayUnpack({ unpacking, parked }: Pool, chain: Chain): boolean {
    if (!isUnpacked(chain) || unpacking.has(chain)) return true;
    if (unpacking.size < UNPACKERS) {
      unpacking.add(chain);
      return true;
    }
    chain.queueing.parked = true;
    parked.push(chain);
    return false;
  }

  #unpacked({ unpacking, parked }: Pool, chain: Chain): void {
    if (isUnpacked(chain) || !unpacking.delete(chain)) return;
    const next = parked.shift();
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
