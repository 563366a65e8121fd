/**
 * Where reading begins: what a former process had acknowledged of a source, or what `logs.backlog` says on the very first start.
 */
import type { ContainerLog, Position, Saved } from '../../types.ts';
import { instant } from './head.ts';

export interface ResumeOptions {
  readonly saved: readonly Saved[];
  /** There was no checkpoint file: `backlog` applies to what the first sweep finds. */
  readonly firstStart: boolean;
  /** The checkpoint file was damaged: a file without an entry may have had one. */
  readonly damaged: boolean;
  readonly backlog: 'all' | 'current' | 'none';
}

/** The position of a source of which nothing is acknowledged. */
export const START: Position = { out: 0, err: 0, time: '' };

/** What is to be left out of a file that existed before the first start. */
export type Omit = 'nothing' | 'everything' | 'complete lines';

export class Resume {
  readonly #options: ResumeOptions;
  /** Entries not matched with a file yet. */
  readonly #byKey = new Map<string, Map<string, Saved>>();
  /** Of each container the newest file of its newest instance. */
  readonly #newest: ReadonlySet<Saved>;
  #firstSweep = true;

  constructor(options: ResumeOptions) {
    this.#options = options;
    for (const saved of options.saved) {
      const ofLog = this.#byKey.get(saved.key) ?? new Map<string, Saved>();
      this.#byKey.set(saved.key, ofLog.set(saved.fingerprint, saved));
    }
    this.#newest = new Set(newestOf(options.saved));
  }

  /**
   * Whether the former process knew of no file that its container wrote after this one. Should it be gone, nobody saw what the
   * container wrote at its end and in the files after it, which may be gone too.
   */
  isNewest(saved: Saved): boolean {
    return this.#newest.has(saved);
  }

  /** What `backlog` says applies to files found from now on no longer: they are read from their start. */
  firstSweepDone(): void {
    this.#firstSweep = false;
  }

  /** Whether what is found now existed before the first start. */
  get isFirst(): boolean {
    return this.#firstSweep && this.#options.firstStart;
  }

  /** Whether a file without an entry may have been read by a former process. */
  get isDoubtful(): boolean {
    return this.#options.damaged;
  }

  /** What to leave out of a file for which isFirst was true when it was found. */
  omit(isRotated: boolean): Omit {
    if (this.#options.backlog === 'none') return isRotated ? 'everything' : 'complete lines';
    return this.#options.backlog === 'current' && isRotated ? 'everything' : 'nothing';
  }

  /** Hands out the entry of a source, once. */
  claim(log: ContainerLog, fingerprint: string): Saved | undefined {
    const ofLog = this.#byKey.get(log.key);
    const saved = ofLog?.get(fingerprint);
    ofLog?.delete(fingerprint);
    return saved;
  }

  /** Entries of a log that no file has claimed. */
  unclaimed(key: string): Saved[] {
    return [...(this.#byKey.get(key)?.values() ?? [])];
  }

  /** Whether a former process knew logs of this container that no file has claimed; without a name, of any one of the pod. */
  hasOf(uid: string, container: string): boolean {
    const prefix = container === '' ? `${uid}/` : `${uid}/${container}/`;
    return this.keys().some((key) => key.startsWith(prefix));
  }

  /** Takes what nobody claimed out of the book. */
  takeUnclaimed(key: string): Saved[] {
    const saved = this.unclaimed(key);
    this.#byKey.delete(key);
    return saved;
  }

  /** Keys of logs with entries that nobody claimed. */
  keys(): string[] {
    return [...this.#byKey.keys()].filter((key) => this.#byKey.get(key)!.size > 0);
  }
}

/** `<pod uid>/<container>` and the restart count in the key of a container log. */
export function instanceOf(key: string): { readonly container: string; readonly restart: number } {
  const at = key.lastIndexOf('/');
  return { container: key.slice(0, at), restart: Number(key.slice(at + 1)) };
}

function newestOf(entries: readonly Saved[]): Iterable<Saved> {
  const newest = new Map<string, Saved>();
  for (const saved of entries) {
    const { container, restart } = instanceOf(saved.key);
    const other = newest.get(container);
    const later = other === undefined ? 1 : restart - instanceOf(other.key).restart;
    if (later > 0 || (later === 0 && instant(saved.head) >= instant(other!.head))) newest.set(container, saved);
  }
  return newest.values();
}

/** Where reading begins. */
export function startOf(position: Position): number {
  return Math.min(position.out, position.err);
}
