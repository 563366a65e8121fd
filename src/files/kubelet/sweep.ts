/**
 * The truth about which directories there are: `<podsDir>/<pod>/<container>`, found by walking. A directory is listed again
 * when its modification time changed; a time that was younger than two seconds at the last listing proves nothing, since the
 * clocks of file systems are coarse; and anyway once a minute.
 */
import { join, relative, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Log } from '../../types.ts';
import { newDirectory, type Directory } from '../tail/directory.ts';
import { errorCode, lies, type Fs } from '../logfile/fs.ts';
import { mayHaveChanged } from './coarse-clock.ts';
import { containerLog, podName, type PodName } from './logpath.ts';
import { cureOf } from '../../util/causes.ts';

export interface SweepOptions {
  readonly fs: Fs;
  readonly log: Log;
  readonly podsDir: string;
  readonly now: () => number;
  /** Lists a container's directory. */
  readonly scan: (directory: Directory) => Promise<void>;
}

interface Listed {
  mtimeMs: number;
  listedAt: number;
}

interface Pod extends Listed {
  readonly path: string;
  readonly name: PodName;
  /** When it was found to be gone, ms; 0: it is there. */
  goneAt: number;
}

const ANYWAY_MS = 60_000;
/** A pod that is gone is remembered so long, ms: the event that says so may be late, and is not of a new pod. */
const LINGER_MS = 1000;
/** So many stats are made before others get their turn. */
const STATS_AT_ONCE = 128;

export class Sweep {
  readonly #options: SweepOptions;
  readonly #root: Listed = { mtimeMs: -1, listedAt: 0 };
  readonly #pods = new Map<string, Pod>();
  readonly #directories = new Map<string, Directory>();
  /** Directories above those that cannot be listed, and why. */
  readonly unseen = new Map<string, string>();
  /** When podsDir itself was seen last, ms. */
  seenAt = 0;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** Looks at every directory. Resolves with false if some could not be seen, so that what was not found may yet be there. */
  async run(): Promise<boolean> {
    let complete = await this.#relist(this.#options.podsDir, this.#root, (name) => this.#addPod(name));
    if (complete === true) this.seenAt = this.#options.now();
    let stats = 0;
    for (const pod of this.#pods.values()) {
      if (++stats % STATS_AT_ONCE === 0) await setImmediate();
      const listed = await this.#lookInto(pod);
      complete = complete !== false && listed !== false;
    }
    for (const directory of this.#directories.values()) {
      if (++stats % STATS_AT_ONCE === 0) await setImmediate();
      if (this.isDue(directory)) await this.#options.scan(directory);
    }
    return complete === true;
  }

  /** The directory of that path, if it is where a container's logs are; known from now on. */
  directory(path: string): Directory | undefined {
    const known = this.#directories.get(path);
    if (known) return known;
    const [pod, container, ...more] = relative(this.#options.podsDir, path).split(sep);
    const name = podName(pod ?? '');
    if (!name || !container || more.length > 0) return undefined;
    const { fs, podsDir } = this.#options;
    if ([join(podsDir, pod!), path].some((each) => lies(fs, each) !== 'directory')) return undefined;
    this.#addPod(pod!);
    return this.#addDirectory(join(podsDir, pod!), name, container);
  }

  /**
   * An event told of the directory of a pod or a container, or of a file in one: looks at it now. It is known from now on, also if
   * it is gone already.
   */
  async arrived(path: string): Promise<void> {
    const { fs, podsDir, scan } = this.#options;
    const [pod = '', container, file] = relative(podsDir, path).split(sep);
    const above = container === undefined ? path : join(podsDir, pod, container);
    if (!podName(pod) || lies(fs, above) === 'another') return;
    const known = this.#addPod(pod)!;
    if (container === undefined) {
      await this.#lookInto(known);
      return;
    }
    const directory = this.#addDirectory(known.path, known.name, container);
    if (file !== undefined) directory.expects(file);
    await scan(directory);
  }

  /** By path. */
  get directories(): ReadonlyMap<string, Directory> {
    return this.#directories;
  }

  /** A directory is gone, and so are all logs in it. */
  forget(path: string): void {
    this.#directories.delete(path);
  }

  /** Whether a container's directory is to be listed again. */
  isDue(directory: Directory): boolean {
    const now = this.#options.now();
    if (directory.retryAt > 0 && directory.retryAt <= now) return true;
    const mtimeMs = this.#mtime(directory.path);
    if (mtimeMs === undefined) return !directory.gone;
    return directory.gone || directory.hasLinks || isStale(directory, mtimeMs, now);
  }

  /** Looks for the directories of containers in that of a pod; answers as #relist. */
  async #lookInto(pod: Pod): Promise<boolean | undefined> {
    const listed = await this.#relist(pod.path, pod, (name) => this.#addDirectory(pod.path, pod.name, name));
    const now = this.#options.now();
    if (listed !== undefined) pod.goneAt = 0;
    else if (pod.goneAt === 0) {
      pod.goneAt = now;
      // Its name was all that was ever seen of it: told as a container without a name.
      if (!this.#hasDirectories(pod)) await this.#options.scan(this.#addDirectory(pod.path, pod.name, ''));
    } else if (now - pod.goneAt >= LINGER_MS) this.#pods.delete(pod.path);
    return listed;
  }

  /** True: listed, or nothing new. Undefined: it is gone. False: it can't be seen. */
  async #relist(path: string, listed: Listed, add: (name: string) => void): Promise<boolean | undefined> {
    const { fs, log, now } = this.#options;
    try {
      const stat = fs.statSync(path, { throwIfNoEntry: false });
      this.unseen.delete(path);
      if (!stat) return undefined;
      const listedAt = now();
      if (!isStale(listed, stat.mtimeMs, listedAt)) return true;
      const entries = await fs.readdir(path);
      listed.listedAt = listedAt;
      listed.mtimeMs = stat.mtimeMs;
      for (const entry of entries) if (entry.isDirectory()) add(entry.name);
      return true;
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      if (code === 'ENOENT') return undefined;
      listed.mtimeMs = -1;
      this.unseen.set(path, `it cannot be listed (${code})`);
      log.throttled(
        code === 'EMFILE' || code === 'ENFILE' ? 'descriptors' : `sweep ${code}`,
        `a directory of logs cannot be listed (${code}): new containers in it are not seen. Usually ${cureOf(code)}. ` +
          `Tried again every second.`,
        { path },
      );
      return false;
    }
  }

  #mtime(path: string): number | undefined {
    try {
      return this.#options.fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return -1;
    }
  }

  #hasDirectories({ listedAt, path }: Pod): boolean {
    return listedAt > 0 || [...this.#directories.keys()].some((each) => each.startsWith(path + sep));
  }

  #addPod(directory: string): Pod | undefined {
    const path = join(this.#options.podsDir, directory);
    const name = podName(directory);
    if (name && !this.#pods.has(path)) this.#pods.set(path, { path, name, mtimeMs: -1, listedAt: 0, goneAt: 0 });
    return this.#pods.get(path);
  }

  #addDirectory(podPath: string, pod: PodName, container: string): Directory {
    const path = join(podPath, container);
    const known = this.#directories.get(path);
    if (known) return known;
    const directory = newDirectory(path, (restart) => containerLog(path, pod, container, restart));
    this.#directories.set(path, directory);
    return directory;
  }
}

function isStale(listed: Listed, mtimeMs: number, now: number): boolean {
  return mayHaveChanged(listed, mtimeMs) || now - listed.listedAt >= ANYWAY_MS;
}
