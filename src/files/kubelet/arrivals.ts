/**
 * What arrives in podsDir: the directory of a new pod, in it those of its containers, in each of those its first log file. A
 * hint, as the links are: it changes only when a directory is looked at, never what is read. But it has the name of what came
 * and went within milliseconds, so that this is told where it could not be read.
 *
 * The kernel's events as they are (fs.watch), since chokidar compares listings, and says nothing of what came and went between
 * two of them. Cost: one inotify watch on podsDir, and for a new pod one on each directory, until it has a log or is ten seconds
 * old: what comes later is found by its link, or by the sweep.
 */
import type { FSWatcher } from 'node:fs';
import { basename, join } from 'node:path';
import type { Log } from '../../types.ts';
import { cureOfWatch } from '../../util/causes.ts';
import { errorCode, isGone, type Fs } from '../logfile/fs.ts';
import { podName } from './logpath.ts';

export interface ArrivalsOptions {
  readonly fs: Fs;
  readonly log: Log;
  readonly podsDir: string;
  readonly now: () => number;
  /** Something of this path is there, or was a moment ago: a pod's directory, a container's, or a file in that. */
  readonly arrived: (path: string) => void;
  /** Whether a log of the container's directory of this path is known. */
  readonly isKnown: (path: string) => boolean;
}

/** What lies in a watched directory. */
type Kind = 'pods' | 'containers' | 'files';

interface Watched {
  readonly watcher: FSWatcher;
  readonly since: number;
  /** What was told of it already: an event does not say whether something came or went. */
  readonly names: Set<string>;
}

const YOUNG_MS = 10_000;
/** New directories watched at the same time, at most. */
const MOST_YOUNG = 256;
/** A watch on podsDir that failed is tried again this often, ms. */
const AGAIN_MS = 60_000;

export class Arrivals {
  readonly #options: ArrivalsOptions;
  readonly #watched = new Map<string, Watched>();
  /** When to try to watch podsDir again after it failed, ms. */
  #againAt = 0;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** To be called with every sweep: watches podsDir once it is there, and lets go of what is not new any more. */
  sweep(): void {
    const { isKnown, now, podsDir } = this.#options;
    for (const [path, { since }] of this.#watched) {
      if (path !== podsDir && (now() - since >= YOUNG_MS || isKnown(path))) this.#letGo(path);
    }
    if (now() >= this.#againAt) this.#watch(podsDir, 'pods');
  }

  stop(): void {
    for (const path of this.#watched.keys()) this.#letGo(path);
    this.#againAt = Infinity;
  }

  #watch(path: string, kind: Kind): void {
    const { fs, now } = this.#options;
    if (this.#watched.has(path) || (kind !== 'pods' && this.#watched.size > MOST_YOUNG)) return;
    try {
      const watcher = fs.watch(path, { persistent: false });
      const watched = { watcher, since: now(), names: new Set<string>() };
      this.#watched.set(path, watched);
      watcher.on('change', (event, name) => {
        if (this.#watched.get(path) !== watched) return;
        if (event === 'rename') this.#told(path, kind, String(name));
        // Its log is open and written to: each write is an event.
        else if (kind === 'files' && this.#options.isKnown(path)) this.#letGo(path);
      });
      watcher.on('error', (error) => this.#cannotWatch(path, error));
    } catch (error) {
      this.#cannotWatch(path, error as Error);
    }
  }

  #told(directory: string, kind: Kind, name: string): void {
    const { podsDir } = this.#options;
    // The directory itself was removed or renamed.
    if (name === basename(directory)) this.#letGo(directory);
    else if (kind === 'pods') {
      if (podName(name)) this.#podArrived(join(podsDir, name));
    } else if (kind === 'containers') this.#containerArrived(directory, name);
    else if (this.#isFirst(directory, name)) this.#options.arrived(join(directory, name));
  }

  #podArrived(path: string): void {
    this.#watch(path, 'containers');
    for (const name of this.#namesIn(path)) this.#containerArrived(path, name);
    this.#options.arrived(path);
  }

  #containerArrived(pod: string, name: string): void {
    if (!this.#isFirst(pod, name)) return;
    const path = join(pod, name);
    if (!this.#options.isKnown(path)) this.#watch(path, 'files');
    this.#options.arrived(path);
  }

  #isFirst(directory: string, name: string): boolean {
    const names = this.#watched.get(directory)?.names;
    if (names?.has(name)) return false;
    names?.add(name);
    return true;
  }

  #namesIn(path: string): string[] {
    try {
      return this.#options.fs.readdirSync(path).map(({ name }) => name);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return []; // Whoever is told of the path meets it too, and deals with it.
    }
  }

  #letGo(path: string): void {
    this.#watched.get(path)?.watcher.close();
    this.#watched.delete(path);
  }

  /** Too few inotify watches or instances: the sweep sees what lasts, up to a second later. */
  #cannotWatch(path: string, error: Error): void {
    const code = errorCode(error);
    if (code === undefined) throw error;
    const { log, now, podsDir } = this.#options;
    this.#letGo(path);
    if (isGone(error)) return; // Or not there yet.
    if (path === podsDir) this.#againAt = now() + AGAIN_MS;
    log.throttled(
      'watch pods',
      `logs.pods_dir cannot be watched (${code}): a pod whose logs are removed within a second of its start may be missed. ` +
        `Usually ${cureOfWatch(code)}. Tried again every minute.`,
    );
  }
}
