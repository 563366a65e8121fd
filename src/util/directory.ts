/** Whether a directory can be used, tried on the file system itself. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Makes a directory and those above it that are missing, mode 0700.
 * @throws the system's error
 */
export function makeDirectory(dir: string): void {
  // One by one: with `recursive`, node never returns where a parent is there and refuses with ENOENT, as /proc does.
  for (const each of missingOf(dir).missing) mkdirSync(each, { mode: 0o700 });
}

/** Whether `path` is `dir` or lies in it, links resolved. What is not there yet counts by what is above it. */
export function isWithin(path: string, dir: string): boolean {
  const way = relative(real(dir), real(path));
  return way === '' || (way !== '..' && !way.startsWith('../'));
}

function real(path: string): string {
  const { existing } = missingOf(path);
  return join(realpathSync(existing), relative(existing, path));
}

/** The nearest directory above `dir` that is there, or itself; and those that are not, from the top. */
function missingOf(dir: string): { existing: string; missing: string[] } {
  const missing: string[] = [];
  let existing = dir;
  for (; !existsSync(existing); existing = dirname(existing)) missing.unshift(existing);
  return { existing, missing };
}

/**
 * Why a directory cannot be written to, in words that follow its setting; undefined if it can. One that is not there is
 * made, or else judged by the nearest directory above it. Tried, not asked: a mode says little to root or of a read-only
 * mount.
 */
export function notWritable(dir: string, { make }: { make: boolean }): string | undefined {
  let { existing } = missingOf(dir);
  try {
    if (make) {
      makeDirectory(dir);
      existing = dir;
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
