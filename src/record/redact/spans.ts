/** Where in a text something was found: stretches in their order, which never overlap. */

/** So many at first; the lists grow with a text that has more. */
const FIRST = 64;

export class Spans {
  count = 0;
  /** Where the last one ends; 0: there is none. */
  end = 0;
  #froms = new Int32Array(FIRST);
  #tos = new Int32Array(FIRST);
  #kinds = new Int32Array(FIRST);

  begin(): void {
    this.count = 0;
    this.end = 0;
  }

  /** [from, to) is of this kind. What is part of the one before it already, stays with that. Answers `to`. */
  add(from: number, to: number, kind: number): number {
    const begin = from < this.end ? this.end : from;
    if (to <= begin) return to;
    this.put(begin, to, kind);
    this.end = to;
    return to;
  }

  /** [from, to) is of this kind, wherever the ones before it are. settle() is asked before any is read. */
  put(from: number, to: number, kind: number): void {
    if (to <= from) return;
    if (this.count === this.#froms.length) this.#grow();
    this.#froms[this.count] = from;
    this.#tos[this.count] = to;
    this.#kinds[this.count++] = kind;
  }

  /** Puts them in their order again, those that overlap in one: it is of the kind of the first, the longer one of two that begin together. */
  settle(): void {
    const froms = this.#froms;
    const tos = this.#tos;
    const order = Array.from({ length: this.count }, (_, k) => k).sort(
      (a, b) => froms[a]! - froms[b]! || tos[b]! - tos[a]!,
    );
    const all = order.map((k) => [froms[k]!, tos[k]!, this.#kinds[k]!] as const);
    this.begin();
    for (const [from, to, kind] of all) {
      if (this.count > 0 && from < this.end) this.#tos[this.count - 1] = this.end = Math.max(this.end, to);
      else this.add(from, to, kind);
    }
  }

  /** The k-th one is [from, to) in another text. */
  move(k: number, from: number, to: number): void {
    this.#froms[k] = from;
    this.#tos[k] = to;
    this.end = to;
  }

  from(k: number): number {
    return this.#froms[k]!;
  }

  to(k: number): number {
    return this.#tos[k]!;
  }

  kind(k: number): number {
    return this.#kinds[k]!;
  }

  #grow(): void {
    const longer = (list: Int32Array): Int32Array<ArrayBuffer> => {
      const copy = new Int32Array(2 * list.length);
      copy.set(list);
      return copy;
    };
    this.#froms = longer(this.#froms);
    this.#tos = longer(this.#tos);
    this.#kinds = longer(this.#kinds);
  }
}
