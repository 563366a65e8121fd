/**
 * A directory whose log files are listed together: of one container its instances. What the listings say of it is told by
 * methods; nobody else changes what is known of it.
 */
import type { ContainerLog } from '../../types.ts';
import type { Chain } from './chain.ts';
import type { FoundFile } from './found-file.ts';

/** Names at which no log lies, and which are remembered so that they are told once. */
const MOST_ODD = 100;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

class State {
  readonly path: string;
  /** The log of this instance. */
  readonly logOf: (restart: number) => ContainerLog;
  /** Its logs, by restart. */
  readonly chains: ReadonlyMap<number, Chain> = new Map();
  /** Its modification time at the last listing, and when that was (ms since 1970). -1: never listed, or not to be believed. */
  mtimeMs = -1;
  listedAt = 0;
  /** There are links in it: what they lead to can change without its modification time. */
  hasLinks = false;
  gone = false;
  /** Something in it is to be tried again then (ms since 1970; 0: nothing). */
  retryAt = 0;
  /** Paths of logs that the last listing found and that are not held, and why. */
  readonly unseen: ReadonlyMap<string, string> = new Map();
  /** Files that the last listing found and that cannot be opened yet. */
  waiting: readonly FoundFile[] = [];
  /** Why it could not be listed; '' if it could. */
  trouble = '';
  /** Names of files that an event told of since the last listing. */
  readonly expected: ReadonlySet<string> = new Set();
  /** Tries in a row. */
  #retries = 0;
  readonly #odd = new Set<string>();

  constructor(path: string, logOf: (restart: number) => ContainerLog) {
    this.path = path;
    this.logOf = logOf;
  }

  add(chain: Chain): void {
    (this.chains as Map<number, Chain>).set(chain.log.restart, chain);
  }

  remove(chain: Chain): void {
    (this.chains as Map<number, Chain>).delete(chain.log.restart);
  }

  /** An event told of a file of this name: it counts as listed with the next listing, there or not. */
  expects(file: string): void {
    (this.expected as Set<string>).add(file);
  }

  listingBegins(now: number): void {
    this.listedAt = now;
  }

  /** Its name was all that was ever seen of it, and nothing is known of what it held. */
  get isUnseen(): boolean {
    return this.mtimeMs === -1 && this.chains.size === 0;
  }

  /** It is there, and was last changed at this time; what is in it is about to be read. */
  isThere(mtimeMs: number): void {
    this.gone = false;
    this.trouble = '';
    this.mtimeMs = mtimeMs;
  }

  isGone(): void {
    this.gone = true;
    this.trouble = '';
  }

  cannotBeListed(why: string): void {
    this.gone = false;
    this.trouble = why;
  }

  wasListed(hasLinks: boolean): void {
    this.hasLinks = hasLinks;
    (this.expected as Set<string>).clear();
  }

  /** What a listing found is about to be taken in. */
  takingIn(): void {
    (this.unseen as Map<string, string>).clear();
    this.waiting = [];
  }

  /** The log at `path` is not held, for this reason. */
  cannotSee(path: string, why: string): void {
    (this.unseen as Map<string, string>).set(path, why);
  }

  /** A file cannot be opened yet. */
  waitsFor(found: FoundFile): void {
    this.waiting = [...this.waiting, found];
  }

  /** No log lies at `path`. False if that was known. */
  passesOver(path: string): boolean {
    if (this.#odd.has(path)) return false;
    // Somebody who makes new ones all the time is not to fill our memory.
    if (this.#odd.size >= MOST_ODD) this.#odd.clear();
    this.#odd.add(path);
    return true;
  }

  /** Something in it could not be seen: it is listed again, later each time. */
  tryAgain(now: number): void {
    this.retryAt = now + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#retries);
    this.#retries = Math.min(this.#retries + 1, 10);
  }

  /** Everything in it was seen. */
  isSeen(): void {
    this.#retries = this.retryAt = 0;
  }

  /** It is to be listed again with the next sweep, changed or not. */
  distrust(): void {
    this.mtimeMs = -1;
  }
}

/** See State, which alone changes it. */
export type Directory = Readonly<Pick<State, keyof State>>;

export function newDirectory(path: string, logOf: (restart: number) => ContainerLog): Directory {
  return new State(path, logOf);
}
