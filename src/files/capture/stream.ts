/**
 * Reads a log from a stream (stdin) as if it were a file: one buffer at most at a time, cut at line ends; what lines there are
 * go on at once. Compressed input is told by its first two bytes and unpacked.
 */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ContainerLog, End, Gap, Log, LossReason, Source, Take } from '../../types.ts';
import { errorCode } from '../logfile/fs.ts';
import { fingerprint, HEAD_BYTES, headTime } from '../tail/head.ts';
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
}

const LF = 0x0a;
const PAUSE_MS = 3500;

/** Resolves with the number of bytes. */
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
    for await (const chunk of await unpacked(attended(options, input))) {
      for (let from = 0; from < chunk.length;) {
        const n = Math.min(chunk.length - from, buffer.length - filled);
        buffer.set(chunk.subarray(from, from + n), filled);
        filled += n;
        from += n;
        const lines = buffer.lastIndexOf(LF, filled - 1) + 1;
        if (lines > 0 || filled === buffer.length) await hand(lines || filled, lines === 0, false);
      }
    }
    if (filled > 0) await hand(filled, false, true);
  } catch (error) {
    if (!errorCode(error)?.startsWith('Z_')) throw error;
    if (filled > 0) await hand(filled, false, true);
    options.log.warn(`the compressed input is damaged: what could be unpacked was read, the rest is lost`);
    if (!tailed.source) tailed.staysNameless(newSource(log, buffer.subarray(0, 0)));
    tailed.isLostBecause('unreadable');
    await tellLoss({ ...options, opened: () => undefined, now: Date.now }, tailed, 1);
  }
  if (tailed.source) await options.end(log);
  return tailed.cursor.read;
}

/** The same chunks. Says when the next one is long in coming; the time that we take ourselves does not count. */
async function* attended<T>({ paused, pauseMs = PAUSE_MS }: StreamOptions, input: AsyncIterable<T>): AsyncGenerator<T> {
  const attend = (): NodeJS.Timeout => setInterval(() => paused?.(), pauseMs);
  let clock = attend();
  try {
    for await (const chunk of input) {
      clearInterval(clock);
      yield chunk;
      clock = attend();
    }
  } finally {
    clearInterval(clock);
  }
}

/** What a gzip stream holds, or the stream itself. */
async function unpacked(input: AsyncIterable<Uint8Array | string>): Promise<AsyncIterable<Uint8Array>> {
  const chunks = input[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  while (first.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    first = Buffer.concat([first, bytesOf(next.value)]);
  }
  const all = (async function* () {
    yield first;
    for (;;) {
      const next = await chunks.next();
      if (next.done) return;
      yield bytesOf(next.value);
    }
  })();
  return first[0] === 0x1f && first[1] === 0x8b ? Readable.from(all).pipe(createGunzip()) : all;
}

function bytesOf(chunk: Uint8Array | string): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

function newSource(log: ContainerLog, bytes: Buffer): Source {
  let from = 0;
  while (from < bytes.length && (bytes[from] === 0 || bytes[from] === LF)) from++;
  const lf = bytes.indexOf(LF, from);
  const head = bytes.subarray(from, Math.min(lf < 0 ? bytes.length : lf, from + HEAD_BYTES));
  return { log, fingerprint: fingerprint(log, head), resume: START, head: headTime(head), size: 0, committed: START };
}
