/**
 * What stands where in a JSON object, as a server sees it: `{"a":{"b":1}}`, `{"a":[{"b":1}]}` and `{"a.b":1}` hold the same path,
 * and a path holds one kind of value. A server that does not know a field yet refuses a document where it holds two.
 *
 * A path is known by its hash alone. Two paths of one hash can only make a member look as if it did not fit; it is left out then,
 * and nothing wrong is let in. Nothing is allocated.
 */
export const TEXT = 1;
export const BOOLEAN = 2;
export const INTEGER = 3;
export const DECIMAL = 4;
export const OBJECT = 5;
export const TIME = 6;
/** A text that some servers take for a time. It goes with nothing else, not even with another one. */
export const PERHAPS_TIME = 7;

const SLOTS = 512;
/** With two fields for each text and with its own members a document stays below Elasticsearch's limit of 1000. */
const MOST_PATHS = 256;
/** Any large odd number would do. */
const FACTOR = 0x2c1b3c6d;
const DOT = 0x2e;

/** The hash of the path of the whole object, and that of a path with one more byte. */
export const ROOT = 0x811c9dc5 | 0;
export const longer = (hash: number, byte: number): number => (Math.imul(hash, FACTOR) + byte) | 0;

/** What JsonPaths.member() answers besides the place of a name: there was none; there was one, in an object at another depth. */
export const NEW = -1;
export const ELSEWHERE = -2;

export class JsonPaths {
  #call = 0;
  #count = 0;
  readonly #calls = new Int32Array(SLOTS);
  readonly #hashes = new Int32Array(SLOTS);
  readonly #kinds = new Uint8Array(SLOTS);
  /** The object that had it last as a member; 0 = none: only longer names begin with it. */
  readonly #owners = new Int32Array(SLOTS);
  readonly #depths = new Uint8Array(SLOTS);
  readonly #names = new Int32Array(SLOTS);

  /** Forgets all. */
  begin(): void {
    this.#call = (this.#call + 1) | 0;
    this.#count = 0;
  }

  /** The slot of a path, which may be new; -1: there are too many. */
  slot(hash: number): number {
    let slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    while (this.#calls[slot] === this.#call) {
      if (this.#hashes[slot] === hash) return slot;
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (this.#count++ === MOST_PATHS) return -1;
    this.#calls[slot] = this.#call;
    this.#hashes[slot] = hash;
    this.#kinds[slot] = 0;
    this.#owners[slot] = 0;
    return slot;
  }

  /**
   * Object `owner` has a member of this path, whose name begins at `name`. Answers where the name of the same member began that it
   * had before, else NEW or ELSEWHERE. Objects at one depth are not within each other, so no other one can come in between.
   */
  member(slot: number, owner: number, depth: number, name: number): number {
    const last = this.#owners[slot]!;
    const found =
      last === 0 ? NEW : last === owner ? this.#names[slot]! : this.#depths[slot] === depth ? NEW : ELSEWHERE;
    this.#owners[slot] = owner;
    this.#depths[slot] = depth;
    this.#names[slot] = name;
    return found;
  }

  /** Whether the path may hold a value of this kind; a negative one never. */
  holds(slot: number, kind: number): boolean {
    const is = this.#kinds[slot]!;
    if (is === kind) return kind !== PERHAPS_TIME;
    if (is !== 0 || kind < 0) return false;
    this.#kinds[slot] = kind;
    return true;
  }

  /** What it holds; 0: only null and empty arrays so far. */
  kind(slot: number): number {
    return this.#kinds[slot]!;
  }

  /** Its hash: that of the root made longer by each byte of it. */
  hash(slot: number): number {
    return this.#hashes[slot]!;
  }

  /** The hash of paths behind this one, up to their names. */
  behind(slot: number): number {
    return longer(this.#hashes[slot]!, DOT);
  }
}
