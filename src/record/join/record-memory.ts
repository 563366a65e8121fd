/**
 * The memory in which open records gather their content: sizes are powers of two, and a few of each are kept for the next
 * record.
 */
import { Buffer } from 'node:buffer';

const SMALLEST = 1024;
/** Up to so many times the smallest size is kept, of each size as many bytes. */
const KEPT = 64;

export class RecordMemory {
  /** Longest content of a record in bytes. */
  readonly maxBytes: number;
  /** Bytes lent to records that are open now. Only take() and give() change it. */
  lent = 0;
  readonly #spare = new Map<number, Buffer[]>();

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Lends at least `need` bytes, whose content is anything. */
  take(need: number): Buffer {
    let size = SMALLEST;
    while (size < need) size *= 2;
    this.lent += size;
    return this.#spare.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
  }

  /** Takes bytes back: whoever had them must not use them any more. */
  give(bytes: Buffer): void {
    this.lent -= bytes.length;
    if (bytes.length === 0 || bytes.length > KEPT * SMALLEST) return;
    let spare = this.#spare.get(bytes.length);
    if (spare === undefined) this.#spare.set(bytes.length, (spare = []));
    if (spare.length < (KEPT * SMALLEST) / bytes.length) spare.push(bytes);
  }
}
