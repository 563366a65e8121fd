/**
 * Where kubelet and the container runtimes put log files, as the origin of what is tailed: links and what arrives in podsDir
 * are hints that there is a new container, the sweep is the truth about which directories there are, a scan lists one of them.
 */
import { basename, dirname, join } from 'node:path';
import type { ContainerLog, Log } from '../../types.ts';
import type { Fs } from '../logfile/fs.ts';
import type { Chain } from '../tail/chain.ts';
import type { Directory } from '../tail/directory.ts';
import type { Origin, Taker } from '../tail/origin.ts';
import { Arrivals } from './arrivals.ts';
import { Links } from './links.ts';
import { savedLog } from './logpath.ts';
import { Places } from './places.ts';
import { DirectoryScan } from './scan.ts';
import { Sweep } from './sweep.ts';

export interface KubeletLogsOptions {
  readonly fs: Fs;
  readonly log: Log;
  /** `logs.pods_dir` and `logs.containers_dir`. */
  readonly podsDir: string;
  readonly containersDir: string;
  /** Where else a link may lead: Docker keeps the files in /var/lib/docker/containers. */
  readonly allowedRoots: readonly string[];
  readonly now: () => number;
  readonly taker: Taker;
  /** A link to a log that is known was seen: there may be something to be read. */
  readonly linked: (chain: Chain) => void;
}

/** How long descriptors may be short before pods_dir counts as out of sight. */
const SHORT_MS = 30_000;

export class KubeletLogs implements Origin {
  readonly #options: KubeletLogsOptions;
  readonly #arrivals: Arrivals;
  readonly #links: Links;
  readonly #places: Places;
  readonly #sweep: Sweep;
  readonly #scan: DirectoryScan;
  #swept = false;
  #stopping = false;

  constructor(options: KubeletLogsOptions) {
    const { containersDir, fs, log, now, podsDir, taker } = options;
    this.#options = options;
    this.#links = new Links({ fs, log, containersDir, now, found: (path, id) => this.#linkFound(path, id) });
    const isOthers = (containerId: string, one: ContainerLog): boolean => this.#links.isOthers(containerId, one);
    this.#places = new Places({ fs, podsDir, allowedRoots: options.allowedRoots, isOthers });
    this.#scan = new DirectoryScan({ fs, log, now, taker, isDockerLog: (real) => this.#places.isDockerLog(real) });
    this.#sweep = new Sweep({ fs, log, podsDir, now, scan: (directory) => this.#scanThis(directory) });
    const isKnown = (path: string): boolean => (this.directories.get(path)?.chains.size ?? 0) > 0;
    // Failures of the environment are dealt with inside; a bug crashes.
    const arrived = (path: string): void => void this.#sweep.arrived(path);
    this.#arrivals = new Arrivals({ fs, log, podsDir, now, isKnown, arrived });
  }

  get directories(): ReadonlyMap<string, Directory> {
    return this.#sweep.directories;
  }

  /**
   * Why pods_dir cannot be listed; '' if it can. While descriptors are short for a moment it can: a neighbour that opens connections
   * must not make podferry unready.
   */
  get blind(): string {
    const { podsDir, now } = this.#options;
    const why = this.#sweep.unseen.get(podsDir) ?? '';
    return /E[MN]FILE/.test(why) && now() - this.#sweep.seenAt < SHORT_MS ? '' : why;
  }

  /** Paths of which nothing is known but that they cannot be seen, and why. */
  get unseen(): Map<string, string> {
    const unseen = new Map(this.#sweep.unseen);
    for (const directory of this.directories.values()) {
      if (directory.trouble) unseen.set(directory.path, directory.trouble);
      for (const [path, why] of directory.unseen) unseen.set(path, why);
    }
    return unseen;
  }

  /** Looks at every directory. Resolves with false if some could not be seen: what was not found may yet be there. */
  async sweep(): Promise<boolean> {
    this.#links.sweep();
    this.#arrivals.sweep();
    const complete = await this.#sweep.run();
    this.#swept = true;
    return complete;
  }

  /** Scans no more. Resolves when the scan under way is over. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#arrivals.stop();
    await Promise.all([this.#links.stop(), this.#scan.idle()]);
  }

  /** A hint that there is something new at a log or a container's directory. */
  async look(path: string): Promise<void> {
    await this.#scanThis(this.#sweep.directory(path) ?? this.#sweep.directory(dirname(path)));
  }

  /** Why the file that lies at `real`, found at `path`, is not to be read; see Places. */
  refusal(path: string, real: string, log: ContainerLog): string | undefined {
    return this.#places.refusal(path, real, log);
  }

  /** Whether the link of a log is still to come; see Links. */
  expectsLink(log: ContainerLog): boolean {
    return this.#links.expects(log);
  }

  /** The log whose `n.log` has this path, if it is known. */
  chainOf(path: string): Chain | undefined {
    return this.directories.get(dirname(path))?.chains.get(Number.parseInt(basename(path), 10));
  }

  forget(path: string): void {
    this.#sweep.forget(path);
  }

  async scan(path: string): Promise<void> {
    await this.#scanThis(this.directories.get(path));
  }

  async refresh(path: string): Promise<void> {
    const directory = this.directories.get(path);
    if (directory && this.#sweep.isDue(directory)) await this.#scanThis(directory);
  }

  seenAt(path: string): number {
    const directory = this.directories.get(path);
    return !directory || !this.#sweep.isDue(directory) ? this.#options.now() : directory.listedAt;
  }

  containerId(path: string): string | undefined {
    return this.#links.containerId(path);
  }

  logOf(entry: Parameters<Origin['logOf']>[0]): ContainerLog {
    return savedLog(entry);
  }

  /** Failures of the environment are dealt with inside; a bug crashes. */
  async #scanThis(directory: Directory | undefined): Promise<void> {
    if (directory && !this.#stopping) await this.#scan.scan(directory);
  }

  #linkFound(log: string, containerId: string | undefined): void {
    const path = join(this.#options.podsDir, log);
    const chain = this.chainOf(path);
    if (chain) {
      if (containerId !== undefined) chain.isWrittenBy(containerId);
      this.#options.linked(chain);
    }
    if (this.#swept) void this.look(path);
  }
}
