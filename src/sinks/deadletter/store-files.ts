/**
 * The files of a dead-letter store, for who empties it while an agent may be writing to it.
 *
 * They are taken by a rename into the directory `replaying`, so that the agent begins new ones; what it was writing at that moment
 * it writes again (disk/rotated-file.ts). Each is then emptied from its end: its last lines are dealt with, then cut off. So a kill
 * at any moment leaves exactly the lines that were not dealt with, and nothing has to be written down beside them.
 */
import { constants, readdirSync } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, rmdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Below a store: what is being sent again, what is refused again, and what was passed over. */
const REPLAYING = 'replaying';
/** What is passed over, in `replaying`. */
export const PASSED = 'passed.ndjson';
/** What a store writes to, the older one first. */
const WRITTEN = ['rejected.ndjson.1', 'rejected.ndjson'] as const;
const TAKEN = /^taken-(\d{1,9})\.ndjson$/;
const LF = 0x0a;
/** Not through a link, and without waiting for the other end of a pipe. */
const FLAGS = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What the store in `dir` writes to, the older one first; they need not be there. */
export function writtenIn(dir: string): [older: string, current: string] {
  return [join(dir, WRITTEN[0]), join(dir, WRITTEN[1])];
}

/** Where the files of the store in `dir` lie, those below it first. Nothing is changed. Synchronous. */
export function pathsIn(dir: string): string[] {
  const replaying = join(dir, REPLAYING);
  const below = namesIn(replaying).filter((name) => name.includes('.ndjson'));
  const own = namesIn(dir);
  return [
    ...below.map((name) => join(replaying, name)),
    ...WRITTEN.filter((name) => own.includes(name)).map((name) => join(dir, name)),
  ];
}

/** None if the directory is not there or cannot be listed. */
function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return [];
  }
}

/** All files of the store in `dir`, and their sizes in bytes. Nothing is changed. */
export async function filesOf(dir: string): Promise<{ path: string; size: number }[]> {
  const found = [];
  for (const path of pathsIn(dir)) {
    const stat = await lstat(path).catch(() => undefined);
    if (stat?.isFile()) found.push({ path, size: stat.size });
  }
  return found;
}

/**
 * Takes all files of the store in `dir`; answers their paths. The caller has the lock of `replaying`, which exists.
 * Rejects with the system's error.
 */
export async function takeFiles(dir: string): Promise<string[]> {
  const replaying = join(dir, REPLAYING);
  const taken = (await readdir(replaying)).filter((name) => TAKEN.test(name));
  let number = Math.max(0, ...taken.map((name) => Number(TAKEN.exec(name)![1])));
  for (const { path } of await filesOf(dir)) {
    if (taken.some((name) => path === join(replaying, name))) continue;
    const name = `taken-${++number}.ndjson`;
    await rename(path, join(replaying, name));
    taken.push(name);
  }
  return taken.map((name) => join(replaying, name));
}

/** Makes the directory of what is taken. Rejects with the system's error. */
export async function makeReplaying(dir: string): Promise<string> {
  const replaying = join(dir, REPLAYING);
  await mkdir(replaying, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return replaying;
}

/** Removes it if it is empty. */
export async function removeReplaying(dir: string): Promise<void> {
  await rmdir(join(dir, REPLAYING)).catch(() => undefined);
}

/** Deals with the lines of a file from its end, and cuts them off once `deal` has; the file goes with its last line. */
export async function emptied(path: string, pieceBytes: number, deal: Deal): Promise<void> {
  const file = await open(path, constants.O_RDWR | FLAGS);
  try {
    await fromItsEnd(file, pieceBytes, async (lines, bytes, from) => {
      await deal(lines, bytes);
      await file.truncate(from);
      await file.datasync();
    });
    await rm(path);
  } finally {
    await file.close();
  }
}

/** Deals with the lines of a file from its end. */
export async function readFromEnd(path: string, pieceBytes: number, deal: Deal): Promise<void> {
  const file = await open(path, constants.O_RDONLY | FLAGS);
  try {
    await fromItsEnd(file, pieceBytes, deal);
  } finally {
    await file.close();
  }
}

/**
 * Deals with lines that stand together, without their LF: views of one buffer. They have at most so many bytes in the file, or it is
 * one line.
 */
type Deal = (lines: readonly Buffer[], bytes: number) => Promise<void>;

/** @param deal told also where in the file the lines begin */
async function fromItsEnd(
  file: FileHandle,
  pieceBytes: number,
  deal: (lines: readonly Buffer[], bytes: number, from: number) => Promise<void>,
): Promise<void> {
  for (let size = (await file.stat()).size; size > 0;) {
    const piece = await lastPiece(file, size, pieceBytes);
    const from = size - piece.length;
    await deal(linesOf(piece), piece.length, from);
    size = from;
  }
}

/** The last whole lines before offset `size`, at most `most` bytes of them but one at least. */
async function lastPiece(file: FileHandle, size: number, most: number): Promise<Buffer> {
  for (;;) {
    const piece = Buffer.allocUnsafe(Math.min(size, most));
    const { bytesRead } = await file.read(piece, 0, piece.length, size - piece.length);
    if (bytesRead < piece.length) throw new Error('a file of the dead-letter store became shorter while it was read');
    if (piece.length === size) return piece;
    // The first line may have begun before. It counts only if there is no other.
    const lf = piece.subarray(0, -1).indexOf(LF);
    if (lf !== -1) return piece.subarray(lf + 1);
    most *= 2;
  }
}

/** A line without an LF is one that nobody was told is kept. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines = [];
  for (let at = 0, lf = bytes.indexOf(LF); lf !== -1; at = lf + 1, lf = bytes.indexOf(LF, at)) {
    if (lf > at) lines.push(bytes.subarray(at, lf));
  }
  return lines;
}
