/**
 * The parts of a JSON object that are left out of the document, in their order: members, each with a comma, so that the rest is
 * an object again.
 */
import type { Buffer } from 'node:buffer';
import { paste } from './bytes.ts';

const MOST_CUTS = 256;

export class JsonCuts {
  count = 0;
  readonly #from = new Int32Array(MOST_CUTS);
  readonly #to = new Int32Array(MOST_CUTS);

  /** Keeps the first `count` only. */
  backTo(count: number): void {
    this.count = count;
  }

  /** False: there are too many. */
  add(from: number, to: number): boolean {
    if (this.count === MOST_CUTS) return false;
    this.#from[this.count] = from;
    this.#to[this.count++] = to;
    return true;
  }

  /** Copies what remains of bytes[from, to) to out[o…]; answers where it ended. */
  paste(bytes: Buffer, from: number, to: number, out: Buffer, o: number): number {
    for (let k = 0; k < this.count; k++) {
      o = paste(bytes, from, this.#from[k]!, out, o);
      from = this.#to[k]!;
    }
    return paste(bytes, from, to, out, o);
  }
}
