/**
 * Finds out which source a file holds, by its head: one that we read already (a twin, or the new place of one whose file is
 * gone), one that a former process knew, or a new one. After this the reading of that source stands where reading begins.
 */
import type { Position, Saved, Source } from '../../types.ts';
import { inOrder, type Chain } from './chain.ts';
import { GzFile } from '../logfile/gzfile.ts';
import { fingerprint, headTime, instant, readHead, type Head } from './head.ts';
import type { LogFile } from '../logfile/logfile.ts';
import { newTailedFile, type TailedFile } from './tailed-file.ts';
import { START, startOf, type Resume } from './resume.ts';

export interface IdentifyOptions {
  readonly resume: Resume;
  /** A source is known: it is to have an entry in the checkpoints. */
  readonly opened: (source: Source) => void;
  readonly close: (file: LogFile) => void;
  readonly now: () => number;
}

/**
 * Identifies the source of `reading`, which is part of `chain` and has a file. Does nothing if its first line is not complete
 * and may still become so.
 * @param isFinal nothing will be added to the file: what there is of a first line is all there will be.
 * @throws what LogFile.read throws.
 */
export async function identify(
  options: IdentifyOptions,
  chain: Chain,
  tailed: TailedFile,
  scratch: Buffer,
  isFinal: boolean,
): Promise<void> {
  // Somebody else found out, or is about to.
  if (tailed.source !== undefined || tailed.identifying) return;
  tailed.identifying = true;
  try {
    await findOut(options, chain, tailed, scratch, isFinal);
  } finally {
    tailed.identifying = false;
  }
}

async function findOut(
  options: IdentifyOptions,
  chain: Chain,
  tailed: TailedFile,
  scratch: Buffer,
  isFinal: boolean,
): Promise<void> {
  const file = tailed.file!;
  const { size, mtimeMs } = tailed;
  const seen = tailed.head;
  const head = await readHead(file, scratch);
  if (tailed.file !== file) return;
  if (!head.bytes.subarray(0, seen.length).equals(seen)) {
    // Truncated since a look saw it.
    tailed.suspect = true;
    return;
  }
  tailed.looked = size;
  // A look saw more of it meanwhile: once more.
  if (tailed.head.length > head.bytes.length) return;
  tailed.head = head.bytes;
  tailed.headAt = head.at;
  if (!head.complete && !isFinal) return;
  if (head.bytes.length === 0) {
    tailed.done = true;
    return;
  }
  const print = fingerprint(tailed.log, head.bytes);
  const other = chain.files.find((each) => each !== tailed && each.source?.fingerprint === print);
  const uncompressed = file instanceof GzFile ? await file.sizeHint() : size;
  if (file instanceof GzFile) file.relax();
  if (tailed.file !== file) return;
  if (other) {
    chain.files = chain.files.filter((each) => each !== tailed);
    chain.known.set(file.id, { size: file.stat().size, mtimeMs, tailed: other });
    other.paths.push(...tailed.paths);
    moveOrClose(options, chain, other, tailed, head, uncompressed);
    return;
  }
  const saved = options.resume.claim(tailed.log, print);
  const time = headTime(head.bytes);
  const position =
    saved?.position ?? dated(await beginning(options.resume, tailed, file, scratch, head), time, mtimeMs);
  if (tailed.file !== file) return;
  tailed.source = newSource(tailed, print, position, saved, time, uncompressed);
  tailed.isResumed = saved !== undefined;
  tailed.size = uncompressed;
  tailed.read = Math.max(startOf(position), head.hole);
  tailed.looked = tailed.read;
  // Shorter than it was, with its first line: the node lost power, or somebody cut it.
  if (!file.gz && size < tailed.read) tailed.cutAt = size;
  // A .gz of which everything is settled need not be unpacked to find that out.
  tailed.done = file.gz && startOf(position) > 0 && startOf(position) === uncompressed;
  tailed.instant = instant(time);
  chain.files = inOrder(chain.files);
  options.opened(tailed.source);
}

/**
 * Entries may be missing. If one of this log is, all of it is read again: a record may begin in a file with an entry and end in
 * one without, and only who reads both from the start makes the same documents of them again.
 */
export function doubt(options: Pick<IdentifyOptions, 'opened'>, chain: Chain): void {
  const held = chain.files.filter(({ file, released, source }) => (file || released) && source);
  if (held.every((each) => each.isResumed)) return;
  for (const tailed of held) {
    tailed.source = { ...tailed.source!, resume: START, committed: START };
    tailed.read = tailed.looked = 0;
    tailed.cutAt = undefined;
    tailed.done = false;
    options.opened(tailed.source);
  }
}

