/**
 * The documents of one request: at first a whole batch, later a piece of it. Because the batch remembers where every
 * document ends, cutting in two is a view of the same bytes, and keeping a few documents for a retry is one copy.
 */
import { documentAt } from './frame.ts';
import type { Batch, Frame } from '../../types.ts';

/** Bytes and the end of each document in them, as in a Batch. */
interface Documents {
  readonly bytes: Buffer;
  readonly ends: Uint32Array;
  /** The action line in front of each, or of those to another data stream one with the id at the same place. */
  readonly frame: Frame;
  /** A copy made for a retry, ours to change; false: the batch's slab, borrowed. */
  readonly ours: boolean;
}

export class BulkSlice {
  readonly #documents: Documents;
  readonly #from: number;
  readonly #to: number;

  private constructor(documents: Documents, from: number, to: number) {
    this.#documents = documents;
    this.#from = from;
    this.#to = to;
  }

  /** All documents of a batch. Borrows its bytes. */
  static of(batch: Batch): BulkSlice {
    const { bytes, ends, frame } = batch;
    return new BulkSlice({ bytes, ends, frame, ours: false }, 0, batch.count);
  }

  get frame(): Frame {
    return this.#documents.frame;
  }

  get count(): number {
    return this.#to - this.#from;
  }

  /** Length of the body in bytes. */
  get length(): number {
    return this.#startOf(this.#to) - this.#startOf(this.#from);
  }

  /** The body: a view of the slab or of our copy, never a copy of its own. Borrowed. */
  get bytes(): Buffer {
    return this.#documents.bytes.subarray(this.#startOf(this.#from), this.#startOf(this.#to));
  }

  /** Document i without its action line and LF. Borrowed. */
  document(i: number): Buffer {
    const { bytes, ends } = this.#documents;
    const at = this.#from + i;
    return bytes.subarray(documentAt(bytes, this.#startOf(at)), ends[at]! - 1);
  }

  /** The action line of document i, its LF included. Borrowed. */
  action(i: number): Buffer {
    const { bytes } = this.#documents;
    const start = this.#startOf(this.#from + i);
    return bytes.subarray(start, documentAt(bytes, start));
  }

  /** The `_id` of document i; undefined when Elasticsearch was to choose one. */
  id(i: number): string | undefined {
    const { bytes, frame } = this.#documents;
    const start = this.#startOf(this.#from + i);
    return bytes.toString('latin1', start + frame.idFrom, start + frame.idTo) || undefined;
  }

  /** Two pieces, the first as large as fits into `limit` bytes. Each holds at least one document; needs two. */
  cut(limit: number): [BulkSlice, BulkSlice] {
    const start = this.#startOf(this.#from);
    let at = this.#from + 1;
    while (at < this.#to - 1 && this.#documents.ends[at]! - start <= limit) at++;
    return [new BulkSlice(this.#documents, this.#from, at), new BulkSlice(this.#documents, at, this.#to)];
  }

  /**
   * Only these documents (numbers in ascending order). The first time they are copied out of the slab, from then on they
   * move together inside that copy: the copies made of one batch never exceed its size. This portion must not be used
   * afterwards, and no request may still be reading it.
   */
  keep(documents: readonly number[]): BulkSlice {
    if (documents.length === this.count) return this;
    const from = this.#documents;
    const to = from.ours ? from : this.#roomFor(documents);
    const first = from.ours ? this.#from : 0;
    let end = from.ours ? this.#startOf(first) : 0;
    // In place nothing is overwritten before it is read: a kept document only ever moves towards the start.
    for (let k = 0; k < documents.length; k++) {
      const i = this.#from + documents[k]!;
      end += from.bytes.copy(to.bytes, end, this.#startOf(i), from.ends[i]!);
      to.ends[first + k] = end;
    }
    return new BulkSlice(to, first, first + documents.length);
  }

  #roomFor(documents: readonly number[]): Documents {
    let size = 0;
    for (const i of documents) size += this.#documents.ends[this.#from + i]! - this.#startOf(this.#from + i);
    return {
      ...this.#documents,
      bytes: Buffer.allocUnsafeSlow(size),
      ends: new Uint32Array(documents.length),
      ours: true,
    };
  }

  #startOf(i: number): number {
    return i === 0 ? 0 : this.#documents.ends[i - 1]!;
  }
}
