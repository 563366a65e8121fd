/**
 * Finds out which source a file holds, by its head: one that we read already (a copy, or the new place of one whose file is
 * gone), one that a former process knew, or a new one. After this its tailed file stands where reading begins.
 */
import type { ContainerLog, Position, Saved, Source } from '../../types.ts';
import type { Chain } from './chain.ts';
import { GzFile } from '../logfile/gzfile.ts';
import { fingerprint, headOf, instant, readHead, type Head } from './head.ts';
import type { LogFile } from '../logfile/logfile.ts';
import type { TailedFile } from './tailed-file.ts';
import { START, startOf, type Resume } from './resume.ts';

export interface IdentifyOptions {
  readonly resume: Resume;
  /** A source is known: it is to have an entry in the checkpoints. */
  readonly opened: (source: Source) => void;
  readonly close: (file: LogFile) => void;
  readonly now: () => number;
}

/**
 * Identifies the source of `tailed`, which is part of `chain` and has a file. Does nothing if its first line is not complete
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
  if (!tailed.identifyBegins()) return;
  try {
    await findOut(options, chain, tailed, scratch, isFinal);
  } finally {
    tailed.identifyEnds();
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
  const { size } = tailed;
  const { mtimeMs } = tailed.disk;
  const seen = tailed.head.bytes;
  const head = await readHead(file, scratch);
  if (tailed.file !== file) return;
  if (!head.bytes.subarray(0, seen.length).equals(seen)) {
    // Truncated since a look saw it.
    tailed.mayBeTruncated();
    return;
  }
  // A look saw more of it meanwhile: once more.
  if (!tailed.headWasRead(head, size)) return;
  const early = earlyPrint(options, chain, head);
  if (!head.complete && !isFinal && early === undefined) return;
  if (head.bytes.length === 0) {
    tailed.finished();
    return;
  }
  const print = early ?? fingerprint(tailed.log, head);
  const other = chain.files.find((each) => each !== tailed && each.source?.fingerprint === print);
  const uncompressed = file instanceof GzFile ? await file.sizeHint() : size;
  if (file instanceof GzFile) file.relax();
  if (tailed.file !== file) return;
  if (other) {
    chain.remove((each) => each === tailed);
    chain.know(file.id, { size: file.stat().size, mtimeMs, tailed: other });
    for (const path of tailed.names.paths) other.names.found(path);
    moveOrClose(options, chain, other, tailed, head, uncompressed);
    return;
  }
  const saved = options.resume.claim(tailed.log, print);
  const { time } = head;
  const position =
    saved?.position ?? dated(await beginning(options.resume, tailed, file, scratch, head), time, mtimeMs);
  if (tailed.file !== file) return;
  const source = newSource(tailed.log, print, position, saved, time, uncompressed);
  tailed.becomes(source, instant(time), uncompressed, startOf(position), saved !== undefined);
  chain.sort();
  options.opened(source);
}

/** The identity that it got when nothing was to be added any more to the beginning of a first line; more may be there now. */
function earlyPrint({ resume }: IdentifyOptions, { files, log }: Chain, head: Head): string | undefined {
  const known = [...files.flatMap(({ source }) => source ?? []), ...resume.unclaimed(log.key)];
  const end = head.at + head.bytes.length;
  return known.find(({ endsAt = end, fingerprint: print }) => {
    if (endsAt > end) return false;
    return fingerprint(log, headOf(head.bytes.subarray(0, endsAt - head.at))) === print;
  })?.fingerprint;
}

/**
 * Entries may be missing. If one of this log is, all of it is read again: a record may begin in a file with an entry and end in
 * one without, and only who reads both from the start makes the same documents of them again.
 */
export function doubt(options: Pick<IdentifyOptions, 'opened'>, chain: Chain): void {
  const held = chain.files.filter(({ file, released, source }) => (file || released) && source);
  if (held.every((each) => each.isResumed)) return;
  for (const tailed of held) {
    const source = { ...tailed.source!, resume: START, committed: START };
    tailed.readAgain(source, 0);
    options.opened(source);
  }
}

/** @param size bytes, uncompressed; `saved` may know of more */
export function newSource(
  log: ContainerLog,
  print: string,
  position: Position,
  saved: Saved | undefined,
  head: string,
  size: number,
): Source {
  return {
    log,
    fingerprint: print,
    resume: position,
    head,
    size: Math.max(size, saved?.size ?? 0),
    committed: position,
    endsAt: saved?.endsAt,
  };
}

/**
 * `found` holds the same bytes as `tailed`: its file is taken over if it has what nobody else has, or will have, since
 * it is the one that is written to while `tailed` holds a copy of it.
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
  tailed.wasFound();
  const wanted = held ? isBetter(tailed, found, uncompressed) : hasMore(tailed, found, uncompressed);
  if (!wanted) {
    options.close(file);
    return;
  }
  if (held) {
    chain.unknow((id) => id === file.id);
    chain.know(held.id, { size: held.stat().size, mtimeMs: tailed.disk.mtimeMs, tailed });
    options.close(held);
  }
  tailed.takeOver(found, head, uncompressed);
}

/** It is what is written to, or has what is missing from the file that is held. */
function isBetter(tailed: TailedFile, found: TailedFile, uncompressed: number): boolean {
  if (tailed.cutAt !== undefined) return uncompressed > tailed.size;
  return isLive(found) && !isLive(tailed) && uncompressed >= tailed.size;
}

/** A plain file has all that a compressed one beside it has, of which gzip may have written a part. */
function hasMore({ cursor, names }: TailedFile, found: TailedFile, uncompressed: number): boolean {
  return uncompressed > cursor.read && !(found.file?.gz && names.paths.some((path) => !path.endsWith('.gz')));
}

/** It is `n.log`. */
function isLive({ file, names }: TailedFile): boolean {
  return file?.gz === false && names.name.suffix === '';
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
  switch (resume.omit(tailed.names.name.suffix !== '')) {
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
