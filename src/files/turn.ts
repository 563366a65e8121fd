/**
 * One turn of one container log: the next step, with a reader's buffer. Whatever is handed on is read again from the offset of
 * the first unfinished line, so nothing is carried over in memory between turns.
 */
import type { End, Take } from '../types.ts';
import { current, type Chain } from './chain.ts';
import { readFailed, type FailureOptions } from './failure.ts';
import { GzFile } from './gzfile.ts';
import { identify, type IdentifyOptions } from './identify.ts';
import { PlainFile } from './logfile.ts';
import { tellLoss, type LossOptions } from './loss.ts';
import { hasItsHead, type Reading } from './reading.ts';
import { reopen, type ReopenOptions } from './released.ts';
import { isFinal, nextStep, type Step } from './step.ts';
import { isCopied, settleSuspicion } from './truncation.ts';

export interface TurnOptions extends LossOptions, IdentifyOptions, FailureOptions, ReopenOptions {
  readonly take: Take;
  readonly end: End;
  readonly quietMs: number;
  /** Lists a directory again and opens what is new in it; `refresh` does so only if it changed. */
  readonly inspect: (directory: string) => Promise<void>;
  readonly refresh: (directory: string) => Promise<void>;
  /** Read from disk, uncompressed. */
  readonly readBytes: (bytes: number) => void;
}

/** What we hand bytes to refused: it is stopping, or broken. Never the file's fault. */
class Refused extends Error {
  override name = 'Refused';
}

const LF = 0x0a;

/** Makes the next step of `chain`. Resolves with false if there is nothing to do for now. */
export async function takeTurn(options: TurnOptions, chain: Chain, buffer: Buffer): Promise<boolean> {
  const now = options.now();
  chain.servedAt = now;
  let step = nextStep(chain, now, options.quietMs);
  if (step === 'open') {
    // And read in the same turn, or it might be closed again before it was.
    await reopen(options, chain, current(chain)!);
    step = nextStep(chain, now, options.quietMs);
  }
  if (step === 'wait' || step === 'open') return false;
  if (step === 'end') {
    chain.open = false;
    await options.end(chain.log);
    return false;
  }
  const reading = current(chain)!;
  try {
    switch (step) {
      case 'identify':
        // An older file that is not known yet must come first.
        await options.refresh(chain.directory);
        if (!isStill('identify', options, chain, reading)) break;
        await identify(options, chain, reading, buffer, isFinal(chain, reading, now, options.quietMs));
        break;
      case 'read':
        await read(options, chain, reading, buffer);
        break;
      case 'truncated':
        settleSuspicion(chain, reading, options.now());
        // What was not read may be in a copy.
        await options.inspect(chain.directory);
        break;
      case 'cut':
        await cutAtItsEnd(options, chain, reading);
        break;
      case 'finish':
        // So must one that comes between this one and the next.
        await options.refresh(chain.directory);
        if (!isStill('finish', options, chain, reading)) break;
        await finish(options, chain, reading, buffer);
        break;
    }
    reading.failures = 0;
  } catch (error) {
    if (error instanceof Refused) throw error.cause;
    const lost = readFailed(options, chain, reading, error as Error);
    if (lost > 0) await lose(options, chain, reading, lost);
  }
  return true;
}

/** A listing was waited for: it may have found an older file, or that this one was truncated. */
function isStill(step: Step, { now, quietMs }: TurnOptions, chain: Chain, reading: Reading): boolean {
  return current(chain) === reading && nextStep(chain, now(), quietMs) === step;
}

async function read(options: TurnOptions, chain: Chain, reading: Reading, buffer: Buffer): Promise<void> {
  const { file, read: at } = reading;
  const n = await file!.read(buffer, at);
  if (!isStillThere(reading, file!, n)) return;
  saw(options, reading, at, n);
  if (n === 0) {
    // Of a plain file: for now. A damaged one would have thrown.
    reading.unpacked = file!.gz;
    return;
  }
  const last = file!.gz && n < buffer.length;
  const lines = buffer.lastIndexOf(LF, n - 1) + 1;
  const goesOn = lines === 0 && n === buffer.length;
  const end = goesOn || last ? n : lines;
  if (end > 0) await hand(options, chain, reading, { bytes: buffer, end, at, goesOn, last });
}

