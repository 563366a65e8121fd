/**
 * A set of texts that keeps 8 bytes of each: 48 bits of SHA-1 in an open table of doubles that is at most half full. Ten million
 * documents take at most 268 MB. The chance that a text seems to be among ten million, and is not, is one in 28 million.
 */
import { hash } from 'node:crypto';

const SMALLEST = 1024;

export class Hashes {
  #table = new Float64Array(SMALLEST);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(text: string): boolean {
    const number = numberOf(text);
    return this.#table[place(this.#table, number)] === number;
  }

  /** False if it was there already. */
  add(text: string): boolean {
    const number = numberOf(text);
    const at = place(this.#table, number);
    if (this.#table[at] === number) return false;
    this.#table[at] = number;
    if (++this.#size * 2 > this.#table.length) this.#grow();
    return true;
  }

  #grow(): void {
    const table = new Float64Array(this.#table.length * 2);
    for (const number of this.#table) if (number !== 0) table[place(table, number)] = number;
    this.#table = table;
  }
}

/** The place of a number, or the free place for it. */
function place(table: Float64Array, number: number): number {
  let at = number % table.length;
  while (table[at] !== 0 && table[at] !== number) at = (at + 1) % table.length;
  return at;
}

/** Never 0, which is an empty place. */
function numberOf(text: string): number {
  return hash('sha1', text, 'buffer').readUIntBE(0, 6) + 1;
}
