/**
 * Reads named files once, for a replay: the same steps as the tailer takes, log after log, on files to which nothing is added.
 */
import { dirname } from 'node:path';
import type { ContainerLog, End, Gap, Log, LossReason, Source, Take } from '../../types.ts';
import { cureOf } from '../../util/causes.ts';
import { newChain, unreadOf, type Chain } from '../tail/chain.ts';
import { errorCode, isGone, realFs, type Fs } from '../logfile/fs.ts';
import { GzFile } from '../logfile/gzfile.ts';
import { identify } from '../tail/identify.ts';
import { NotALog, openLog, PlainFile, type LogFile } from '../logfile/logfile.ts';
import { findNamed, mayGrow, type NamedLog } from './named.ts';
import { newTailedFile } from '../tail/tailed-file.ts';
import { Resume } from '../tail/resume.ts';
import { readStream } from './stream.ts';
import { sayUnreadable } from './unreadable.ts';
import { takeTurn, type TurnOptions } from '../tail/turn.ts';
import { Damaged } from '../logfile/unpacker.ts';

/** Where a container log begins and ends on disk. */
export interface Ends {
  readonly log: ContainerLog;
  /** Of its files that hold anything the oldest, and the newest. */
  readonly oldest: Source;
  readonly newest: Source;
  /** The oldest was rotated: there may have been older ones. */
  readonly rotated: boolean;
  /** Lines may still be added to the newest. */
  readonly grows: boolean;
}

export interface OnceOptions {
  /** The name under which complaints are made. replay unless told. */
  readonly command?: string;
  /** Files, directories, and `-` for stdin. */
  readonly paths: readonly string[];
  readonly stdin?: AsyncIterable<Uint8Array | string>;
  /** `never`: the files of a log are not opened. */
  readonly admit?: (log: ContainerLog) => 'read' | 'never';
  /** Told of every log of which all files can be opened, before its first line; not of stdin. */
  readonly begins?: (ends: Ends) => void;
  readonly take: Take;
  readonly end: End;
  readonly gap: (gap: Gap) => Promise<void>;
  readonly lost: (reason: LossReason, bytes: number, log: ContainerLog) => void;
  readonly log: Log;
  /** Told after every read: bytes on disk that are dealt with, and how many there are in all (0 if nobody knows: stdin). */
  readonly progress?: (bytes: number, total: number) => void;
  /** Told again and again while stdin gives nothing for a while. */
  readonly paused?: () => void;
  /** How long a while is, ms. 3.5 s unless told. */
  readonly pauseMs?: number;
  /** 256 KiB unless told. */
  readonly bufferBytes?: number;
  readonly signal?: AbortSignal;
  /** For tests of failures. */
  readonly fs?: Partial<Fs>;
}

export interface OnceResult {
  /** Container logs and files found; stdin counts as one of each. */
  readonly logs: number;
  readonly files: number;
  /** Of these logs, those that may not be read. */
  readonly excluded: number;
  /** Entries in named directories that cannot be looked at: nobody knows what lies there. */
  readonly unreadable: number;
  /** Bytes read, uncompressed. */
  readonly bytes: number;
}

const RETRY_MS = 50;

/**
 * Reads everything once: instance n before n+1, the files of each in the order they were written.
 * @throws OperatorError if a path does not exist or is no file; what take(), end() or gap() reject with.
 */
export async function readOnce(options: OnceOptions): Promise<OnceResult> {
  const fs = { ...realFs, ...options.fs };
  const { logs, unreadable } = await findNamed(
    fs,
    options.paths.filter((path) => path !== '-'),
    options.command ?? 'replay',
  );
  if (unreadable.length > 0) options.log.warn(sayUnreadable(unreadable));
  const buffer = Buffer.allocUnsafeSlow(options.bufferBytes ?? 256 * 1024);
  const isStdin = options.paths.includes('-');
  const admitted = logs.filter(({ log }) => options.admit?.(log) !== 'never');
  const total = isStdin ? 0 : sum(admitted.flatMap((each) => each.files.map((file) => file.size)));
  let [before, bytes] = [0, 0];
  for (const named of admitted) {
    const progress = (done: number): void => options.progress?.(before + done, total);
    bytes += await readLog(options, fs, named, buffer, progress);
    before += sum(named.files.map((file) => file.size));
    options.progress?.(before, total);
  }
  if (isStdin && options.stdin) {
    bytes += await readStream(options, options.stdin, buffer, (done) => options.progress?.(before + done, 0));
  }
  const extra = isStdin ? 1 : 0;
  return {
    logs: logs.length + extra,
    files: sum(logs.map((each) => each.files.length)) + extra,
    excluded: logs.length - admitted.length,
    unreadable: unreadable.length,
    bytes,
  };
}

