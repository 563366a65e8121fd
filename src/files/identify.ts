/**
 * Finds out which source a file holds, by its head: one that we read already (a twin, or the new place of one whose file is
 * gone), one that a former process knew, or a new one. After this the reading of that source stands where reading begins.
 */
import type { Mark, Saved, Source } from '../types.ts';
import { inOrder, type Chain } from './chain.ts';
import { GzFile } from './gzfile.ts';
import { fingerprint, headTime, instant, readHead, type Head } from './head.ts';
import type { LogFile } from './logfile.ts';
import { newReading, type Reading } from './reading.ts';
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
  reading: Reading,
  scratch: Buffer,
  isFinal: boolean,
): Promise<void> {
  // Somebody else found out, or is about to.
  if (reading.source !== undefined || reading.identifying) return;
  reading.identifying = true;
  try {
    await findOut(options, chain, reading, scratch, isFinal);
  } finally {
    reading.identifying = false;
  }
}

async function findOut(
  options: IdentifyOptions,
  chain: Chain,
  reading: Reading,
  scratch: Buffer,
  isFinal: boolean,
): Promise<void> {
  const file = reading.file!;
  const { size, mtimeMs } = reading;
  const seen = reading.head;
  const head = await readHead(file, scratch);
  if (reading.file !== file) return;
  if (!head.bytes.subarray(0, seen.length).equals(seen)) {
    // Truncated since a look saw it.
    reading.suspect = true;
    return;
  }
  reading.looked = size;
  // A look saw more of it meanwhile: once more.
  if (reading.head.length > head.bytes.length) return;
  reading.head = head.bytes;
  reading.headAt = head.at;
  if (!head.complete && !isFinal) return;
  if (head.bytes.length === 0) {
    reading.done = true;
    return;
  }
  const print = fingerprint(reading.log, head.bytes);
  const other = chain.readings.find((each) => each !== reading && each.source?.fingerprint === print);
  const uncompressed = file instanceof GzFile ? await file.sizeHint() : size;
  if (file instanceof GzFile) file.relax();
  if (reading.file !== file) return;
  if (other) {
    chain.readings = chain.readings.filter((each) => each !== reading);
    chain.known.set(file.id, { size: file.stat().size, mtimeMs, reading: other });
    other.paths.push(...reading.paths);
    moveOrClose(options, chain, other, reading, head, uncompressed);
    return;
  }
  const saved = options.resume.claim(reading.log, print);
  const time = headTime(head.bytes);
  const mark = saved?.mark ?? dated(await beginning(options.resume, reading, file, scratch, head), time, mtimeMs);
  if (reading.file !== file) return;
  reading.source = newSource(reading, print, mark, saved, time, uncompressed);
  reading.isResumed = saved !== undefined;
  reading.size = uncompressed;
  reading.read = Math.max(startOf(mark), head.hole);
  reading.looked = reading.read;
  // Shorter than it was, with its first line: the node lost power, or somebody cut it.
  if (!file.gz && size < reading.read) reading.cutAt = size;
  // A .gz of which everything is settled need not be unpacked to find that out.
  reading.done = file.gz && startOf(mark) > 0 && startOf(mark) === uncompressed;
  reading.instant = instant(time);
  chain.readings = inOrder(chain.readings);
  options.opened(reading.source);
}

/**
 * Entries may be missing. If one of this log is, all of it is read again: a record may begin in a file with an entry and end in
 * one without, and only who reads both from the start makes the same documents of them again.
 */
export function doubt(options: Pick<IdentifyOptions, 'opened'>, chain: Chain): void {
  const held = chain.readings.filter(({ file, released, source }) => (file || released) && source);
  if (held.every((each) => each.isResumed)) return;
  for (const reading of held) {
    reading.source = { ...reading.source!, resume: START, committed: START };
    reading.read = reading.looked = 0;
    reading.cutAt = undefined;
    reading.done = false;
    options.opened(reading.source);
  }
}

/** A reading of a source that a former process knew and that no file holds any more. */
export function ghost(chain: Chain, saved: Saved, now: number): Reading {
  const reading = newReading(chain.log, undefined, { restart: chain.log.restart, suffix: '0', gz: false }, now);
  reading.source = newSource(reading, saved.fingerprint, saved.mark, saved, saved.head, 0);
  reading.source.unseenUntil = saved.unseenUntil;
  reading.size = saved.size;
  reading.read = startOf(saved.mark);
  reading.instant = instant(saved.head);
  reading.missingSince = now;
  return reading;
}

function newSource(
  reading: Reading,
  print: string,
  mark: Mark,
  saved: Saved | undefined,
  head: string,
  size: number,
): Source {
  return {
    log: reading.log,
    fingerprint: print,
    resume: mark,
    head,
    size: Math.max(size, saved?.size ?? 0),
    committed: mark,
  };
}

/**
 * `found` holds the same bytes as `reading`: its file is taken over if it has what the reading can't get elsewhere, or will have,
 * since it is the one that is written to while the reading holds a copy of it.
 */
function moveOrClose(
  options: IdentifyOptions,
  chain: Chain,
  reading: Reading,
  found: Reading,
  head: Head,
  uncompressed: number,
): void {
  const file = found.file!;
  const held = reading.file;
  // It is there after all.
  if (reading.source) reading.source.unseenUntil = undefined;
  const wanted = held ? isBetter(reading, found, uncompressed) : uncompressed > reading.read;
  if (!wanted) {
    options.close(file);
    return;
  }
  if (held) {
    chain.known.delete(file.id);
    chain.known.set(held.id, { size: held.stat().size, mtimeMs: reading.mtimeMs, reading });
    options.close(held);
  }
  reading.file = file;
  reading.released = undefined;
  reading.name = found.name;
  reading.size = uncompressed;
  reading.mtimeMs = found.mtimeMs;
  reading.touchedMs = found.touchedMs;
  reading.nlink = found.nlink;
  reading.onDisk = found.onDisk;
  reading.changedAt = found.changedAt;
  reading.unlinkedAt = undefined;
  reading.looked = reading.read;
  reading.unpacked = false;
  reading.cutAt = uncompressed < reading.read ? uncompressed : undefined;
  reading.done = false;
  reading.head = head.bytes;
  reading.headAt = head.at;
}

/** It is what is written to, or has what is missing from the file that is held. */
function isBetter(reading: Reading, found: Reading, uncompressed: number): boolean {
  if (reading.cutAt !== undefined) return uncompressed > reading.size;
  return isLive(found) && !isLive(reading) && uncompressed >= reading.size;
}

/** It is `n.log`. */
function isLive({ file, name }: Reading): boolean {
  return file?.gz === false && name.suffix === '';
}

/** Where a source without an entry begins. */
async function beginning(
  resume: Resume,
  reading: Reading,
  file: LogFile,
  scratch: Buffer,
  { hole }: Head,
): Promise<Mark> {
  const existed = reading.backlogSize;
  // A hole is nothing that could be lost.
  const start = hole > 0 ? { out: hole, err: hole, time: '' } : START;
  if (existed === undefined) return start;
  switch (resume.omit(reading.name.suffix !== '')) {
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
function dated(mark: Mark, time: string, mtimeMs: number): Mark {
  return time === '' && mark.time === '' ? { ...mark, time: new Date(mtimeMs).toISOString() } : mark;
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
