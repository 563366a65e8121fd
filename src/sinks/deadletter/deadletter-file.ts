/**
 * The files of the dead-letter store: `rejected.ndjson` and the older `rejected.ndjson.1`, each of half of what the store may
 * take; the older one is given up for newer lines. They hold whole lines only, whatever a crash or a full disk left there.
 */
import { constants } from 'node:fs';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Regular files only, never through a link, never waiting for the other end of a pipe. */
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class DeadLetterFile {
  /** The newer one. */
  readonly path: string;
  readonly #dir: string;
  readonly #most: number;
  #file: FileHandle | undefined;
  #size = 0;

  /** `most`: bytes one file may hold; a single append is written whole all the same. */
  constructor(dir: string, most: number) {
    this.#dir = dir;
    this.#most = most;
    this.path = join(dir, 'rejected.ndjson');
  }

  /** Resolves when the lines are on disk. Rejects with the system's error: then part of them may be there, until the next time. */
  async append(lines: Buffer): Promise<void> {
    try {
      this.#file ??= await this.#open();
      if (this.#size > 0 && this.#size + lines.length > this.#most) await this.#rotate();
      await this.#file.appendFile(lines);
      await this.#file.datasync();
      this.#size += lines.length;
    } catch (error) {
      // Opened anew next time: the disk may have healed, and half a line may have to be cut off.
      await this.close();
      throw error;
    }
  }

  /** No append() is pending. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => {});
  }

  async #rotate(): Promise<void> {
    await this.close();
    await rename(this.path, `${this.path}.1`);
    this.#file = await this.#open();
  }

  /** The file, ending with a whole line. Mode 0600: log lines hold secrets. */
  async #open(): Promise<FileHandle> {
    await mkdir(this.#dir, { recursive: true });
    const file = await open(this.path, FLAGS, 0o600);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw Object.assign(new Error(`${this.path} is not a regular file`), { code: 'EISDIR' });
      this.#size = await endOfLastLine(file, stat.size);
      if (this.#size < stat.size) await file.truncate(this.#size);
      await syncDirectory(this.#dir);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
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
