/**
 * Content that is one JSON object: checked byte by byte, so that it can be pasted into the document as it is.
 *
 * The bytes are copied into the document as they are, so anything that Elasticsearch would reject must be refused here: broken
 * grammar, a member twice, an empty or overlong name, a NUL in a name (it separates key and value in a `flattened` field), deep
 * nesting, overlong numbers. Refusing is harmless: the line stays a plain message.
 */
import type { Buffer } from 'node:buffer';
import { numberEnd, STOP, stringEnd } from '../format/jsontext.ts';
import { isLevelKey, messageKey, numberLevel, same, wordLevel } from '../format/words.ts';

const MAX_BYTES = 32 * 1024;
const MAX_DEPTH = 16;
const MAX_NAMES = 256;
const MAX_NAME = 256;

export class JsonScan {
  /** The message member's string, between its quotes, still escaped; messageFrom < 0 if there is none. */
  messageFrom = -1;
  messageTo = 0;
  /** The object without that member is [from, cutFrom) + [cutTo, to). */
  cutFrom = 0;
  cutTo = 0;
  /** Members that remain. */
  members = 0;
  /** Of its level member, 0 if unknown. */
  level = 0;

  #bytes: Buffer | null = null;
  #to = 0;
  #names = 0;
  readonly #nameFrom = new Int32Array(MAX_NAMES);
  readonly #nameTo = new Int32Array(MAX_NAMES);
  readonly #nameHash = new Int32Array(MAX_NAMES);

  /** Whether bytes[from, to), valid UTF-8, is one object that may be pasted. The fields above then describe it. */
  object(bytes: Buffer, from: number, to: number): boolean {
    if (to - from > MAX_BYTES || to - from < 2 || bytes[from] !== 0x7b || bytes[to - 1] !== 0x7d) return false;
    this.#bytes = bytes;
    this.#to = to;
    this.#names = 0;
    this.messageFrom = -1;
    this.level = 0;
    this.members = 0;
    const found = this.#top(bytes, from, to);
    this.#bytes = null;
    return found;
  }

  #top(bytes: Buffer, from: number, to: number): boolean {
    let kind = 0;
    let before = from; // the comma or brace in front of a member
    let i = this.#space(from + 1);
    if (bytes[i] === 0x7d) return i + 1 === to;
    for (;;) {
      const name = i + 1;
      i = this.#name(i, 0);
      if (i < 0) return false;
      const nameTo = i - 1;
      i = this.#colon(i);
      if (i < 0) return false;
      const value = i;
      i = this.#value(i, 1);
      if (i < 0) return false;
      this.members++;
      if (bytes[value] === 0x22) {
        const k = messageKey(bytes, name, nameTo);
        if (k > kind) {
          kind = k;
          this.messageFrom = value + 1;
          this.messageTo = i - 1;
          this.cutFrom = before;
          this.cutTo = i;
        } else if (this.level === 0 && isLevelKey(bytes, name, nameTo)) this.level = wordLevel(bytes, value + 1, i - 1);
      } else if (this.level === 0 && isLevelKey(bytes, name, nameTo)) this.level = numberLevel(bytes, value, i);
      i = this.#space(i);
      const c = bytes[i];
      if (c === 0x7d) break;
      if (c !== 0x2c) return false;
      before = i;
      i = this.#space(i + 1);
    }
    if (i + 1 !== to) return false;
    if (kind !== 0) {
      this.members--;
      // the first member goes with the comma behind it, any other with the one in front
      if (this.cutFrom === from) {
        this.cutFrom = from + 1;
        this.cutTo = this.#space(this.cutTo);
        if (bytes[this.cutTo] === 0x2c) this.cutTo++;
      }
    }
    return true;
  }

  #space(i: number): number {
    const bytes = this.#bytes!;
    const to = this.#to;
    while (i < to && (bytes[i] === 0x20 || bytes[i] === 0x09)) i++;
    return i;
  }

  #colon(i: number): number {
    i = this.#space(i);
    return i < this.#to && this.#bytes![i] === 0x3a ? this.#space(i + 1) : -1;
  }

  /** Reads a member's name at i; names[base…] are those of the same object. */
  #name(i: number, base: number): number {
    const bytes = this.#bytes!;
    const to = this.#to;
    if (bytes[i] !== 0x22) return -1;
    const from = ++i;
    let hash = 0;
    let plain = 0; // something other than spaces and dots
    for (; i < to; i++) {
      const c = bytes[i]!;
      if (STOP[c] !== 0) break;
      hash = (Math.imul(hash, 31) + c) | 0;
      if (c !== 0x20 && c !== 0x2e) plain = 1;
    }
    if (i >= to || bytes[i] !== 0x22 || plain === 0 || i - from > MAX_NAME || this.#names === MAX_NAMES) return -1;
    for (let k = base; k < this.#names; k++) {
      if (this.#nameHash[k] === hash && this.#sameName(k, from, i)) return -1;
    }
    const n = this.#names++;
    this.#nameFrom[n] = from;
    this.#nameTo[n] = i;
    this.#nameHash[n] = hash;
    return i + 1;
  }

  #sameName(k: number, from: number, to: number): boolean {
    const bytes = this.#bytes!;
    const other = this.#nameFrom[k]!;
    if (this.#nameTo[k]! - other !== to - from) return false;
    for (let i = 0; i < to - from; i++) if (bytes[other + i] !== bytes[from + i]) return false;
    return true;
  }

  #value(i: number, depth: number): number {
    const bytes = this.#bytes!;
    if (i >= this.#to) return -1;
    const c = bytes[i]!;
    if (c === 0x22) return stringEnd(bytes, i + 1, this.#to);
    if (c === 0x7b) return depth < MAX_DEPTH ? this.#members(i + 1, depth) : -1;
    if (c === 0x5b) return depth < MAX_DEPTH ? this.#elements(i + 1, depth) : -1;
    if (c === 0x74) return same(bytes, i, 'true') ? i + 4 : -1;
    if (c === 0x66) return same(bytes, i, 'false') ? i + 5 : -1;
    if (c === 0x6e) return same(bytes, i, 'null') ? i + 4 : -1;
    return numberEnd(bytes, i);
  }

  #members(i: number, depth: number): number {
    const bytes = this.#bytes!;
    const base = this.#names;
    i = this.#space(i);
    if (bytes[i] === 0x7d) return i + 1;
    for (;;) {
      i = this.#name(i, base);
      if (i < 0) return -1;
      i = this.#colon(i);
      if (i < 0) return -1;
      i = this.#value(i, depth + 1);
      if (i < 0) return -1;
      i = this.#space(i);
      if (bytes[i] === 0x7d) break;
      if (bytes[i] !== 0x2c) return -1;
      i = this.#space(i + 1);
    }
    this.#names = base;
    return i + 1;
  }

  #elements(i: number, depth: number): number {
    const bytes = this.#bytes!;
    i = this.#space(i);
    if (bytes[i] === 0x5d) return i + 1;
    for (;;) {
      i = this.#value(i, depth + 1);
      if (i < 0) return -1;
      i = this.#space(i);
      if (bytes[i] === 0x5d) return i + 1;
      if (bytes[i] !== 0x2c) return -1;
      i = this.#space(i + 1);
    }
  }
}
