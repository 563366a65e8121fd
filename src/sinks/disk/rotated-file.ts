/**
 * A file of lines that stays within a bound: `name`, and the older `name.1`, `name.2` …, of which the oldest is given up for newer
 * lines. Whatever a crash or a full disk leaves, the files hold whole lines only, and lines whose append() failed are not in them.
 */
import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

export interface RotatedFileOptions {
  /** Made when missing, mode 0700. */
  readonly dir: string;
  readonly name: string;
  /** Bytes one file may hold; a single append is written whole all the same. */
  readonly maxBytes: number;
  /** Files at most, the current one included: 2 or more. */
  readonly maxFiles: number;
  /** Whether `dir` itself may be a symbolic link. The files never may. */
  readonly followsDir: boolean;
}

/** Regular files only, never through a link, never waiting for the other end of a pipe. */
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Which file, and how far it holds lines whose append succeeded. */
interface Sound {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
}

export class RotatedFile {
  /** The current one. */
  readonly path: string;
  readonly #options: RotatedFileOptions;
  #file: FileHandle | undefined;
  /** Of the file that is open. */
  #size = 0;
  /** Of the file to which the last append failed: what is behind its size has to be cut off. */
  #failed: Sound | undefined;

  constructor(options: RotatedFileOptions) {
    this.#options = options;
    this.path = join(options.dir, options.name);
  }

  /**
   * Resolves when the lines are on disk. They end with LF and are borrowed until then. Rejects with the system's error: nothing of
   * them counts then, and what is there of them is cut off, at once or, if the disk does not let us, with the next append.
   * One append at a time.
   */
  async append(lines: Buffer): Promise<void> {
    try {
      // Whoever takes the file away may have read it before these lines were in it: then they are written again, elsewhere.
      for (let isThere = false; !isThere; isThere = await this.#isUnchanged(this.#file!)) {
        await this.open();
        if (this.#size > 0 && this.#size + lines.length > this.#options.maxBytes) await this.#rotate();
        await this.#file!.appendFile(lines);
        await this.#file!.datasync();
        this.#size += lines.length;
      }
    } catch (error) {
      await this.#undo();
      // Opened anew next time: the disk may have healed.
      await this.close();
      throw error;
    }
  }

  /** Opens the current file, unless it is open and still the one at its path. Rejects with the system's error. */
  async open(): Promise<void> {
    if (this.#file !== undefined && !(await this.#isUnchanged(this.#file))) await this.close();
    this.#file ??= await this.#open();
  }

  /** No append() is pending. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => {});
  }

  /** Deletes what larger bounds of an earlier start left: files beyond the number, and the oldest of those beyond the bytes. */
  async prune(): Promise<void> {
    const { dir, name, maxBytes, maxFiles } = this.#options;
    const numbers = (await readdir(dir))
      .filter((each) => each.startsWith(`${name}.`) && /^[1-9]\d{0,5}$/.test(each.slice(name.length + 1)))
      .map((each) => Number(each.slice(name.length + 1)));
    let bytes = (await sizeOf(this.path)) ?? 0;
    for (const number of numbers.toSorted((a, b) => a - b)) {
      const path = this.#older(number);
      const size = await sizeOf(path);
      if (size === undefined) continue;
      bytes += size;
      if (number >= maxFiles || bytes > maxBytes * maxFiles) await unlink(path);
    }
  }

  async #undo(): Promise<void> {
    try {
      const stat = await this.#file?.stat();
      if (stat === undefined) return;
      this.#failed = { dev: stat.dev, ino: stat.ino, size: this.#size };
      await this.#file?.truncate(this.#size);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }

  /** Somebody may have moved, deleted or changed it meanwhile. What is written to a file that was deleted is lost. */
  async #isUnchanged(file: FileHandle): Promise<boolean> {
    const [ours, named] = [await file.stat(), await lstat(this.path).catch(() => undefined)];
    return named?.ino === ours.ino && named.dev === ours.dev && ours.size === this.#size;
  }

  async #rotate(): Promise<void> {
    await this.close();
    for (let number = this.#options.maxFiles - 1; number > 0; number--) {
      await rename(this.#older(number - 1), this.#older(number)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
    this.#file = await this.#open();
  }

  #older(number: number): string {
    return number === 0 ? this.path : `${this.path}.${number}`;
  }

  /** The file, ending with a whole line. Mode 0600: log lines hold secrets. */
  async #open(): Promise<FileHandle> {
    const { dir, followsDir } = this.#options;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    if (!followsDir && (await lstat(dir)).isSymbolicLink())
      throw Object.assign(new Error(`${dir} is a link`), { code: 'ELOOP' });
    const file = await open(this.path, FLAGS, 0o600);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw Object.assign(new Error(`${this.path} is not a regular file`), { code: 'EISDIR' });
      this.#size = this.#soundIn(stat) ?? (await endOfLastLine(file, stat.size));
      if (this.#size < stat.size) await file.truncate(this.#size);
      this.#failed = undefined;
      await syncDirectory(dir);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Where the lines of an append that failed begin; undefined if this is not the file it failed in. */
  #soundIn({ dev, ino, size }: Stats): number | undefined {
    const failed = this.#failed;
    return failed?.dev === dev && failed.ino === ino && failed.size <= size ? failed.size : undefined;
  }
}

const LF = 0x0a;

async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - chunk.length);
    const { bytesRead } = await file.read(chunk, 0, end - start, start);
    const at = chunk.subarray(0, bytesRead).lastIndexOf(LF);
    if (at !== -1) return start + at + 1;
    end = start;
  }
  return 0;
}

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Undefined: no regular file is there. */
async function sizeOf(path: string): Promise<number | undefined> {
  const stat = await lstat(path).catch(() => undefined);
  return stat?.isFile() === true ? stat.size : undefined;
}
