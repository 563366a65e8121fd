/**
 * One open log file: opened so that nothing but a log can be opened, and read at positions.
 *
 * A pod that can write into a log directory can put a link to any file of the host there, or a FIFO that hangs whoever opens
 * it. So: links are resolved first, the result must lie where a log may lie (places.ts), the open neither follows a link nor
 * blocks, what was opened must be a regular file, and the kernel is asked once more where it lies.
 */
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, type Fs } from './fs.ts';

/** A file of a container log, plain or compressed: positions are those of what the container wrote. */
export interface LogFile {
  /** `<device>:<inode>`: exact for as long as the file is held open. */
  readonly id: string;
  readonly gz: boolean;
  /**
   * Reads into `into` from offset `at`. Resolves with the number of bytes, 0 at the end (of a plain file: for now).
   * Reads of one file must not overlap. Once it is closed, also while a read is on its way, what a read says is void.
   */
  read(into: Buffer, at: number): Promise<number>;
  /** What the file system says of it now. Sizes are those on disk. */
  stat(): FileState;
  /** Lets the descriptor go; a read on its way finishes first. */
  close(): void;
}

export interface FileState {
  readonly size: number;
  /** What it occupies, in blocks of 512 bytes: holes take none. */
  readonly blocks: number;
  readonly mtimeMs: number;
  /** Changes when it is written to, and when it is renamed. */
  readonly ctimeMs: number;
  /** 0 once the last name is gone. */
  readonly nlink: number;
}

/** What lies at a path is no log and never will be: a directory, a FIFO, a link that leads out. `message` says which. */
export class NotALog extends Error {
  override name = 'NotALog';
}

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A descriptor of a regular file that lies where a log may lie. */
export interface OpenedFile {
  readonly fd: number;
  readonly id: string;
  /** On disk. */
  readonly size: number;
}

/** Says of a path with all links resolved why no log may lie there, in words; undefined if one may. */
export type Refusal = (real: string) => string | undefined;

/**
 * Opens the file at `path`, following links to where `refusal` has nothing against it.
 * @throws NotALog, or the failure of a system call: ENOENT, EACCES, EMFILE …
 */
export function openLog(fs: Fs, path: string, refusal: Refusal): OpenedFile {
  const real = fs.realpathSync(path);
  const why = refusal(real);
  if (why !== undefined) throw new NotALog(why);
  let fd: number;
  try {
    fd = fs.openSync(real, FLAGS);
  } catch (error) {
    // A socket cannot be opened; a link here was put in place of the file after it was resolved.
    if (errorCode(error) === 'ENXIO') throw new NotALog('it is a socket');
    if (errorCode(error) === 'ELOOP') throw new NotALog('it is a link that changes while it is opened');
    throw error;
  }
  try {
    const stat = fs.fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw new NotALog('it is not a regular file');
    // It may have been renamed meanwhile; if it lies in another directory, one on the way was put in place of another.
    const where = whereIs(fs, fd);
    if (where !== undefined && dirname(where) !== dirname(real)) throw new NotALog('it moved while it was opened');
    return { fd, id: `${stat.dev}:${stat.ino}`, size: Number(stat.size) };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** A file that is read as it is. Owns its descriptor. */
export class PlainFile implements LogFile {
  readonly gz = false;
  readonly id: string;
  readonly #fs: Fs;
  readonly #fd: number;
  #reading = false;
  #closed = false;

  constructor(fs: Fs, opened: OpenedFile) {
    this.#fs = fs;
    this.#fd = opened.fd;
    this.id = opened.id;
  }

  read(into: Buffer, at: number): Promise<number> {
    if (this.#closed) return Promise.resolve(0);
    this.#reading = true;
    return new Promise((resolve, reject) => {
      this.#fs.read(this.#fd, into, 0, into.length, at, (error, bytes) => {
        this.#reading = false;
        if (this.#closed) this.#fs.closeSync(this.#fd);
        if (error) reject(error);
        else resolve(bytes);
      });
    });
  }

  /** Whether the bytes from offset `at` on are still `bytes`. Synchronous: 1 kB that was read a moment ago. */
  holds(bytes: Buffer, at: number): boolean {
    const scratch = SCRATCH.subarray(0, bytes.length);
    return this.#fs.readSync(this.#fd, scratch, 0, bytes.length, at) === bytes.length && scratch.equals(bytes);
  }

  /** A copy of the first bytes, at most `most`. Synchronous. */
  peek(most: number): Buffer {
    const bytes = Buffer.alloc(most);
    return bytes.subarray(0, this.#fs.readSync(this.#fd, bytes, 0, most, 0));
  }

  stat(): FileState {
    return this.#fs.fstatSync(this.#fd);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#reading) this.#fs.closeSync(this.#fd);
  }
}

const SCRATCH = Buffer.alloc(4096);

/** Where an open file lies, as the kernel says; undefined where there is no /proc. */
function whereIs(fs: Fs, fd: number): string | undefined {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
