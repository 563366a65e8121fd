/**
 * The format of the checkpoint file, and how it is read again whatever became of it.
 *
 * First line: `podferry-checkpoints <version> <oldest version whose readers may read it>`. Then a line a source: CRC-32 of
 * the rest in hex, a space, JSON. Last line: `end <sources>`. Unknown members are ignored, so that a version can add some and
 * still be read by the one before. A line whose checksum is wrong is left out: its container log is then read again from the
 * start, which costs duplicates (dropped by id) and never a line.
 */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { OperatorError } from '../util/errors.ts';
import type { Log, Saved } from '../types.ts';

export const CHECKPOINTS_FILE = 'checkpoints';
const MAGIC = 'podferry-checkpoints';
const VERSION = 1;
/** The oldest version that can read what we write. */
const READABLE_BY = 1;

export interface Loaded {
  readonly saved: Saved[];
  /** There was no checkpoint file: `logs.backlog` decides what is read of the logs found now. */
  readonly firstStart: boolean;
  /** Entries may be missing: a log of which a file has none is to be read again as a whole. */
  readonly damaged: boolean;
}

/**
 * Reads the checkpoint file of `dir`, which is made when it is missing. Of a broken one a copy is kept as `checkpoints.broken`;
 * that is said once, and what is sound in it is used.
 * @throws OperatorError when a newer version of podferry wrote it in a way this one would misread, or it can't be read.
 */
export function loadCheckpoints(dir: string, log: Log): Loaded {
  const path = join(dir, CHECKPOINTS_FILE);
  let text: string;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { saved: [], firstStart: true, damaged: false };
    throw new OperatorError(`state.dir: the positions in ${path} cannot be read: ${(error as Error).message}`);
  }
  const { saved, damage } = parseCheckpoints(text, path);
  if (damage !== undefined) {
    log.warn(
      `the positions in ${path} are damaged (${damage}): ${saved.length} of them are sound, and logs that lack one are read ` +
        `from the start of what is on disk, which ships lines again (Elasticsearch drops them by their id). Usually the ` +
        `node lost power or its disk was full. ${keepAside(path)}`,
    );
  }
  return { saved, firstStart: false, damaged: damage !== undefined };
}

/**
 * Copies a damaged file aside. The file itself stays until the next write replaces it: without it a start after a crash would
 * pass for the first one, and `logs.backlog` would decide what of the logs is left out.
 */
function keepAside(path: string): string {
  const aside = `${path}.broken`;
  try {
    copyFileSync(path, aside);
    return `The damaged file is kept as ${aside}.`;
  } catch (error) {
    return `The damaged file could not be kept (${(error as NodeJS.ErrnoException).code}).`;
  }
}

/**
 * Takes the text of a checkpoint file apart. `damage` says in a few words what is wrong with it, if anything.
 * @throws OperatorError when it is of a version that this one must not read.
 */
export function parseCheckpoints(text: string, path: string): { saved: Saved[]; damage: string | undefined } {
  const lines = text.split('\n');
  const [magic, version, readableBy] = (lines.shift() ?? '').split(' ');
  if (magic !== MAGIC || !/^\d+$/.test(version ?? '') || !/^\d+$/.test(readableBy ?? '')) {
    return { saved: [], damage: text === '' ? 'the file is empty' : 'its first line is not that of a checkpoint file' };
  }
  if (Number(readableBy) > VERSION) {
    throw new OperatorError(
      `state.dir: ${path} was written by a newer podferry (format ${version}, this one reads up to ${VERSION}): run that ` +
        `version, or move the file away and accept that logs are read again from their start`,
    );
  }
  const whole = lines.at(-1) === '' && lines.at(-2) === `end ${lines.length - 2}`;
  const entries = lines.filter((each) => each !== '' && !each.startsWith('end '));
  const saved = entries.map(parseLine).filter((entry) => entry !== undefined);
  const bad = entries.length - saved.length;
  const damage = !whole ? 'it is cut short' : bad > 0 ? `${bad} of its lines fail their checksum` : undefined;
  return { saved, damage };
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
  const json = JSON.stringify(saved);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

function parseLine(text: string): Saved | undefined {
  const json = text.slice(9);
  if (text.charAt(8) !== ' ' || text.slice(0, 8) !== crc32(json).toString(16).padStart(8, '0')) return undefined;
  return JSON.parse(json) as Saved;
}
