/** Directories in the settings: whether they are there, and whether podferry can write to them. */
import { notWritable, whyNoDirectory } from '../util/directory.ts';
import type { Complain } from '../util/given.ts';

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
