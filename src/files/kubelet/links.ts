/**
 * The links in containersDir: the earliest sign of a new container, and the only place where its id is written. All of it is a
 * hint: an event that is late, doubled or missing changes only when the sweep's truth is looked up, never what is read.
 *
 * chokidar watches the directory and nothing else: links are not followed, files are not watched, which costs one inotify
 * watch however many containers there are.
 */
import { readlinkSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import type { ContainerLog, Log } from '../../types.ts';
import { cureOf, cureOfWatch } from '../../util/causes.ts';
import { errorCode, type Fs } from '../logfile/fs.ts';
import { mayHaveChanged } from './coarse-clock.ts';
import { linkName } from './logpath.ts';

export interface LinksOptions {
  readonly fs: Fs;
  readonly log: Log;
  readonly containersDir: string;
  readonly now: () => number;
  /** There is a link to a log, given as `<pod>/<container>/<n>.log`; `containerId` if the name of the link tells. */
  readonly found: (log: string, containerId: string | undefined) => void;
}

/** How long the lines of a new container wait for its link, ms. */
const LINK_MS = 500;
/** A watch that failed is tried again this often, ms. */
const WATCH_AGAIN_MS = 60_000;

export class Links {
  readonly #options: LinksOptions;
  /** Id and target of each link seen. */
  readonly #links = new Map<string, { readonly target: string; readonly containerId: string | undefined }>();
  /** Container id, if the link tells, by log. */
  readonly #ids = new Map<string, string | undefined>();
  /** Logs without a link, and when we were first asked for it (ms). */
  readonly #missing = new WeakMap<ContainerLog, number>();
  /** Logs of which we know whether a link comes: kubelet may remove it before all lines are read. */
  readonly #decided = new WeakSet<ContainerLog>();
  #watcher: FSWatcher | undefined;
  #stopped = false;
  /** When to try to watch again after it failed, ms. */
  #watchAt = 0;
  #exists = false;
  #mtimeMs = -1;
  #listedAt = 0;

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  /** The id of the container that writes to the log at `path`. */
  containerId(path: string): string | undefined {
    return this.#ids.get(logOf(path));
  }

  /** A container of this id writes to another log, as its link says, and no link says that it writes to this one. */
  isOthers(containerId: string, log: ContainerLog): boolean {
    let isOthers = false;
    for (const [path, id] of this.#ids) {
      if (id !== containerId) continue;
      if (path === logOf(log.path)) return false;
      isOthers = true;
    }
    return isOthers;
  }

  /**
   * Whether the link of a log is still to come: kubelet makes it right after it started the container, and the first lines
   * are to carry the container's id like all others. Never for long.
   */
  expects(log: ContainerLog): boolean {
    if (this.#decided.has(log)) return false;
    const now = this.#options.now();
    const since = this.#missing.get(log) ?? now;
    this.#missing.set(log, since);
    const has = (): boolean => this.#ids.has(logOf(log.path));
    if (!has()) this.sweep();
    const isExpected = this.#exists && !has() && now - since < LINK_MS;
    if (!isExpected) this.#decided.add(log);
    return isExpected;
  }

  /** Lists the links if the directory changed, and begins to watch it once it exists. */
  sweep(): void {
    const { containersDir, fs, log, now } = this.#options;
    try {
      const stat = fs.statSync(containersDir, { throwIfNoEntry: false });
      this.#exists = stat !== undefined;
      if (!stat) return;
      if (now() >= this.#watchAt) this.#watch();
      if (!mayHaveChanged({ mtimeMs: this.#mtimeMs, listedAt: this.#listedAt }, stat.mtimeMs)) return;
      this.#mtimeMs = stat.mtimeMs;
      this.#listedAt = now();
      const entries = fs.readdirSync(containersDir);
      const names = new Set(entries.map((entry) => entry.name));
      for (const name of [...this.#links.keys()]) if (!names.has(name)) this.#removed(name);
      for (const entry of entries) if (entry.isSymbolicLink()) this.#added(entry.name);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      this.#mtimeMs = -1;
      log.throttled(
        'links',
        `logs.containers_dir cannot be listed (${errorCode(error)}): container ids are missing in documents. Usually ` +
          `${cureOf(errorCode(error))}. Tried again every second.`,
      );
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watcher?.close();
    this.#watcher = undefined;
  }

  #watch(): void {
    if (this.#watcher || this.#stopped) return;
    const watcher = watch(this.#options.containersDir, {
      followSymlinks: false,
      depth: 0,
      ignoreInitial: true,
      atomic: false,
      persistent: true,
    });
    this.#watcher = watcher;
    // What came while it was getting ready is no event.
    watcher.on('ready', () => this.sweep());
    watcher.on('add', (path) => this.#added(path.slice(path.lastIndexOf(sep) + 1)));
    watcher.on('unlink', (path) => this.#removed(path.slice(path.lastIndexOf(sep) + 1)));
    watcher.on('error', (error) => this.#cannotWatch(watcher, error as Error));
  }

  /** Too few inotify watches or instances: the sweep sees the same, up to a second later. */
  #cannotWatch(failed: FSWatcher, error: Error): void {
    if (this.#stopped || failed !== this.#watcher) return;
    this.#watcher = undefined;
    this.#watchAt = this.#options.now() + WATCH_AGAIN_MS;
    const code = errorCode(error);
    this.#options.log.throttled(
      'watch',
      `logs.containers_dir cannot be watched (${code ?? error.message}): new containers are noticed up to a second later, ` +
        `nothing else changes. Usually ${cureOfWatch(code)}. Tried again every minute.`,
    );
    void failed.close(); // Never rejects; nobody waits for it.
  }

  #added(link: string): void {
    const name = linkName(link);
    if (!name) return;
    const { containersDir, found } = this.#options;
    let target: string;
    try {
      target = resolve(containersDir, readlinkSync(join(containersDir, link)));
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return;
    }
    if (this.#links.get(link)?.target === target) return;
    this.#links.set(link, { target, containerId: name.containerId });
    this.#ids.set(logOf(target), name.containerId);
    found(logOf(target), name.containerId);
  }

  #removed(link: string): void {
    const known = this.#links.get(link);
    if (!known) return;
    this.#links.delete(link);
    if (this.#ids.get(logOf(known.target)) === known.containerId) this.#ids.delete(logOf(known.target));
  }
}

/** `<pod>/<container>/<n>.log`: what a link and the sweep agree on, wherever podsDir is mounted. */
function logOf(path: string): string {
  return path.split(sep).slice(-3).join(sep);
}
