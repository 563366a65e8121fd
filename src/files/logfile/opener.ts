/**
 * Opens log files and says in three ways what came of it: a file, "never" (it is no log), or "later" (the kernel is short of
 * something, or a permission may heal).
 */
import type { ContainerLog, Log } from '../../types.ts';
import { cureOf } from '../../util/causes.ts';
import { errorCode, type Fs } from './fs.ts';
import { GzFile } from './gzfile.ts';
import { NotALog, openLog, PlainFile, type LogFile } from './logfile.ts';

export type Opened =
  | { readonly file: LogFile; readonly size: number }
  /** It is no log. */
  | { readonly never: string }
  /** It was there a moment ago. */
  | { readonly vanished: true }
  /** To be tried again. */
  | { readonly later: string };

export interface OpenerOptions {
  readonly fs: Fs;
  readonly log: Log;
  /** Why what is found at `path` is not to be read, `real` being that path with all links resolved; see places.ts. */
  readonly refusal: (path: string, real: string, log: ContainerLog) => string | undefined;
  /** Closes another file, if there is one that may be closed. */
  readonly makeRoom: () => void;
}

/**
 * Descriptors that log files leave free: for connections to the sink and the API server, /metrics, the positions, listings. The
 * kernel gives the lowest free number, so the number of a descriptor says how many are in use at least.
 */
export function reserveOf(limit: number): number {
  return Math.min(32, Math.floor(limit / 4));
}
/**
 * What of these may be taken when no other file can be closed: for a file that is found, and for one whose turn it is to be read.
 * Deleted files keep their descriptors, and may wait for an older file of their log that needs one.
 */
const FOR_FOUND = 2;
const FOR_TURNS = 4;

export class Opener {
  readonly #options: OpenerOptions;
  /** The limit of descriptors when it was last looked at. */
  #limit = 0;
  /** Descriptors held now. */
  openFiles = 0;

  constructor(options: OpenerOptions) {
    this.#options = options;
  }

  /**
   * Opens a file of the container log `one`. Where descriptors are short, another file may be closed for it.
   * @param isTurn it is to be read now
   */
  open(path: string, gz: boolean, one: ContainerLog, isTurn = false): Opened {
    try {
      return this.#open(path, gz, one, 0);
    } catch (error) {
      if (!isShortage(error)) return this.#failed(path, error);
    }
    this.#options.makeRoom();
    this.#sayInTurn();
    try {
      return this.#open(path, gz, one, isTurn ? FOR_TURNS : FOR_FOUND);
    } catch (error) {
      return this.#failed(path, error);
    }
  }

  /** @param borrowed how many of those that are left free may be taken */
  #open(path: string, gz: boolean, one: ContainerLog, borrowed: number): Opened {
    const { fs, refusal } = this.#options;
    const opened = openLog(fs, path, (real) => refusal(path, real, one));
    if (!this.#leavesEnough(opened.fd - borrowed)) {
      fs.closeSync(opened.fd);
      throw Object.assign(new Error('few descriptors are left'), { code: 'EMFILE' });
    }
    this.openFiles++;
    return { file: gz ? new GzFile(fs, opened) : new PlainFile(fs, opened), size: opened.size };
  }

  close(file: LogFile): void {
    file.close();
    this.openFiles--;
  }

  /** Looks at the limit again when it seems to be reached: it may have been raised. */
  #leavesEnough(fd: number): boolean {
    if (fd < this.#limit - reserveOf(this.#limit)) return true;
    this.#limit = this.#options.fs.openFilesLimit();
    return fd < this.#limit - reserveOf(this.#limit);
  }

  #sayInTurn(): void {
    this.#options.log.throttled(
      'few descriptors',
      `there are more log files than descriptors: they are opened in turn, which is slower, and what is not read of a file ` +
        `when kubelet deletes it is lost. Usually ${cureOf('EMFILE')}, above twice the containers of this node.`,
      { open: this.openFiles, limit: this.#limit },
    );
  }

  #failed(path: string, error: unknown): Opened {
    if (error instanceof NotALog) {
      this.#options.log.throttled('not-a-log', `${JSON.stringify(path)} is not read: ${error.message}`, { path });
      return { never: error.message };
    }
    const code = errorCode(error);
    switch (code) {
      case undefined:
        throw error;
      case 'ENOENT':
      case 'ENOTDIR':
        return { vanished: true };
      case 'ELOOP':
        return { never: 'it is a link to itself' };
      case 'EMFILE':
      case 'ENFILE':
        this.#options.log.throttled(
          'descriptors',
          `no more files can be opened (${code}): logs without a descriptor wait, and are lost if kubelet deletes them ` +
            `first. Usually ${cureOf(code)}, above twice the containers of this node. Tried again every few seconds.`,
          { open: this.openFiles, limit: this.#limit },
        );
        return { later: `no descriptor left (${code})` };
      default:
        this.#options.log.throttled(
          `open ${code}`,
          `a log file cannot be opened (${code}): its lines wait on disk. Usually ${cureOf(code)}. Tried again every few ` +
            `seconds.`,
          { path, error: (error as Error).message },
        );
        return { later: `it cannot be opened (${code})` };
    }
  }
}

function isShortage(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EMFILE' || code === 'ENFILE';
}
