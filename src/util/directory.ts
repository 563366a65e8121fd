/** Whether a directory can be used, tried on the file system itself. */
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Why a directory cannot be written to, in words that follow its setting; undefined if it can. One that is not there is
 * made, or else judged by the nearest directory above it. Tried, not asked: a mode says little to root or of a read-only
 * mount.
 */
export function notWritable(dir: string, { make }: { make: boolean }): string | undefined {
  let existing = dir;
  try {
    const missing: string[] = [];
    for (; !existsSync(existing); existing = dirname(existing)) missing.unshift(existing);
    // One by one: with `recursive`, node never returns where a parent is there and refuses with ENOENT, as /proc does.
    for (const each of make ? missing : []) {
      mkdirSync(each, { mode: 0o700 });
      existing = each;
    }
    if (!statSync(existing).isDirectory()) return `${dir} cannot be used (${existing} is not a directory)`;
    rmdirSync(mkdtempSync(join(existing, '.podferry-')));
    return undefined;
  } catch (error) {
    return `${dir} cannot be ${make ? 'made or ' : ''}written to (${(error as NodeJS.ErrnoException).code} in ${existing})`;
  }
}

/** ENOTDIR if something else lies there, or the system's error; undefined if it is a directory. */
export function whyNoDirectory(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : 'ENOTDIR';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
