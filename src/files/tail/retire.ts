/**
 * Keeps house after every sweep: closes what is done with, forgets sources that are gone and settled, drops logs of which
 * nothing is left, notes what is still to be read, and asks again who may be read.
 */
import type { ContainerLog, Source } from '../../types.ts';
import { isOver, type Chain } from './chain.ts';
import type { Directory } from '../kubelet/directory.ts';
import type { LogFile } from '../logfile/logfile.ts';
import { isQuiet, isAcknowledged, observe, type TailedFile } from './tailed-file.ts';
import { giveUpReleased } from './released.ts';
import type { Resume } from './resume.ts';

export interface RetireOptions {
  readonly chains: Set<Chain>;
  readonly directories: Map<string, Directory>;
  readonly resume: Resume;
  readonly now: () => number;
  readonly quietMs: number;
  readonly admit: (log: ContainerLog) => 'read' | 'wait' | 'never';
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

export function retire(options: RetireOptions): void {
  for (const chain of options.chains) {
    askAgain(options, chain);
    closeDone(options, chain);
    forgetGone(options, chain);
    noteSizes(options, chain);
    if (isEmpty(chain)) drop(options, chain);
  }
  for (const [path, directory] of options.directories) {
    if (directory.gone && directory.chains.size === 0) options.directories.delete(path);
  }
}

/** What may be read can change with the annotations of a pod. */
function askAgain(options: RetireOptions, chain: Chain): void {
  const answer = options.admit(chain.log);
  if (answer === 'wait' || answer === chain.admitted) return;
  if (answer === 'never') {
    for (const tailed of chain.files) if (tailed.file) options.close(tailed.file);
    for (const tailed of chain.files) tailed.file = undefined;
    chain.files = [];
    chain.known.clear();
  } else if (chain.admitted === 'never') {
    const directory = options.directories.get(chain.directory);
    if (directory) directory.mtimeMs = -1;
  }
  chain.admitted = answer;
  options.wake(chain);
}

function closeDone(options: RetireOptions, chain: Chain): void {
  const isLogDone = !chain.open && isOver(chain, options.now());
  chain.files.forEach((tailed, i) => {
    const { file } = tailed;
    if (!file || !tailed.done) return;
    const isAmongLast = !isLogDone && i >= chain.files.length - STAY_OPEN;
    const isFresh = !isQuiet(tailed, options.now(), LINGER * options.quietMs);
    if (!file.gz && tailed.nlink > 0 && (isAmongLast || isFresh)) return;
    const state = file.stat();
    if (!file.gz && state.size !== tailed.size) {
      // Written since the last look: the last chance to see it.
      observe(tailed, state, options.now());
      tailed.done = false;
      options.wake(chain);
      return;
    }
    if (tailed.paths.length > 0) chain.known.set(file.id, { size: state.size, mtimeMs: state.mtimeMs, tailed });
    tailed.file = undefined;
    options.close(file);
  });
}

/** Not at once: while a file is renamed or compressed a listing may miss both of its names. */
function forgetGone(options: RetireOptions, chain: Chain): void {
  if (chain.pending > 0) return;
  const { now, quietMs } = options;
  const isMissing = ({ missingSince }: TailedFile): boolean =>
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
  if (chain.files.some(isGone)) chain.files = chain.files.filter((tailed) => !isGone(tailed));
}

/** Nobody holds it: before it is given up it must be missing from a listing that began long after it was first missed. */
function mayBeFound({ directories, quietMs }: RetireOptions, chain: Chain, { missingSince }: TailedFile): boolean {
  const directory = directories.get(chain.directory);
  if (!directory || directory.gone || directory.listedAt >= missingSince! + 2 * quietMs) return false;
  directory.mtimeMs = -1;
  return true;
}

/** Should we die before it is read, its entry must say how much of it there was: else nobody would know what was lost. */
function noteSizes(options: RetireOptions, chain: Chain): void {
  for (const tailed of chain.files) {
    const { source } = tailed;
    if (!source || tailed.done || source.size === tailed.notedSize || source.size <= tailed.read) continue;
    tailed.notedSize = source.size;
    options.opened(source);
  }
}

function isEmpty(chain: Chain): boolean {
  return chain.files.length === 0 && !chain.named && !chain.open && !chain.busy && !chain.queued;
}

function drop(options: RetireOptions, chain: Chain): void {
  for (const saved of options.resume.takeUnclaimed(chain.log.key)) options.forget(saved.fingerprint);
  options.chains.delete(chain);
  options.directories.get(chain.directory)?.chains.delete(chain.log.restart);
}
