/**
 * One turn of one container log: the next step, with a reader's buffer. Whatever is handed on is read again from the offset of
 * the first unfinished line, so nothing is carried over in memory between turns.
 */
import type { ContainerLog, Source } from '../../types.ts';
import { current, type Chain } from './chain.ts';
import { readFailed, type FailureOptions } from './failure.ts';
import { GzFile } from '../logfile/gzfile.ts';
import { endLog, hand, lose, Refused, type HandingOptions } from './handing.ts';
import { identify, type IdentifyOptions } from './identify.ts';
import { PlainFile } from '../logfile/logfile.ts';
import type { Origin } from './origin.ts';
import { beginsWith } from './head.ts';
import type { TailedFile } from './tailed-file.ts';
import { reopen, type ReopenOptions } from './released.ts';
import { isFinal, nextStep, type Step } from './step.ts';
import { isCopied, settleSuspicion } from './truncation.ts';

export interface TurnOptions extends HandingOptions, IdentifyOptions, FailureOptions, ReopenOptions {
  /** Whether something of this log that was handed on may still go on. */
  readonly isOpen: (log: ContainerLog) => boolean;
  /** Notes on disk where a source ends. Resolves when that is done, or cannot be. */
  readonly noteEnd: (source: Source) => Promise<void>;
  readonly quietMs: number;
  readonly origin: Pick<Origin, 'scan' | 'refresh'>;
  /** Read from disk, uncompressed. */
  readonly readBytes: (bytes: number) => void;
}

const LF = 0x0a;

/** Makes the next step of `chain`. Resolves with false if there is nothing to do for now. */
export async function takeTurn(options: TurnOptions, chain: Chain, buffer: Buffer): Promise<boolean> {
  const now = options.now();
  let step = nextStep(chain, now, options.quietMs);
  if (step === 'open') {
    // And read in the same turn, or it might be closed again before it was.
    await reopen(options, chain, current(chain)!);
    step = nextStep(chain, now, options.quietMs);
  }
  if (step === 'wait' || step === 'open') return false;
  const tailed = current(chain)!;
  try {
    switch (step) {
      case 'end':
        await endLog(options, chain);
        return false;
      case 'identify':
        // An older file that is not known yet must come first.
        await options.origin.refresh(chain.directory);
        if (!isStill('identify', options, chain, tailed)) break;
        await identify(options, chain, tailed, buffer, isFinal(chain, tailed, now, options.quietMs));
        break;
      case 'read':
        await read(options, chain, tailed, buffer);
        break;
      case 'truncated':
        settleSuspicion(chain, tailed, options.now());
        // What was not read may be in a copy.
        await options.origin.scan(chain.directory);
        break;
      case 'cut':
        await cutAtItsEnd(options, chain, tailed);
        break;
      case 'finish':
        // So must one that comes between this one and the next.
        await options.origin.refresh(chain.directory);
        if (!isStill('finish', options, chain, tailed)) break;
        await finish(options, chain, tailed, buffer);
        break;
    }
    tailed.retries.succeeded();
  } catch (error) {
    if (error instanceof Refused) throw error.cause;
    const lost = readFailed(options, chain, tailed, error as Error);
    if (lost > 0) await lose(options, chain, tailed, lost);
  }
  return true;
}

/** A listing was waited for: it may have found an older file, or that this one was truncated. */
function isStill(step: Step, { now, quietMs }: TurnOptions, chain: Chain, tailed: TailedFile): boolean {
  return current(chain) === tailed && nextStep(chain, now(), quietMs) === step;
}

