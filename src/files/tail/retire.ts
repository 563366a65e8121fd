/**
 * Retires what is over, after every sweep: closes files that are done, forgets sources that are gone and acknowledged, drops logs
 * of which nothing is left. Also notes what is still to be read, and asks again who may be read.
 */
import type { ContainerLog, Source } from '../../types.ts';
import type { LogFile } from '../logfile/logfile.ts';
import { firstAfter, isLeft, unreadOf, type Admission, type Chain } from './chain.ts';
import { isQuiet } from './disk-facts.ts';
import { instant } from './head.ts';
import { nameless } from './loss.ts';
import type { Origin } from './origin.ts';
import { isAcknowledged } from './progress.ts';
import { startOf, type Resume } from './resume.ts';
import type { TailedFile } from './tailed-file.ts';
import { isCopied } from './truncation.ts';

export interface RetireOptions {
  readonly chains: Set<Chain>;
  readonly origin: Pick<Origin, 'directories' | 'forget'>;
  readonly resume: Resume;
  readonly now: () => number;
  readonly quietMs: number;
  readonly admit: (log: ContainerLog) => Admission;
  readonly hasEnded: (log: ContainerLog) => boolean | undefined;
  readonly isOpen: (log: ContainerLog) => boolean;
  readonly forget: (fingerprint: string) => void;
  /** Brings the entry of a source up to date. */
  readonly opened: (source: Source) => void;
  readonly close: (file: LogFile) => void;
  readonly wake: (chain: Chain) => void;
}

/** Files at the end of a chain that stay open when done: the one being written and the one before it, for late writes. */
const STAY_OPEN = 2;
/** Others that are done stay open for so many quiet periods, since once closed they are looked at once a minute only. */
const LINGER = 10;
/** A log that ends in the middle of a line and of whose container nobody knows anything is over after this silence (ms). */
const FORSAKEN_MS = 60 * 60_000;

export function retire(options: RetireOptions): void {
  const { chains, origin } = options;
  for (const chain of chains) {
    askAgain(options, chain);
    const ended = options.hasEnded(chain.log);
    chain.hasExited(ended ?? isForsaken(options, chain));
    closeDone(options, chain, ended === true);
    forgetGone(options, chain);
    noteSizes(options, chain);
    if (isEmpty(chain)) drop(options, chain);
  }
  for (const [path, directory] of origin.directories) {
    if (directory.gone && directory.chains.size === 0) origin.forget(path);
  }
}

/** What may be read can change with the annotations of a pod. */
function askAgain(options: RetireOptions, chain: Chain): void {
  const answer = options.admit(chain.log);
  if (answer === 'wait' || answer === chain.admitted) return;
  if (answer === 'never') {
    for (const { file } of chain.files) if (file) options.close(file);
    for (const tailed of chain.files) tailed.excluded();
    // What is known by its source is kept: should the log be admitted again, it is read on from where it was.
    chain.remove(({ source }) => source === undefined);
    chain.unknow(() => true);
  } else if (chain.admitted === 'never') {
    chain.isReadmitted();
    options.origin.directories.get(chain.directory)?.distrust();
  }
  chain.admit(answer);
  options.wake(chain);
}

/**
 * Nobody knows whether its container runs, nothing was written for an hour, all of it under our eyes, and its last line lacks its
 * end. Should the container only have waited for somebody to answer a prompt, the answer is a record of its own.
 */
function isForsaken({ isOpen, now }: RetireOptions, chain: Chain): boolean {
  const newest = chain.files.at(-1);
  if (newest === undefined || now() - chain.firstListedAt < FORSAKEN_MS) return false;
  return isQuiet(newest.disk, now(), FORSAKEN_MS) && (unreadOf(chain) > 0 || isOpen(chain.log));
}

