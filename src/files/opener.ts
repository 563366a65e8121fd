/**
 * Opens log files and says in three ways what came of it: a file, "never" (it is no log), or "later" (the kernel is short of
 * something, or a permission may heal).
 */
import type { Log } from '../types.ts';
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

export class Opener {
  readonly #fs: Fs;
  readonly #roots: readonly string[];
  /** Roots with their links resolved, by root. */
  readonly #real = new Map<string, string>();
  readonly #log: Log;
  /** Descriptors held now. */
  openFiles = 0;

  /** @param roots directories under which log files may lie, once all links are resolved. */
  constructor(fs: Fs, roots: readonly string[], log: Log) {
    this.#fs = fs;
    this.#roots = roots;
    this.#log = log;
  }

  open(path: string, gz: boolean): Opened {
    try {
      const opened = openLog(this.#fs, path, this.#realRoots());
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

  #realRoots(): string[] {
    for (const root of this.#roots) {
      if (this.#real.has(root)) continue;
      try {
        this.#real.set(root, this.#fs.realpathSync(root));
      } catch (error) {
        if (errorCode(error) === undefined) throw error; // Else: not there yet.
      }
    }
    return [...this.#real.values()];
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
            `first. Usually the limit of open files is low: raise it (ulimit -n, LimitNOFILE) above twice the containers ` +
            `of this node. Tried again every few seconds.`,
          { open: this.openFiles },
        );
        return { later: `no descriptor left (${code})` };
      default:
        this.#log.throttled(
          `open ${code}`,
          `a log file cannot be opened (${code}): its lines wait on disk. Usually a permission is missing: log files are ` +
            `0640 root, so run as uid 0 or with CAP_DAC_READ_SEARCH. Tried again every few seconds.`,
          { path, error: (error as Error).message },
        );
        return { later: `it cannot be opened (${code})` };
    }
  }
}
