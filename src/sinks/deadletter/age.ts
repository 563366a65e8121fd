/**
 * How long rejected documents are kept: they hold log lines, and those of people may not be kept without end. Whole files go, once
 * all of their lines are too old. So that a file which is written to again and again ends at all, it becomes the older of the two
 * when its first line has half the age. A document is kept for the age at least, and for twice the age at most.
 */
import type { Stats } from 'node:fs';
import { lstat, rename, unlink } from 'node:fs/promises';
import type { Log } from '../../types.ts';
import { pause } from '../../util/backoff.ts';
import { bytes, duration } from '../../util/human.ts';
import { keptAt } from './kept.ts';
import { writtenIn } from './store-files.ts';

export interface AgeOptions {
  /** The directories of all stores. Asked at every look. */
  readonly dirs: () => readonly string[];
  /** Milliseconds; 0: documents are kept until there is no room. */
  readonly ageMs: number;
  readonly log: Log;
  /** Wall clock, ms. */
  readonly now?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const LONGEST_MS = 3600_000;

/** Looks ten times in an age, at least once an hour, until it is stopped. */
export async function keepAge(options: AgeOptions, stop: AbortSignal): Promise<void> {
  const { dirs, ageMs, log, now = Date.now, wait = pause } = options;
  if (ageMs === 0) return;
  try {
    while (!stop.aborted) {
      for (const dir of dirs()) {
        const freed = await dropAged(dir, ageMs, now()).catch((error: NodeJS.ErrnoException) => {
          if (error.code === undefined) throw error;
          log.throttled(
            `deadletter-age ${dir}`,
            `Rejected documents in ${dir} that are too old cannot be deleted (${error.message}).`,
          );
          return 0;
        });
        if (freed > 0)
          log.info(`rejected documents (${bytes(freed)}) in ${dir} were older than ${duration(ageMs)} and are deleted`);
      }
      await wait(Math.min(ageMs / 10, LONGEST_MS), stop);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

/**
 * Looks once at the files that the store in `dir` writes to; its writer may be at work (disk/rotated-file.ts: what is taken away
 * before its append has returned is written again). What is being sent again is left alone: whoever sends it ends it.
 * @param now wall clock, ms
 * @returns the bytes that went. Rejects with the system's error
 */
export async function dropAged(dir: string, ageMs: number, now: number): Promise<number> {
  const [older, current] = writtenIn(dir);
  const freed = (await dropIfOld(older, ageMs, now)) + (await dropIfOld(current, ageMs, now));
  const { oldest } = keptAt(current);
  const isHalf = oldest !== undefined && now - Date.parse(oldest) > ageMs / 2;
  if (isHalf && (await statOf(older)) === undefined) await rename(current, older);
  return freed;
}

/** The last line of a file is as old as its last change. */
async function dropIfOld(path: string, ageMs: number, now: number): Promise<number> {
  const stat = await statOf(path);
  if (stat?.isFile() !== true || now - stat.mtimeMs <= ageMs) return 0;
  await unlink(path);
  return stat.size;
}

/** undefined: nothing is there. */
async function statOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
}
