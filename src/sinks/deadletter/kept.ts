/** What a dead-letter store holds: for metrics and `/status`. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { pathsIn } from './store-files.ts';

export interface Kept {
  /** On disk. */
  readonly bytes: number;
  /** When the oldest of them was refused, RFC 3339; undefined if there is none. */
  readonly oldest: string | undefined;
}

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** The beginning of a line, as line.ts writes it. */
const AT = /^\{"at":"(\d{4}-\d\d-\d\dT[\d:.]{8,12}Z)"/;

/** Looks at the files of the store in `dir`, one block of each; what cannot be looked at counts as nothing. Synchronous. */
export function keptIn(dir: string): Kept {
  const files = pathsIn(dir).map(keptAt);
  const times = files.map(({ oldest }) => oldest).filter((time) => time !== undefined);
  return { bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), oldest: times.toSorted()[0] };
}

/** The same for one file. */
export function keptAt(path: string): Kept {
  try {
    const fd = openSync(path, FLAGS);
    try {
      const bytes = fstatSync(fd).size;
      const start = Buffer.alloc(64);
      readSync(fd, start, 0, start.length, 0);
      const at = AT.exec(start.toString('latin1'))?.[1];
      return { bytes, oldest: Number.isNaN(Date.parse(at ?? '')) ? undefined : at };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { bytes: 0, oldest: undefined };
  }
}
