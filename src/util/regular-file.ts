/**
 * Reads files in whose place something else may lie: a directory, a device, or a FIFO, at which a plain open waits without end.
 * Here no open waits, only regular files are read, and never more than a given number of bytes.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs';

/** Something other than a regular file lies there; `message` says what. */
export class NotRegular extends Error {
  override name = 'NotRegular';
}

const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * The descriptor of the regular file at `path`; links are followed.
 * @throws NotRegular, or the system's error
 */
export function openRegular(path: string): number {
  let fd: number;
  try {
    fd = openSync(path, FLAGS);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENXIO') throw new NotRegular('it is a socket', { cause: error });
    // Is nothing there, or a link to nothing?
    if (code === 'ENOENT' && lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
      throw new NotRegular('it is a link that leads nowhere', { cause: error });
    }
    throw error;
  }
  const stat = fstatSync(fd);
  if (stat.isFile()) return fd;
  closeSync(fd);
  throw new NotRegular(kindOf(stat));
}

/**
 * The content of the regular file at `path`.
 * @throws NotRegular, also for one that is larger than `most` bytes; or the system's error
 */
export function readRegular(path: string, most: number): Buffer {
  const fd = openRegular(path);
  try {
    const bytes = Buffer.allocUnsafe(Math.min(fstatSync(fd).size, most) + 1);
    let length = 0;
    for (let n = -1; n !== 0 && length < bytes.length; length += n) {
      n = readSync(fd, bytes, length, bytes.length - length, null);
    }
    if (length > most) throw new NotRegular(`it is larger than ${most} bytes`);
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

/**
 * The lines of a file, without their LF. The last one is what follows the last LF. A line is cut after `longest` bytes, and the file
 * after `most` bytes, so that memory does not depend on the content.
 */
export function* linesOf(fd: number, most: number, longest: number): Generator<string> {
  const chunk = Buffer.allocUnsafe(64 * 1024);
  let rest = Buffer.alloc(0);
  const line = (end: Buffer): string => Buffer.concat([rest, end]).subarray(0, longest).toString('utf8');
  for (let at = 0; at < most;) {
    const n = readSync(fd, chunk, 0, chunk.length, null);
    if (n === 0) break;
    at += n;
    let from = 0;
    for (let lf = chunk.indexOf(0x0a); lf >= 0 && lf < n; lf = chunk.indexOf(0x0a, from)) {
      yield line(chunk.subarray(from, lf));
      rest = Buffer.alloc(0);
      from = lf + 1;
    }
    rest = Buffer.concat([rest, chunk.subarray(from, n)]).subarray(0, longest);
  }
  yield line(Buffer.alloc(0));
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'it is a directory';
  if (stat.isFIFO()) return 'it is a FIFO';
  return stat.isSocket() ? 'it is a socket' : 'it is a device';
}