/** @param hasEnded its container is known to have ended */
function closeDone(options: RetireOptions, chain: Chain, hasEnded: boolean): void {
  // Of one that is over only by its silence the file stays open: its container may have waited for an answer.
  const isLogDone = !chain.open && (isLeft(chain, options.now()) || hasEnded);
  chain.files.forEach((tailed, i) => {
    const { disk, file, names } = tailed;
    if (!file || !tailed.done) return;
    const isAmongLast = !isLogDone && i >= chain.files.length - STAY_OPEN;
    const isFresh = !isQuiet(disk, options.now(), LINGER * options.quietMs);
    if (!file.gz && disk.nlink > 0 && (isAmongLast || isFresh)) return;
    const state = file.stat();
    if (!file.gz && state.size !== tailed.size) {
      // Written since the last look: the last chance to see it.
      tailed.observe(state, options.now());
      tailed.wasWrittenTo();
      options.wake(chain);
      return;
    }
    if (names.paths.length > 0) chain.know(file.id, { size: state.size, mtimeMs: state.mtimeMs, tailed });
    tailed.closed();
    options.close(file);
  });
}

/** Not at once: while a file is renamed or compressed a scan may miss both of its names. */
function forgetGone(options: RetireOptions, chain: Chain): void {
  if (chain.admitted === 'never') return forgetExcluded(options, chain);
  if (chain.pending > 0) return;
  const { now, quietMs } = options;
  const isMissing = ({ names: { missingSince } }: TailedFile): boolean =>
    missingSince !== undefined && now() - missingSince >= 2 * quietMs;
  const isGone = (tailed: TailedFile): boolean =>
    tailed.done && !tailed.file && isMissing(tailed) && isAcknowledged(tailed);
  for (const tailed of chain.files) {
    if (tailed.released && isMissing(tailed) && !mayBeFound(options, chain, tailed)) {
      giveUpReleased(chain, tailed);
      options.wake(chain);
    }
    if (isGone(tailed) && tailed.source) options.forget(tailed.source.fingerprint);
  }
  chain.remove(isGone);
}

/** Nothing is lost of a log that is not to be read: when its files are gone, so is all that is known of it. */
function forgetExcluded({ forget }: RetireOptions, chain: Chain): void {
  if (chain.named) return;
  for (const { source } of chain.files) if (source) forget(source.fingerprint);
  chain.remove(() => true);
}

/** Nobody holds it: before it is given up it must be missing from a scan that began long after it was first missed. */
function mayBeFound({ origin, quietMs }: RetireOptions, { directory: path }: Chain, { names }: TailedFile): boolean {
  const directory = origin.directories.get(path);
  if (!directory || directory.gone || directory.listedAt >= names.missingSince! + 2 * quietMs) return false;
  directory.distrust();
  return true;
}

/** A released file is under no name any more: what it may have held beyond what was seen is told with what was not read. */
function giveUpReleased(chain: Chain, tailed: TailedFile): void {
  const { names, source } = tailed;
  tailed.isGoneWhileReleased();
  tailed.isLostBecause('deleted_unread');
  // A rotated file is not written to any more.
  if (source && names.name.suffix === '') tailed.isUnseenUntil(firstAfter(chain, source.head));
}

/** Should we die before it is read, its entry must say how much of it there was: else nobody would know what was lost. */
function noteSizes(options: RetireOptions, chain: Chain): void {
  for (const tailed of chain.files) {
    if (isNamelessStill(chain, tailed)) identifyByHead(options, chain, tailed);
    const { source } = tailed;
    if (!source || tailed.done || source.size === tailed.notedSize || source.size <= tailed.cursor.read) continue;
    tailed.noted();
    options.opened(source);
  }
}

/** It was truncated before anybody found out who it is, and no file is known to hold what was in it. */
function isNamelessStill(chain: Chain, tailed: TailedFile): boolean {
  const { done, file, head, released, source } = tailed;
  return !file && !released && !source && !done && head.complete && !isCopied(chain, tailed);
}

/** Its first line tells who it was. Should a copy be found later, it is one of the same source. */
function identifyByHead({ resume }: RetireOptions, chain: Chain, tailed: TailedFile): void {
  const source = nameless(tailed, tailed.size, resume);
  tailed.becomes(source, instant(source.head), tailed.size, startOf(source.resume), false);
  chain.sort();
}

function isEmpty({ files, named, open, queueing: { busy, queued } }: Chain): boolean {
  return files.length === 0 && !named && !open && !busy && !queued;
}

function drop(options: RetireOptions, chain: Chain): void {
  for (const saved of options.resume.takeUnclaimed(chain.log.key)) options.forget(saved.fingerprint);
  options.chains.delete(chain);
  options.origin.directories.get(chain.directory)?.remove(chain);
}