/** A reading of a source that a former process knew and that no file holds any more. */
export function ghost(chain: Chain, saved: Saved, now: number): TailedFile {
  const tailed = newTailedFile(chain.log, undefined, { restart: chain.log.restart, suffix: '0', gz: false }, now);
  tailed.source = newSource(tailed, saved.fingerprint, saved.position, saved, saved.head, 0);
  tailed.source.unseenUntil = saved.unseenUntil;
  tailed.size = saved.size;
  tailed.read = startOf(saved.position);
  tailed.instant = instant(saved.head);
  tailed.missingSince = now;
  return tailed;
}

function newSource(
  tailed: TailedFile,
  print: string,
  position: Position,
  saved: Saved | undefined,
  head: string,
  size: number,
): Source {
  return {
    log: tailed.log,
    fingerprint: print,
    resume: position,
    head,
    size: Math.max(size, saved?.size ?? 0),
    committed: position,
  };
}

/**
 * `found` holds the same bytes as `reading`: its file is taken over if it has what the reading can't get elsewhere, or will have,
 * since it is the one that is written to while the reading holds a copy of it.
 */
function moveOrClose(
  options: IdentifyOptions,
  chain: Chain,
  tailed: TailedFile,
  found: TailedFile,
  head: Head,
  uncompressed: number,
): void {
  const file = found.file!;
  const held = tailed.file;
  // It is there after all.
  if (tailed.source) tailed.source.unseenUntil = undefined;
  const wanted = held ? isBetter(tailed, found, uncompressed) : uncompressed > tailed.read;
  if (!wanted) {
    options.close(file);
    return;
  }
  if (held) {
    chain.known.delete(file.id);
    chain.known.set(held.id, { size: held.stat().size, mtimeMs: tailed.mtimeMs, tailed });
    options.close(held);
  }
  tailed.file = file;
  tailed.released = undefined;
  tailed.name = found.name;
  tailed.size = uncompressed;
  tailed.mtimeMs = found.mtimeMs;
  tailed.touchedMs = found.touchedMs;
  tailed.nlink = found.nlink;
  tailed.onDisk = found.onDisk;
  tailed.changedAt = found.changedAt;
  tailed.unlinkedAt = undefined;
  tailed.looked = tailed.read;
  tailed.unpacked = false;
  tailed.cutAt = uncompressed < tailed.read ? uncompressed : undefined;
  tailed.done = false;
  tailed.head = head.bytes;
  tailed.headAt = head.at;
}

/** It is what is written to, or has what is missing from the file that is held. */
function isBetter(tailed: TailedFile, found: TailedFile, uncompressed: number): boolean {
  if (tailed.cutAt !== undefined) return uncompressed > tailed.size;
  return isLive(found) && !isLive(tailed) && uncompressed >= tailed.size;
}

/** It is `n.log`. */
function isLive({ file, name }: TailedFile): boolean {
  return file?.gz === false && name.suffix === '';
}

/** Where a source without an entry begins. */
async function beginning(
  resume: Resume,
  tailed: TailedFile,
  file: LogFile,
  scratch: Buffer,
  { hole }: Head,
): Promise<Position> {
  const existed = tailed.backlogSize;
  // A hole is nothing that could be lost.
  const start = hole > 0 ? { out: hole, err: hole, time: '' } : START;
  if (existed === undefined) return start;
  switch (resume.omit(tailed.name.suffix !== '')) {
    case 'nothing':
      return start;
    case 'everything': {
      const size = file instanceof GzFile ? await file.sizeHint() : existed;
      return { out: size, err: size, time: '' };
    }
    case 'complete lines': {
      const end = await endOfLines(file, existed, scratch);
      return { out: end, err: end, time: '' };
    }
  }
}

/** A first line without a time is dated by the file, so that it gets the same id when it is read again after a crash. */
function dated(position: Position, time: string, mtimeMs: number): Position {
  return time === '' && position.time === '' ? { ...position, time: new Date(mtimeMs).toISOString() } : position;
}

/** Offset after the last LF before `size`. */
async function endOfLines(file: LogFile, size: number, scratch: Buffer): Promise<number> {
  let end = size;
  while (end > 0) {
    const at = Math.max(0, end - scratch.length);
    const n = await file.read(scratch.subarray(0, end - at), at);
    const lf = n > 0 ? scratch.lastIndexOf(0x0a, n - 1) : -1;
    if (lf >= 0) return at + lf + 1;
    end = at;
  }
  return 0;
}
