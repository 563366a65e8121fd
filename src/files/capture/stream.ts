/**
 * Reads a log from a stream (stdin) as if it were a file: one buffer at most at a time, cut at line ends; what lines there are
 * go on at once. Compressed input is told by its first two bytes and unpacked.
 */
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ContainerLog, End, Gap, Log, LossReason, Source, Take } from '../../types.ts';
import { OperatorError } from '../../util/errors.ts';
import { unlessAborted } from '../../util/unless-aborted.ts';
import { errorCode } from '../logfile/fs.ts';
import { fingerprint, headOf } from '../tail/head.ts';
import { tellLoss } from '../tail/loss.ts';
import { newTailedFile } from '../tail/tailed-file.ts';
import { START } from '../tail/resume.ts';

export interface StreamOptions {
  readonly take: Take;
  readonly end: End;
  readonly gap: (gap: Gap) => Promise<void>;
  readonly lost: (reason: LossReason, bytes: number, log: ContainerLog) => void;
  readonly log: Log;
  /** Told again and again while the stream gives nothing: of a live one (`tail -f | …`) no more may come for hours. */
  readonly paused?: () => void;
  /** Between two such tellings, ms. 3.5 s unless told. */
  readonly pauseMs?: number;
  /** Aborted: stop at once, also while the stream gives nothing. */
  readonly signal?: AbortSignal | undefined;
}

const LF = 0x0a;
const PAUSE_MS = 3500;

/**
 * Resolves with the number of bytes.
 * @throws OperatorError if the input fails under way, after all that came before was handed on; the signal's reason if stopped
 */
export async function readStream(
  options: StreamOptions,
  input: AsyncIterable<Uint8Array | string>,
  buffer: Buffer,
  progress: (bytes: number) => void,
): Promise<number> {
  const log: ContainerLog = {
    key: '-',
    namespace: '',
    pod: '',
    uid: '',
    container: 'stdin',
    restart: 0,
    path: '-',
    containerId: undefined,
  };
  const tailed = newTailedFile(log, undefined, { restart: 0, suffix: '', gz: false }, Date.now());
  /** Why the input ended before its end, … */
  let broken: Error | undefined;
  /** … and whether what came of it could not be unpacked. */
  let isDamaged = false;
  let filled = 0;
  const hand = async (end: number, goesOn: boolean, last: boolean): Promise<void> => {
    const at = tailed.cursor.read;
    if (!tailed.source) tailed.staysNameless(newSource(log, buffer.subarray(0, end)));
    tailed.saw(at, end);
    tailed.cursor.handsOn(at + end);
    await options.take(tailed.source!, { bytes: buffer, end, at, goesOn, last });
    tailed.cursor.handedOn(goesOn);
    buffer.copyWithin(0, end, filled);
    filled -= end;
    progress(tailed.cursor.read);
  };
  try {
    for await (const chunk of await unpacked(attended(options, input, (error) => (broken = error)))) {
      for (let from = 0; from < chunk.length;) {
        const n = Math.min(chunk.length - from, buffer.length - filled);
        buffer.set(chunk.subarray(from, from + n), filled);
        filled += n;
        from += n;
        const lines = buffer.lastIndexOf(LF, filled - 1) + 1;
        if (lines > 0 || filled === buffer.length) await hand(lines || filled, lines === 0, false);
      }
    }
  } catch (error) {
    if (!errorCode(error)?.startsWith('Z_')) throw error;
    // Of an input that broke off the end is missing, and that is told already.
    isDamaged = broken === undefined;
  }
  if (filled > 0) await hand(filled, false, true);
  if (isDamaged) {
    options.log.warn(`the compressed input is damaged: what could be unpacked was read, the rest is lost`);
    if (!tailed.source) tailed.staysNameless(newSource(log, buffer.subarray(0, 0)));
    tailed.isLostBecause('unreadable');
    await tellLoss({ ...options, opened: () => undefined, now: Date.now }, tailed, 1);
  }
  if (tailed.source) await options.end(log);
  if (broken) throw new OperatorError(`-: the input broke off (${broken.message}): what came before that was read.`);
  return tailed.cursor.read;
}

/**
 * The same chunks. Says when the next one is long in coming; the time that we take ourselves does not count. A failure of the
 * input is told, and ends it. Throws the signal's reason when stopped, also while nothing comes.
 */
async function* attended(
  { paused, pauseMs = PAUSE_MS, signal }: StreamOptions,
  input: AsyncIterable<Uint8Array | string>,
  broken: (error: Error) => void,
): AsyncGenerator<Uint8Array> {
  const chunks = input[Symbol.asyncIterator]();
  const failed = (error: Error): { done: true } => {
    if (errorCode(error) === undefined) throw error;
    broken(error);
    return { done: true };
  };
  for (;;) {
    const clock = setInterval(() => paused?.(), pauseMs);
    try {
      const next = await unlessAborted(chunks.next().catch(failed), signal);
      if (next.done) return;
      yield bytesOf(next.value);
    } finally {
      clearInterval(clock);
    }
  }
}

/** What a gzip stream holds, or the stream itself. */
async function unpacked(chunks: AsyncGenerator<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  let first = Buffer.alloc(0);
  while (first.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    first = Buffer.concat([first, next.value]);
  }
  const all = (async function* () {
    yield first;
    yield* chunks;
  })();
  if (first[0] !== 0x1f || first[1] !== 0x8b) return all;
  const gunzip = createGunzip();
  // What goes wrong in either of them is thrown where the bytes are read.
  pipeline(all, gunzip, () => undefined);
  return gunzip;
}

function bytesOf(chunk: Uint8Array | string): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

function newSource(log: ContainerLog, bytes: Buffer): Source {
  let from = 0;
  while (from < bytes.length && (bytes[from] === 0 || bytes[from] === LF)) from++;
  const head = headOf(bytes.subarray(from));
  return { log, fingerprint: fingerprint(log, head), resume: START, head: head.time, size: 0, committed: START };
}