/** Resolves with the bytes read, uncompressed. */
async function readLog(
  options: OnceOptions,
  fs: Fs,
  named: NamedLog,
  buffer: Buffer,
  progress: (bytes: number) => void,
): Promise<number> {
  let bytes = 0;
  const turn: TurnOptions = {
    ...options,
    resume: new Resume({ saved: [], firstStart: false, damaged: false, backlog: 'all' }),
    opened: () => undefined,
    close: (file) => file.close(),
    // What is open at the end is shipped in any case, and nothing is kept on disk.
    isOpen: () => false,
    noteEnd: () => Promise.resolve(),
    // Nothing is closed to make room.
    open: () => ({ later: '' }),
    now: Date.now,
    quietMs: 0,
    origin: { scan: () => Promise.resolve(), refresh: () => Promise.resolve() },
    readBytes: (n) => void (bytes += n),
  };
  const chain = newChain(named.log, '', Date.now());
  chain.isComplete();
  try {
    const isWhole = await openAll(turn, fs, chain, named, buffer);
    if (isWhole && options.begins) await tellEnds(options.begins, fs, chain, named);
    do {
      options.signal?.throwIfAborted();
      while (await takeTurn(turn, chain, buffer)) {
        options.signal?.throwIfAborted();
        progress(consumed(chain));
      }
      // A read that failed is tried again.
      if (unreadOf(chain) > 0) await new Promise((wake) => setTimeout(wake, RETRY_MS));
    } while (unreadOf(chain) > 0);
  } finally {
    for (const tailed of chain.files) tailed.file?.close();
  }
  return bytes;
}

/** Resolves with false if a file could not be opened or told apart from the others: nobody knows its place then. */
async function openAll(turn: TurnOptions, fs: Fs, chain: Chain, named: NamedLog, buffer: Buffer): Promise<boolean> {
  let isWhole = true;
  for (const { path, name, size } of named.files) {
    const opened = openFile(fs, path, name.gz);
    if (opened === undefined) {
      isWhole = false;
      continue;
    }
    if (typeof opened === 'string') {
      turn.log.throttled(opened, `a log file is not read: ${opened}`, { path });
      // Somebody asked for it.
      turn.lost('unreadable', size, chain.log);
      isWhole = false;
      continue;
    }
    const tailed = newTailedFile(chain.log, opened, name, turn.now(), [path]);
    chain.add(tailed);
    try {
      await identify(turn, chain, tailed, buffer, true);
    } catch (error) {
      if (errorCode(error) === undefined && !(error instanceof Damaged)) throw error;
      // The turn says what is wrong with it.
      tailed.cursor.headFailed();
      isWhole = false;
    }
  }
  return isWhole;
}

/** The file, or why it is not to be read; undefined if its directory was removed since it was found, and so is nothing to read. */
function openFile(fs: Fs, path: string, gz: boolean): LogFile | string | undefined {
  try {
    const opened = openLog(fs, path, () => undefined);
    return gz ? new GzFile(fs, opened) : new PlainFile(fs, opened);
  } catch (error) {
    if (error instanceof NotALog) return `${error.message}.`;
    const code = errorCode(error);
    if (code === undefined) throw error;
    if (isGone(error) && fs.statSync(dirname(path), { throwIfNoEntry: false }) === undefined) return undefined;
    if (code === 'ENOENT') return 'it was renamed or deleted a moment ago. Run podferry again.';
    return `it cannot be opened (${code}). Usually ${cureOf(code)}.`;
  }
}

async function tellEnds(
  begins: NonNullable<OnceOptions['begins']>,
  fs: Fs,
  { log, files }: Chain,
  named: NamedLog,
): Promise<void> {
  const filled = files.filter(({ source }) => source);
  const [oldest, newest] = [filled[0], filled.at(-1)];
  if (!oldest || !newest) return;
  const ends = { log, oldest: oldest.source!, newest: newest.source! };
  begins({ ...ends, rotated: oldest.names.name.suffix !== '', grows: await mayGrow(fs, named) });
}

/** Bytes on disk that are dealt with. */
function consumed(chain: Chain): number {
  let bytes = 0;
  for (const { cursor, done, file } of chain.files) {
    if (file instanceof GzFile) bytes += done ? file.stat().size : file.consumed;
    else bytes += cursor.read;
  }
  return bytes;
}

function sum(numbers: number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