/** What is in the file now may not be what was there a moment ago: the bytes count only if the first line is the same. */
function isStillThere(reading: Reading, file: Reading['file'], n: number): boolean {
  if (reading.file !== file) return false;
  if (!(file instanceof PlainFile)) return true;
  const same = hasItsHead(reading, file);
  if (!same || (n === 0 && reading.size > reading.read)) reading.suspect = true;
  return same && !reading.suspect;
}

function saw(options: TurnOptions, reading: Reading, at: number, n: number): void {
  options.readBytes(Math.max(0, at + n - reading.looked));
  reading.looked = at + n;
  if (reading.looked > reading.size) reading.size = reading.looked;
  if (reading.looked > reading.source!.size) reading.source!.size = reading.looked;
}

async function hand(
  options: TurnOptions,
  chain: Chain,
  reading: Reading,
  lines: Parameters<TurnOptions['take']>[1],
): Promise<void> {
  chain.open = true;
  reading.inHand = lines.at + lines.end;
  await refusable(options.take(reading.source!, lines));
  reading.read = reading.inHand;
  if (reading.looked < reading.read) reading.looked = reading.read;
  reading.midLine = lines.goesOn;
}

async function finish(options: TurnOptions, chain: Chain, reading: Reading, buffer: Buffer): Promise<void> {
  if (reading.file instanceof PlainFile) {
    const file = reading.file;
    const at = reading.read;
    const n = await file.read(buffer, at);
    if (!isStillThere(reading, file, n)) return;
    if (at + n > reading.looked) {
      reading.size = Math.max(reading.size, at + n);
      return;
    }
    if (n > 0 || reading.midLine)
      await hand(options, chain, reading, { bytes: buffer, end: n, at, goesOn: false, last: true });
  } else if (reading.midLine) {
    await hand(options, chain, reading, { bytes: buffer, end: 0, at: reading.read, goesOn: false, last: true });
  }
  if (reading.file instanceof GzFile) {
    reading.file.relax();
    // What the trailer said was a hint.
    if (reading.source?.size === reading.size) reading.source.size = reading.read;
    reading.size = reading.read;
  }
  reading.done = true;
  const missing = missingOf(chain, reading);
  if (missing > 0 || reading.source?.unseenUntil !== undefined) await lose(options, chain, reading, missing);
}

/** Bytes that there were and that were neither handed on nor told as lost. */
function missingOf(chain: Chain, reading: Reading): number {
  if (reading.source !== undefined) return reading.source.size - reading.read;
  return reading.head.length === 0 || isCopied(chain, reading) ? 0 : reading.size - reading.read;
}

async function lose(options: TurnOptions, chain: Chain, reading: Reading, bytes: number): Promise<void> {
  chain.open = true;
  await refusable(tellLoss(options, reading, bytes));
}

async function refusable(handing: Promise<void>): Promise<void> {
  try {
    await handing;
  } catch (error) {
    throw new Refused('refused', { cause: error });
  }
}

/**
 * The first line is still there: what was cut away at the end is lost as far as it was not read. What comes after it has
 * offsets that we know already, so the file goes on as a source of the same name that begins there.
 */
async function cutAtItsEnd(options: TurnOptions, chain: Chain, reading: Reading): Promise<void> {
  const source = reading.source!;
  const at = Math.min(reading.cutAt!, reading.read);
  const missing = source.size - Math.max(reading.read, reading.cutAt!);
  reading.lossReason = 'truncated';
  if (missing > 0) await lose(options, chain, reading, missing);
  reading.lossReason = 'rotated_away';
  const { out, err, time } = source.committed;
  reading.source = {
    ...source,
    size: reading.size,
    resume: { out: at, err: at, time: '' },
    committed: { out: Math.min(out, at), err: Math.min(err, at), time },
  };
  options.opened(reading.source);
  reading.cutAt = undefined;
  reading.read = reading.looked = at;
  reading.midLine = false;
}
