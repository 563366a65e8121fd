/**
 * The calls to the file system that this folder makes, so that a test can make one of them fail. Everything but reading,
 * listing and unpacking is synchronous on purpose: on a local disk a stat costs one microsecond so, thirty through a promise.
 */
import * as node from 'node:fs';

/** The file system as this folder uses it. */
export type Fs = Pick<
  typeof node,
  'openSync' | 'closeSync' | 'fstatSync' | 'lstatSync' | 'statSync' | 'readSync' | 'read' | 'readlinkSync' | 'watch'
> & {
  readonly realpathSync: (path: string) => string;
  readonly readdirSync: (path: string) => node.Dirent[];
  /** How many files this process may have open. */
  readonly openFilesLimit: () => number;
  /** Lists a directory that may be large. */
  readonly readdir: (path: string) => Promise<node.Dirent[]>;
};

/** The real one. */
export const realFs: Fs = {
  openSync: node.openSync,
  closeSync: node.closeSync,
  fstatSync: node.fstatSync,
  lstatSync: node.lstatSync,
  statSync: node.statSync,
  readSync: node.readSync,
  read: node.read,
  readlinkSync: node.readlinkSync,
  watch: node.watch,
  realpathSync: (path) => node.realpathSync.native(path),
  readdirSync: (path) => node.readdirSync(path, { withFileTypes: true }),
  openFilesLimit,
  readdir: (path) => node.promises.readdir(path, { withFileTypes: true }),
};

/** The code of a failed system call ('ENOENT' …), or undefined if this is no such failure. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** What lies at the path was removed, or put in place of something else. */
export function isGone(error: unknown): boolean {
  return errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR';
}

/** What lies at a path, links not followed. What cannot be seen counts as gone. */
export function lies(fs: Pick<Fs, 'lstatSync'>, path: string): 'directory' | 'another' | 'gone' {
  try {
    return fs.lstatSync(path).isDirectory() ? 'directory' : 'another';
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return 'gone';
  }
}

/** As Linux tells it; elsewhere, and while not even this can be read, there is none to be seen. */
function openFilesLimit(): number {
  try {
    return Number(/^Max open files +(\d+)/m.exec(node.readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}
