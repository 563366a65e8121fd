/** Listings of directories in which something is hidden, or that fail. The tailer makes the first of a directory at once, others not. */
import type { Dirent } from 'node:fs';
import { realFs, type Fs } from '../../src/files/logfile/fs.ts';

/** @param shows what a listing is to show of `entries`; may throw */
export function listings(
  shows: (directory: string, entries: Dirent[]) => Dirent[],
): Pick<Fs, 'readdir' | 'readdirSync'> {
  return {
    readdir: async (directory) => shows(directory, await realFs.readdir(directory)),
    readdirSync: (directory) => shows(directory, realFs.readdirSync(directory)),
  };
}
