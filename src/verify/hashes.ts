/**
 * A set of texts that keeps 8 bytes and no text of each: 48 bits of SHA-1 in an open table of doubles, at most half full, so
 * that ten million documents take 268 MB at most. Of ten million a text that is not among them seems to be with a chance of
 * one in 28 million.
 */
import { createHash } from 'node:crypto';

const SMALLEST = 1024;

export class Hashes {
  #table = new Float64Array(SMALLEST);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(text: string): boolean {
    const hash = hashOf(text);
    return this.#table[place(this.#table, hash)] === hash;
  }

  /** False if it was there already. */
  add(text: string): boolean {
    const hash = hashOf(text);
    const at = place(this.#table, hash);
    if (this.#table[at] === hash) return false;
    this.#table[at] = hash;
    if (++this.#size * 2 > this.#table.length) this.#grow();
    return true;
  }

  #grow(): void {
    const table = new Float64Array(this.#table.length * 2);
    for (const hash of this.#table) if (hash !== 0) table[place(table, hash)] = hash;
    this.#table = table;
  }
}

/** Where a hash is, or would be. */
function place(table: Float64Array, hash: number): number {
  let at = hash % table.length;
  while (table[at] !== 0 && table[at] !== hash) at = (at + 1) % table.length;
  return at;
}

/** Never 0, which is an empty place. */
function hashOf(text: string): number {
  return createHash('sha1').update(text).digest().readUIntBE(0, 6) + 1;
}
