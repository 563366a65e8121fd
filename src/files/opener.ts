/**
 * Opens log files and says in three ways what came of it: a file, "never" (it is no log), or "later" (the kernel is short of
 * something, or a permission may heal).
 */
import type { ContainerLog, Log } from '../types.ts';
import { cureOf } from '../util/causes.ts';
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

/** Places.refusal */
type RefusalOf = (path: string, real: string, log: ContainerLog) => string | undefined;

/**
 * Descriptors that log files leave free: for connections to the sink and the API server, /metrics, the positions, listings. The
 * kernel gives the lowest free number, so the number of a descriptor says how many are in use at least.
 */
const RESERVE = 16;

export class Opener {
  readonly #fs: Fs;
  readonly #refusal: RefusalOf;
  readonly #log: Log;
  /** The limit of descriptors when it was last looked at. */
  #limit = 0;
  /** Descriptors held now. */
  openFiles = 0;

  constructor(fs: Fs, refusal: RefusalOf, log: Log) {
    this.#fs = fs;
    this.#refusal = refusal;
    this.#log = log;
  }

  /** Opens a file of the container log `one`. */
  open(path: string, gz: boolean, one: ContainerLog): Opened {
    try {
      const opened = openLog(this.#fs, path, (real) => this.#refusal(path, real, one));
      if (!this.#leavesRoom(opened.fd)) {
        this.#fs.closeSync(opened.fd);
        return this.#failed(path, Object.assign(new Error('few descriptors are left'), { code: 'EMFILE' }));
      }
      this.openFiles++;
      const file = gz ? new GzFile(this.#fs, opened) : new PlainFile(this.#fs, opened);
      return { file, size: opened.size };
    } catch (error) {
      return this.#failed(path, error);
    }
  }

  close(file: LogFile): void {
    file.close();
    this.openFiles--;
  }

  /** Looks at the limit again when it seems to be reached: it may have been raised. */
  #leavesRoom(fd: number): boolean {
    if (fd < this.#limit - RESERVE) return true;
    this.#limit = this.#fs.openFilesLimit();
    return fd < this.#limit - RESERVE;
  }

  #failed(path: string, error: unknown): Opened {
    if (error instanceof NotALog) {
      this.#log.throttled('not-a-log', `${JSON.stringify(path)} is not read: ${error.message}`, { path });
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
        this.#log.throttled(
          'descriptors',
          `no more files can be opened (${code}): logs without a descriptor wait, and are lost if kubelet deletes them ` +
            `first. Usually ${cureOf(code)}, above twice the containers of this node. Tried again every few seconds.`,
          { open: this.openFiles, limit: this.#limit },
        );
        return { later: `no descriptor left (${code})` };
      default:
        this.#log.throttled(
          `open ${code}`,
          `a log file cannot be opened (${code}): its lines wait on disk. Usually ${cureOf(code)}. Tried again every few ` +
            `seconds.`,
          { path, error: (error as Error).message },
        );
        return { later: `it cannot be opened (${code})` };
    }
  }
}
