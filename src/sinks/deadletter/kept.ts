/** What a dead-letter store holds: for metrics and `/status`. */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { REPLAYING } from './store-files.ts';

export interface Kept {
  /** On disk. */
  readonly bytes: number;
  /** When the oldest of them was refused, ms since 1970; undefined if there is none. */
  readonly oldestMs: number | undefined;
}

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** The beginning of a line. */
const AT = /^\{"at":"([^"]{20,30})"/;

/** Looks at the files of the store in `dir`, one block of each; what cannot be looked at counts as nothing. Synchronous. */
export function keptIn(dir: string): Kept {
  const replaying = join(dir, REPLAYING);
  const paths = [
    ...namesIn(dir, /^rejected\.ndjson(\.1)?$/).map((name) => join(dir, name)),
    ...namesIn(replaying, /\.ndjson(\.1)?$/).map((name) => join(replaying, name)),
  ];
  const files = paths.map(look);
  const times = files.map(({ oldestMs }) => oldestMs).filter((ms) => ms !== undefined);
  return {
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    oldestMs: times.length > 0 ? Math.min(...times) : undefined,
  };
}

function namesIn(dir: string, wanted: RegExp): string[] {
  try {
    return readdirSync(dir).filter((name) => wanted.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return [];
  }
}

function look(path: string): Kept {
  try {
    const fd = openSync(path, FLAGS);
    try {
      const bytes = fstatSync(fd).size;
      const start = Buffer.alloc(64);
      readSync(fd, start, 0, start.length, 0);
      const at = Date.parse(AT.exec(start.toString('latin1'))?.[1] ?? '');
      return { bytes, oldestMs: Number.isNaN(at) ? undefined : at };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { bytes: 0, oldestMs: undefined };
  }
}