async function read(options: TurnOptions, chain: Chain, tailed: TailedFile, buffer: Buffer): Promise<void> {
  const { file } = tailed;
  const at = tailed.cursor.read;
  let n = await file!.read(buffer, at);
  if (!isStillThere(tailed, file!, n)) return;
  // Where it ended for a process before this one.
  const { endsAt = -1 } = tailed.source!;
  const isEnd = at < endsAt && endsAt <= at + n;
  if (isEnd) n = endsAt - at;
  options.readBytes(tailed.saw(at, n));
  if (n === 0) {
    // Of a plain file: for now. A damaged one would have thrown.
    if (file!.gz) tailed.cursor.isUnpacked();
    return;
  }
  const last = isEnd || (file!.gz && n < buffer.length);
  const lines = buffer.lastIndexOf(LF, n - 1) + 1;
  const goesOn = lines === 0 && n === buffer.length && !isEnd;
  const end = goesOn || last ? n : lines;
  if (end > 0) await hand(options, chain, tailed, { bytes: buffer, end, at, goesOn, last });
  if (isEnd) await endLog(options, chain);
}

/** What is in the file now may not be what was there a moment ago: the bytes count only if the first line is the same. */
function isStillThere(tailed: TailedFile, file: TailedFile['file'], n: number): boolean {
  if (tailed.file !== file) return false;
  if (!(file instanceof PlainFile)) return true;
  const same = beginsWith(file, tailed.head);
  if (!same || (n === 0 && tailed.size > tailed.cursor.read)) tailed.mayBeTruncated();
  return same && !tailed.suspect;
}

async function finish(options: TurnOptions, chain: Chain, tailed: TailedFile, buffer: Buffer): Promise<void> {
  if (tailed.file instanceof PlainFile) {
    const file = tailed.file;
    const at = tailed.cursor.read;
    const n = await file.read(buffer, at);
    if (!isStillThere(tailed, file, n)) return;
    if (at + n > tailed.cursor.looked) {
      tailed.grewTo(at + n);
      return;
    }
    const isCut = n > 0 || tailed.cursor.midLine;
    const isEnd = chain.files.at(-1) === tailed && (isCut || options.isOpen(chain.log));
    if (isEnd) {
      // Should we die in between, what is added meanwhile must not make another record of what is shipped now.
      tailed.ends(at + n);
      await options.noteEnd(tailed.source!);
    }
    if (isCut) await hand(options, chain, tailed, { bytes: buffer, end: n, at, goesOn: false, last: true });
    if (isEnd) await endLog(options, chain);
    // Written to meanwhile: it is read on.
    if (tailed.size > tailed.cursor.read || tailed.suspect) return;
  } else if (tailed.cursor.midLine) {
    await hand(options, chain, tailed, { bytes: buffer, end: 0, at: tailed.cursor.read, goesOn: false, last: true });
  }
  if (tailed.file instanceof GzFile) {
    tailed.file.relax();
    tailed.sizeIsKnown();
  }
  tailed.finished();
  const missing = missingOf(chain, tailed);
  if (missing > 0 || tailed.source?.unseenUntil !== undefined) await lose(options, chain, tailed, missing);
}

/** Bytes that there were and that were neither handed on nor told as lost. */
function missingOf(chain: Chain, tailed: TailedFile): number {
  if (tailed.source !== undefined) return tailed.source.size - tailed.cursor.read;
  return tailed.head.bytes.length === 0 || isCopied(chain, tailed) ? 0 : tailed.size - tailed.cursor.read;
}

/**
 * The first line is still there: what was cut away at the end is lost as far as it was not read. What comes after it has
 * offsets that we know already, so the file goes on as a source of the same name that begins there.
 */
async function cutAtItsEnd(options: TurnOptions, chain: Chain, tailed: TailedFile): Promise<void> {
  const source = tailed.source!;
  const at = Math.min(tailed.cutAt!, tailed.cursor.read);
  const missing = source.size - Math.max(tailed.cursor.read, tailed.cutAt!);
  tailed.isLostBecause('truncated');
  if (missing > 0) await lose(options, chain, tailed, missing);
  tailed.isLostBecause('rotated_away');
  const { out, err, time } = source.committed;
  const rest = {
    ...source,
    endsAt: undefined,
    size: tailed.size,
    resume: { out: at, err: at, time: '' },
    committed: { out: Math.min(out, at), err: Math.min(err, at), time },
  };
  tailed.readAgain(rest, at);
  options.opened(rest);
}
