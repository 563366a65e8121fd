/**
 * The sink that prints. Batches are written one at a time in the order they were sent, whole, and are acknowledged when
 * the operating system has taken their bytes.
 */
import type { Acknowledged, Batch, DataStream, Frame, Sink } from '../../types.ts';
import { unlessAborted } from '../../util/unless-aborted.ts';
import { documentTexts } from '../batch/documents.ts';
import { bulkFrame } from '../elasticsearch/frame.ts';
import { nameOf } from '../../util/stream-name.ts';
import { Pretty } from './pretty.ts';

/** `bulk`: the exact bulk body. `ndjson`: one document per line. `pretty`: laid out for a person. */
export type StdoutFormat = 'pretty' | 'ndjson' | 'bulk';

export interface StdoutOptions {
  /** Resolves when the operating system took the bytes (borrowed until then); rejects with the system's error. */
  readonly write: (bytes: Buffer) => Promise<void>;
  readonly format: StdoutFormat;
  readonly colour: boolean;
  /** Columns of the terminal, where there is one. */
  readonly width?: number | undefined;
  readonly acknowledged: (outcome: Acknowledged) => void;
  /**
   * Told once when a write fails: nothing more can be acknowledged, so stop. EPIPE: the reader has gone, as `| head` does;
   * anything else is the environment, as a full disk behind a redirection.
   */
  readonly failed: (error: Error) => void;
}

export class StdoutSink implements Sink {
  readonly #options: StdoutOptions;
  readonly #pretty: Pretty;
  /** The write before, whatever became of it. */
  #before: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(options: StdoutOptions) {
    this.#options = options;
    this.#pretty = new Pretty(options);
  }

  /** A bulk body has action lines; the other formats want nothing but documents. */
  frame(idBytes: number, stream?: DataStream): Frame | undefined {
    return this.#options.format === 'bulk' ? bulkFrame(idBytes, stream && nameOf(stream)) : undefined;
  }

  /**
   * Writes the batch after the ones sent before it. Rejects as soon as it is stopped, also while the system does not take
   * the bytes. Once a write has failed, waits for that: what nobody took is not acknowledged.
   */
  send(batch: Batch, stop: AbortSignal): Promise<void> {
    const written = this.#before.then(() => this.#write(batch, stop));
    this.#before = written.catch(() => undefined);
    return written;
  }

  async close(): Promise<void> {
    await this.#before;
  }

  async #write(batch: Batch, stop: AbortSignal): Promise<void> {
    stop.throwIfAborted();
    if (!this.#failed) await unlessAborted(this.#take(this.#render(batch)), stop);
    if (this.#failed) await unlessAborted(new Promise<never>(() => {}), stop);
    this.#options.acknowledged({ stored: batch.count, duplicate: 0, rejected: 0 });
  }

  async #take(bytes: Buffer): Promise<void> {
    try {
      await this.#options.write(bytes);
    } catch (error) {
      this.#failed = true;
      this.#options.failed(error as Error);
    }
  }

  #render(batch: Batch): Buffer {
    switch (this.#options.format) {
      case 'bulk':
      case 'ndjson':
        return batch.bytes.subarray(0, batch.length);
      case 'pretty':
        return Buffer.from(this.#pretty.layOut(documentTexts(batch)));
    }
  }
}
