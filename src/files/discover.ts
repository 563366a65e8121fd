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
import type { ContainerLog, Log } from '../types.ts';
import { errorCode, type Fs } from './fs.ts';
import { linkName } from './logpath.ts';

export interface LinksOptions {
  readonly fs: Fs;
  readonly log: Log;
  readonly containersDir: string;
  readonly now: () => number;
  /** There is a link to a log, given as `<pod>/<container>/<n>.log`; `containerId` if the name of the link tells. */
  readonly found: (log: string, containerId: string | undefined) => void;
}

const COARSE_MS = 2000;
/** How long the lines of a new container wait for its link, ms. */
const LINK_MS = 500;

export class Links {
  readonly #options: LinksOptions;
  /** Id and target of each link seen. */
  readonly #links = new Map<string, { readonly target: string; readonly containerId: string | undefined }>();
  /** Container id, if the link tells, by log. */
  readonly #ids = new Map<string, string | undefined>();
  /** Logs without a link, and when we were first asked for it (ms). */
  readonly #missing = new WeakMap<ContainerLog, number>();
  #watcher: FSWatcher | undefined;
  #watches = true;
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

  /**
   * Whether the link of a log is still to come: kubelet makes it right after it started the container, and the first lines
   * are to carry the container's id like all others. Never for long.
   */
  expects(log: ContainerLog): boolean {
    const now = this.#options.now();
    const since = this.#missing.get(log) ?? now;
    if (this.#ids.has(logOf(log.path)) || now - since >= LINK_MS) return false;
    this.#missing.set(log, since);
    this.sweep();
    return this.#exists && !this.#ids.has(logOf(log.path));
  }

  /** Lists the links if the directory changed, and begins to watch it once it exists. */
  sweep(): void {
    const { containersDir, fs, log, now } = this.#options;
    try {
      const stat = fs.statSync(containersDir, { throwIfNoEntry: false });
      this.#exists = stat !== undefined;
      if (!stat) return;
      if (this.#watches) this.#watch();
      if (stat.mtimeMs === this.#mtimeMs && this.#listedAt - stat.mtimeMs >= COARSE_MS) return;
      this.#mtimeMs = stat.mtimeMs;
      this.#listedAt = now();
      const entries = fs.readdirSync(containersDir);
      const names = new Set(entries.map((entry) => entry.name));
      for (const name of [...this.#links.keys()]) if (!names.has(name)) this.#removed(name);
      for (const entry of entries) if (entry.isSymbolicLink()) this.#added(entry.name);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      this.#mtimeMs = -1;
      log.throttled('links', `logs.containers_dir cannot be listed: container ids are missing in documents`, {
        error: (error as Error).message,
      });
    }
  }

  async stop(): Promise<void> {
    this.#watches = false;
    await this.#watcher?.close();
    this.#watcher = undefined;
  }

  #watch(): void {
    if (this.#watcher) return;
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
    watcher.on('error', (error) => this.#cannotWatch(error as Error));
  }

  /** Too few inotify watches or instances: the sweep sees the same, up to a second later. */
  #cannotWatch(error: Error): void {
    if (!this.#watches) return;
    this.#watches = false;
    this.#options.log.warn(
      `logs.containers_dir cannot be watched (${errorCode(error) ?? error.message}): new containers are noticed up to a ` +
        `second later, nothing else changes. Usually fs.inotify.max_user_watches or max_user_instances of the node is low.`,
    );
    void this.#watcher?.close(); // Never rejects; nobody waits for it.
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
