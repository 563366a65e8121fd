/** Directories in the settings: whether they are there, and whether podferry can write to them. */
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Complain } from './given.ts';

/** A directory that cannot be written to now may recover, and logs flow meanwhile: a warning. No directory at all: a mistake. */
export function checkStateDir(dir: string, at: string, complain: Complain, warn: (text: string) => void): void {
  const reason = notWritable(dir, { make: true });
  if (reason === undefined) return;
  if (whyNoDirectory(dir) !== undefined) {
    complain(at, `state.dir ${reason}; positions could not be kept, e.g. /var/lib/podferry`);
  } else {
    warn(
      `state.dir ${reason}: as long as that is so no positions are kept, and after a restart lines are shipped again ` +
        '(Elasticsearch drops them by their id). Usually it is mounted read-only, or its disk is full',
    );
  }
}

/** The kubelet may make the directory later: a warning. Something else in its place stays there: a mistake. */
export function checkPodsDir(dir: string, at: string, complain: Complain, warn: (text: string) => void): void {
  const code = whyNoDirectory(dir);
  if (code === 'ENOTDIR') complain(at, `logs.pods_dir ${dir} is not a directory, e.g. /var/log/pods`);
  else if (code === 'ENOENT') warn(`logs.pods_dir ${dir} is not there (yet): there is nothing to read until it is`);
  else if (code !== undefined)
    warn(`logs.pods_dir ${dir} cannot be looked at (${code}): there is nothing to read until it can`);
}

/**
 * Why a directory cannot be written to, in words that follow its setting; undefined if it can. Tries to write, since a mode says
 * little to root or of a read-only mount. A missing directory is made with `make`; else the nearest one above it is tried.
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
function whyNoDirectory(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : 'ENOTDIR';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
