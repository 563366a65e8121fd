/**
 * The usual cause of an error of the operating system, and what to do. One table, so that no message blames the disk for a missing
 * permission, or the address for a limit of descriptors.
 */

const ROOM = 'the disk is full: make room on it';
const PERMISSION =
  'a permission is missing: log files want uid 0 or the capability DAC_READ_SEARCH, state.dir and file.dir a user who may write there';
const IN_THE_WAY = 'something of another kind lies in its place: move it away';
const FAULT = "the disk or its file system fails: look at the kernel's log (dmesg)";
const INOTIFY =
  'fs.inotify.max_user_watches or max_user_instances of the node is low, or the limit of open files (ulimit -n): raise it';

const CURES: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', ROOM],
  ['EDQUOT', 'the quota is used up: raise it, or make room'],
  ['EFBIG', 'a limit of the size of files is too low: raise it (ulimit -f, LimitFSIZE)'],
  ['EMFILE', 'the limit of open files is too low: raise it (ulimit -n, LimitNOFILE)'],
  ['ENFILE', 'the whole node has as many files open as it may: raise fs.file-max'],
  ['ENOMEM', 'memory is short: raise the memory limit of podferry, or free some on the node'],
  ['EACCES', PERMISSION],
  ['EPERM', PERMISSION],
  ['EROFS', 'it is mounted read-only, which the kernel also does when a disk fails: mount it writable'],
  ['ENOENT', 'a directory was removed or is not mounted: put it back'],
  ['EEXIST', IN_THE_WAY],
  ['EISDIR', IN_THE_WAY],
  ['ENOTDIR', IN_THE_WAY],
  ['ELOOP', IN_THE_WAY],
  ['ENXIO', IN_THE_WAY],
  ['EIO', FAULT],
]);

/**
 * The usual cause and the remedy, in words that follow "Usually " and lack their full stop:
 * `Usually ${cureOf('ENOSPC')}.` is "Usually the disk is full: make room on it."
 * `otherwise`: for a code that the table lacks, and for none.
 */
export function cureOf(code: string | undefined, otherwise = FAULT): string {
  return CURES.get(code ?? '') ?? otherwise;
}

/** The same of a watch on a directory, where codes of limits mean other limits. */
export function cureOfWatch(code: string | undefined): string {
  return code === 'ENOSPC' || code === 'EMFILE' ? INOTIFY : cureOf(code);
}
