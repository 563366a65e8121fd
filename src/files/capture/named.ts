/**
 * Finds the log files behind the paths that somebody names for a replay: a file, a directory laid out like podsDir (anywhere
 * in it), one container's directory, or containersDir with its links. They come out as container logs, each with its files.
 */
import { basename, dirname, join, resolve } from 'node:path';
import { OperatorError } from '../../util/errors.ts';
import type { ContainerLog } from '../../types.ts';
import { errorCode, isGone, type Fs } from '../logfile/fs.ts';
import { dockerId } from '../kubelet/places.ts';
import { containerLog, linkName, logName, podName } from '../kubelet/logpath.ts';
import { compareNames, type FileName } from '../tail/file-name.ts';
import type { Unreadable } from './unreadable.ts';

export interface NamedFile {
  readonly path: string;
  readonly name: FileName;
  /** Bytes on disk. */
  readonly size: number;
}

export interface NamedLog {
  readonly log: ContainerLog;
  /** Oldest first, by name. */
  readonly files: NamedFile[];
}

export interface Found {
  /** In the order in which they are to be read: by path, instance n before n+1. */
  readonly logs: readonly NamedLog[];
  /** Entries inside of named directories, in the order in which they were met. */
  readonly unreadable: readonly Unreadable[];
}

interface Search {
  readonly fs: Fs;
  readonly logs: Map<string, NamedLog>;
  readonly unreadable: Unreadable[];
  /** `<device>:<inode>` of files that are in it. */
  readonly seen: Set<string>;
}

/** Deeper directories are not looked into: nothing real is nested so deep. */
const MAX_DEPTH = 16;
const ROTATED = /^(.+?)(?:[.-](\d[\dTZ:_.-]{0,40}?))?(\.gz)?$/;

/**
 * @param command who complains
 * @throws OperatorError if a path does not exist, cannot be read or is neither a file nor a directory.
 */
export async function findNamed(fs: Fs, paths: readonly string[], command: string): Promise<Found> {
  const search: Search = { fs, logs: new Map(), unreadable: [], seen: new Set() };
  const { logs, unreadable } = search;
  for (const path of paths) {
    try {
      const stat = fs.statSync(path);
      if (stat.isDirectory()) await walk(search, resolve(path), 0);
      else if (stat.isFile()) add(search, resolve(path), true);
      else throw new OperatorError(`${command}: ${path} is no file; to read a stream, pipe it in and give - instead.`);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      const why = errorCode(error) === 'ENOENT' ? 'does not exist.' : `cannot be read: ${(error as Error).message}`;
      throw new OperatorError(`${command}: ${path} ${why}`);
    }
  }
  for (const { files } of logs.values()) files.sort((a, b) => compareNames(a.name, b.name));
  const inOrder = [...logs.values()].sort(
    (a, b) => compare(dirname(a.log.path), dirname(b.log.path)) || a.log.restart - b.log.restart,
  );
  return { logs: inOrder, unreadable };
}

/**
 * Lines may still be added to the newest of these files, as far as can be seen: no newer file of this log and none of the
 * container's next instance lies beside it, named or not.
 */
export async function mayGrow(fs: Fs, { log, files }: NamedLog): Promise<boolean> {
  const { name } = files.at(-1)!;
  try {
    const siblings = (await fs.readdir(dirname(log.path))).map((entry) => logName(entry.name));
    return !name.gz && !siblings.some((other) => other && isAfter(other, name));
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

function isAfter(a: FileName, b: FileName): boolean {
  return a.restart > b.restart || (a.restart === b.restart && compareNames(a, b) > 0);
}

async function walk(search: Search, directory: string, depth: number): Promise<void> {
  const entries = await search.fs.readdir(directory);
  entries.sort((a, b) => compare(a.name, b.name));
  for (const entry of entries) {
    const path = join(directory, entry.name);
    try {
      if (entry.isDirectory() && depth < MAX_DEPTH) await walk(search, path, depth + 1);
      else if (entry.isFile() || entry.isSymbolicLink()) add(search, path, false);
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      // It concerns this entry only. Removed since it was listed, as on a node at work, or a link to itself: nothing is there.
      if (!isGone(error) && code !== 'ELOOP') search.unreadable.push({ path, code });
    }
  }
}

/**
 * Adds one file to the log it belongs to. What is in a directory and not named like a log is passed over, and so is a link to
 * anything else than Docker's log: whoever can put one into a log directory would have another container's lines told under
 * its own name.
 */
function add({ fs, logs, seen }: Search, path: string, isNamed: boolean): void {
  const belongs = whose(fs, path, isNamed);
  if (!belongs || (!isNamed && leadsAway(fs, path))) return;
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  if (!isNamed && !stat?.isFile()) return;
  const id = `${stat!.dev}:${stat!.ino}`;
  if (seen.has(id)) return;
  seen.add(id);
  const log = logs.get(belongs.log.path) ?? { log: belongs.log, files: [] };
  logs.set(belongs.log.path, log);
  log.files.push({ path, name: belongs.name, size: Number(stat!.size) });
}

function leadsAway(fs: Fs, path: string): boolean {
  if (logName(basename(path)) === undefined || !fs.lstatSync(path).isSymbolicLink()) return false;
  try {
    return dockerId(fs.realpathSync(path)) === undefined;
  } catch (error) {
    if (!isGone(error) && errorCode(error) !== 'ELOOP') throw error;
    return true;
  }
}

function whose(fs: Fs, path: string, isNamed: boolean): { log: ContainerLog; name: FileName } | undefined {
  const file = basename(path);
  const name = logName(file);
  const directory = dirname(path);
  if (name) {
    const pod = podName(basename(dirname(directory))) ?? { namespace: '', pod: '', uid: '' };
    return { log: containerLog(directory, pod, basename(directory), name.restart), name };
  }
  const link = linkName(file);
  if (link) return linked(fs, path, link);
  const [, base, suffix, gz] = ROTATED.exec(file) ?? [];
  if (!isNamed || base === undefined) return undefined;
  const container = base.replace(/\.log$/, '');
  const log: ContainerLog = {
    key: join(directory, base),
    namespace: '',
    pod: '',
    uid: '',
    container,
    restart: 0,
    path: join(directory, base),
    containerId: undefined,
  };
  return { log, name: { restart: 0, suffix: suffix ?? '', gz: gz !== undefined } };
}

/** A link of containersDir leads to a log in podsDir; a copy of one says itself what it is, but for the uid. */
function linked(fs: Fs, path: string, link: NonNullable<ReturnType<typeof linkName>>): ReturnType<typeof whose> {
  const target = fs.lstatSync(path).isSymbolicLink() ? resolve(dirname(path), fs.readlinkSync(path)) : path;
  const name = logName(basename(target));
  const pod = podName(basename(dirname(dirname(target))));
  if (name && pod) {
    const log = containerLog(dirname(target), pod, basename(dirname(target)), name.restart);
    log.containerId = link.containerId;
    return { log, name };
  }
  const log: ContainerLog = { key: path, ...link, uid: '', restart: 0, path };
  return { log, name: { restart: 0, suffix: '', gz: false } };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
