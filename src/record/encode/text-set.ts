/**
 * Whether content has one of some texts in it: all of them are looked for in one pass, each byte is looked at once (Aho and Corasick,
 * 1975, with all transitions in one table).
 */
import { Buffer } from 'node:buffer';

export class TextSet {
  /** Row by state, column by byte. A state is how much of which text was just read; FOUND is the end of one. */
  readonly #next: Uint16Array;

  /** The set of these texts, none of them empty, with fewer than FOUND bytes together. */
  constructor(texts: readonly string[]) {
    const words = texts.map((text) => Buffer.from(text));
    const states = 1 + words.reduce((sum, { length }) => sum + length, 0);
    const next = new Uint16Array(states * 256);
    const isEnd = new Uint8Array(states);
    let count = 1;
    for (const word of words) {
      let state = 0;
      for (const c of word) state = next[state * 256 + c] ||= count++;
      isEnd[state] = 1;
    }
    // Breadth first: what follows a state is what follows the longest end of it that begins a text, which is less deep.
    const fall = new Uint16Array(states);
    const row: number[] = [0];
    for (const state of row) {
      if (isEnd[fall[state]!] === 1) isEnd[state] = 1;
      for (let c = 0; c < 256; c++) {
        const child = next[state * 256 + c]!;
        const instead = state === 0 ? 0 : next[fall[state]! * 256 + c]!;
        if (child === 0) next[state * 256 + c] = instead;
        else {
          fall[child] = instead;
          row.push(child);
        }
      }
    }
    this.#next = next.map((state) => (isEnd[state] === 1 ? FOUND : state));
  }

  /** Whether one of them is in bytes[from, to). */
  isIn(bytes: Buffer, from: number, to: number): boolean {
    const next = this.#next;
    let state = 0;
    for (let i = from; i < to; i++) {
      state = next[(state << 8) | bytes[i]!]!;
      if (state === FOUND) return true;
    }
    return false;
  }
}

const FOUND = 0xffff;
