/** The names that one log file has in the course of its life, whoever rotates it. Pure. */

/** What the name of a log file says. */
export interface FileName {
  /** Which of the logs in its directory: of a container the n of `n.log`. */
  readonly restart: number;
  /** What stands between `.log` and `.gz`: '' for the file being written, else a time stamp, or a number. */
  readonly suffix: string;
  readonly gz: boolean;
}

/**
 * Compares names of one log: negative if `a` was rotated before `b`. Time stamps ascend, numbers descend (logrotate counts from
 * the newest), and the file being written is the last; a plain file comes before its compressed copy.
 */
export function compareNames(a: FileName, b: FileName): number {
  if (a.suffix === b.suffix) return Number(a.gz) - Number(b.gz);
  if (a.suffix === '') return 1;
  if (b.suffix === '') return -1;
  const [numberA, numberB] = [isNumber(a.suffix), isNumber(b.suffix)];
  if (numberA && numberB) return Number(b.suffix) - Number(a.suffix);
  if (numberA !== numberB) return numberA ? 1 : -1;
  return a.suffix < b.suffix ? -1 : 1;
}

function isNumber(suffix: string): boolean {
  return suffix.length <= 4 && /^\d+$/.test(suffix);
}

/** The names under which a file is found. */
class State {
  /** How it was last called. */
  name: FileName;
  /** The paths under which the last listing found it, those of its copies included. */
  paths: readonly string[];
  /** Since when listings find it under no name (ms since 1970); undefined while they do. */
  missingSince: number | undefined;

  constructor(name: FileName, paths: readonly string[]) {
    this.name = name;
    this.paths = paths;
  }

  /** A listing begins: what it finds is told by found(). */
  listingBegins(): void {
    this.paths = [];
  }

  /** The file, or a copy of it, lies at `path`. */
  found(path: string): void {
    this.paths = [...this.paths, path];
  }

  /** The file itself lies at `path`, under this name. */
  renamed(path: string, name: FileName): void {
    this.found(path);
    this.name = name;
  }

  /** A listing is complete. `now`: ms since 1970. */
  listingEnds(now: number): void {
    this.missingSince = this.paths.length > 0 ? undefined : (this.missingSince ?? now);
  }

  /** No file of these names is looked at any more. */
  forget(): void {
    this.paths = [];
  }

  /** Its bytes are read from a file of this name from now on. */
  calledNow(name: FileName): void {
    this.name = name;
  }
}

/** See State, which alone changes it. */
export type Names = Readonly<State>;

export function newNames(name: FileName, paths: readonly string[] = []): Names {
  return new State(name, paths);
}
