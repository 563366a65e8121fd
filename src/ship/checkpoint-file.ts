/**
 * The format of the checkpoint file, and how a damaged one is read.
 *
 * First line: `podferry-checkpoints <version> <oldest version whose readers may read it>`. Then a line for each source: CRC-32 of
 * the rest in hex, a space, JSON. Last line: `end <sources>`. Unknown members are ignored, so that a version can add some and the
 * one before can still read the file. A line with a wrong checksum is left out. Its container log is then read again from the
 * start, which costs duplicates (dropped by id) and never a line.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { OperatorError } from '../util/errors.ts';
import { parseJson } from '../util/json.ts';
import { linesOf, openRegular } from '../util/regular-file.ts';
import type { Log, Saved } from '../types.ts';
import { entryOf, savedOf } from './saved.ts';

export const CHECKPOINTS_FILE = 'checkpoints';
const MAGIC = 'podferry-checkpoints';
const VERSION = 1;
/** The oldest version that can read this format. */
const READABLE_BY = 1;

/** What the checkpoint file says at start. */
export interface Loaded {
  readonly saved: Saved[];
  /** There was no checkpoint file: `logs.backlog` decides what is read of the logs found now. */
  readonly firstStart: boolean;
  /** Entries may be missing. A log with a file that has no entry is read again as a whole. */
  readonly damaged: boolean;
}

/** More bytes are garbage: five thousand containers have some 10 MB of entries. It fits into the heap of the image. */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_ENTRIES = 80_000;
/** No entry is longer: a path has 4096 bytes at most. */
const LONGEST_LINE = 16 * 1024;
/** A damaged file up to this size is kept. */
const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * Reads the checkpoint file in `dir`, and makes a missing directory. A damaged file is copied to `checkpoints.broken`, a warning
 * says so, and its sound entries are used.
 * @throws OperatorError when a newer version of podferry wrote it in a way this one would misread, or it may not be read.
 */
export function loadCheckpoints(dir: string, log: Log): Loaded {
  const path = join(dir, CHECKPOINTS_FILE);
  let found: Parsed;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    found = readCheckpoints(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { saved: [], firstStart: true, damaged: false };
    if (error instanceof OperatorError) throw error;
    if (code === 'EACCES' || code === 'EPERM')
      throw new OperatorError(`state.dir: the positions in ${path} cannot be read: ${message}`);
    found = { saved: [], damage: message };
  }
  const { saved, damage } = found;
  if (damage !== undefined) {
    log.warn(
      `the positions in ${path} are damaged (${damage}): ${saved.length} of them are sound, and logs that lack one are read ` +
        `from the start of what is on disk, which ships lines again (Elasticsearch drops them by their id). Usually the ` +
        `node lost power or its disk was full. ${keepAside(path)}`,
    );
  }
  return { saved, firstStart: false, damaged: damage !== undefined };
}

function readCheckpoints(path: string): Parsed {
  const fd = openRegular(path);
  try {
    return parseLines(linesOf(fd, MOST_BYTES, LONGEST_LINE), path);
  } finally {
    closeSync(fd);
  }
}

/**
 * Copies a damaged file aside. The file itself stays until the next write replaces it. Without it a start after a crash would
 * look like the first start, and `logs.backlog` would decide what of the logs is left out.
 */
function keepAside(path: string): string {
  const aside = `${path}.broken`;
  try {
    const stat = lstatSync(path);
    // A write cannot replace a directory.
    if (stat.isDirectory()) {
      const free = existsSync(aside) ? `${aside}-${randomBytes(4).toString('hex')}` : aside;
      renameSync(path, free);
      writeFileSync(path, '', { flag: 'wx', mode: 0o600 });
      return `It was moved to ${free}.`;
    }
    if (!stat.isFile()) return 'The next write replaces it.';
    if (stat.size > KEPT_BYTES) return 'It is too large to be kept: the next write replaces it.';
    if (lstatSync(aside, { throwIfNoEntry: false })?.isDirectory() !== true) rmSync(aside, { force: true });
    copyFileSync(path, aside, constants.COPYFILE_EXCL);
    return `The damaged file is kept as ${aside}.`;
  } catch (error) {
    return `The damaged file could not be kept (${(error as NodeJS.ErrnoException).code}).`;
  }
}

/** The content of a checkpoint file. `damage` says in a few words what is wrong with it; undefined: nothing. */
interface Parsed {
  readonly saved: Saved[];
  readonly damage: string | undefined;
}

/**
 * Parses the text of a checkpoint file.
 * @throws OperatorError for a version that this one must not read
 */
export function parseCheckpoints(text: string, path: string): Parsed {
  return parseLines(text.split('\n'), path);
}

/** @param lines the last one is what follows the last LF */
function parseLines(lines: Iterable<string>, path: string): Parsed {
  const saved: Saved[] = [];
  let [read, bad, isWhole] = [0, 0, false];
  for (const text of lines) {
    if (read++ === 0) {
      const wrong = headerDamage(text, path);
      if (wrong !== undefined) return { saved, damage: wrong };
    } else if (text.startsWith('end ')) {
      isWhole = text === `end ${read - 2}`;
    } else if (text !== '') {
      isWhole = false;
      const entry = saved.length < MOST_ENTRIES ? parseLine(text) : undefined;
      if (entry) saved.push(entry);
      else bad++;
    }
  }
  const damage = !isWhole ? 'it is cut short' : bad > 0 ? `${bad} of its lines are no entries` : undefined;
  return { saved, damage };
}

function headerDamage(text: string, path: string): string | undefined {
  const [magic, version, readableBy] = text.split(' ');
  if (magic !== MAGIC || !/^\d+$/.test(version ?? '') || !/^\d+$/.test(readableBy ?? '')) {
    return text === '' ? 'the file is empty' : 'its first line is not that of a checkpoint file';
  }
  if (Number(readableBy) <= VERSION) return undefined;
  throw new OperatorError(
    `state.dir: ${path} was written by a newer podferry (format ${version}, this one reads up to ${VERSION}): run that ` +
      `version, or move the file away and accept that logs are read again from their start`,
  );
}

/** The first line of the file. */
export function header(): string {
  return `${MAGIC} ${VERSION} ${READABLE_BY}\n`;
}

/** The last line of a file of so many sources. */
export function footer(sources: number): string {
  return `end ${sources}\n`;
}

/** The line of one source. */
export function line(saved: Saved): string {
  const json = JSON.stringify(entryOf(saved));
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

function parseLine(text: string): Saved | undefined {
  const json = text.slice(9);
  if (text.charAt(8) !== ' ' || text.slice(0, 8) !== crc32(json).toString(16).padStart(8, '0')) return undefined;
  return savedOf(parseJson(json));
}
