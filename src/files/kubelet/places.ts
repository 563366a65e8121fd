/**
 * Where log files may lie. A pod that can write into a log directory can put a link there to any file of the host: of another
 * container, whose lines would be shipped under the wrong name, or of Docker, which keeps a container's environment beside its
 * log. So a file is read only under the name that its own directory gives it, and where links may lead (Docker's
 * directories), only files that are named as Docker names logs.
 */
import { basename, join, relative, sep } from 'node:path';
import type { ContainerLog } from '../../types.ts';
import { errorCode, type Fs } from '../logfile/fs.ts';

export interface PlacesOptions {
  readonly fs: Fs;
  readonly podsDir: string;
  /** Directories to which links may lead. */
  readonly allowedRoots: readonly string[];
  /** The links in containersDir say that the container of this id writes to another log than this one. */
  readonly isOthers: (containerId: string, log: ContainerLog) => boolean;
}

/** `<id>-json.log`, and what Docker's rotation makes of it: `….1`, `….2.gz` (daemon/logger/jsonfilelog). */
const DOCKER_LOG = /^(.+)-json\.log(?:\.\d{1,4}(?:\.gz)?)?$/;

export class Places {
  readonly #options: PlacesOptions;
  /** Directories with their links resolved, once they are there. */
  readonly #real = new Map<string, string>();

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /**
   * Why the file that lies at `real`, found at `path` in the directory of `log`, is not to be read, in words; undefined if it is.
   * @param real `path` with all links resolved
   */
  refusal(path: string, real: string, log: ContainerLog): string | undefined {
    const { isOthers, podsDir } = this.#options;
    const pods = this.#resolved(podsDir);
    if (pods !== undefined && isUnder(real, pods)) {
      return real === join(pods, relative(podsDir, path)) ? undefined : 'it leads to a file of another name';
    }
    if (!this.#isAllowed(real)) return 'it leads out of the log directories';
    // A rotated file beside the one that a link leads to is no link itself.
    if (!isUnder(path, podsDir) && real !== path) return 'it leads to a file of another name';
    const id = dockerId(real);
    if (id === undefined) return "it leads to a file that is not named as Docker's logs are (*-json.log)";
    return isOthers(id, log) ? 'it leads to the log of another container' : undefined;
  }

  /** Whether the file at `real`, a path in which no link is left, is one of Docker's logs, as far as its name tells. */
  isDockerLog(real: string): boolean {
    return this.#isAllowed(real) && dockerId(real) !== undefined;
  }

  #isAllowed(real: string): boolean {
    return this.#options.allowedRoots.some((root) => isUnder(real, this.#resolved(root)));
  }

  #resolved(directory: string): string | undefined {
    const known = this.#real.get(directory);
    if (known !== undefined) return known;
    try {
      const real = this.#options.fs.realpathSync(directory);
      this.#real.set(directory, real);
      return real;
    } catch (error) {
      if (errorCode(error) === undefined) throw error; // Else: not there yet.
      return undefined;
    }
  }
}

/** The id of the container whose log has this path, if it is named as Docker names logs. */
export function dockerId(path: string): string | undefined {
  return DOCKER_LOG.exec(basename(path))?.[1];
}

function isUnder(path: string, directory: string | undefined): boolean {
  return directory !== undefined && path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}
