/** What is to be seen of the files from outside: a line per source, and sums. */
import { ageOf, backlogOf, openTailOf, type ReachOf } from './backlog.ts';
import { current, type Chain } from './chain.ts';
import { deletedBytes } from './caps.ts';
import type { TailedFile } from './tailed-file.ts';

/** `done` and the like are states of a source; `excluded` is one of a whole log, of which no file is opened. */
export type SourceState = 'reading' | 'idle' | 'waiting' | 'unreadable' | 'done' | 'excluded';

export interface SourceStatus {
  /** Where it is found on disk now; `… (deleted)` if it has no name any more. */
  readonly path: string;
  readonly key: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly restart: number;
  /** The output that it goes to; undefined while that is not known. */
  readonly output?: string;
  /** Bytes, uncompressed as far as known. */
  readonly size: number;
  readonly read: number;
  readonly committed: number;
  readonly state: SourceState;
  /** Why it waits, in words; '' if it does not. */
  readonly why: string;
}

export interface FileCounts {
  /** Bytes read, uncompressed. */
  readonly readBytes: number;
  readonly openFiles: number;
  /** Bytes on the disk of files without a name. */
  readonly pinnedBytes: number;
  /** Bytes on disk that are not acknowledged: not read, or read and on their way. Without those that are held open. */
  readonly backlogBytes: number;
  /** For how long the oldest line that is not acknowledged has been known, in ms. */
  readonly backlogAgeMs: number;
  /** The same for the logs of each output. */
  readonly behind: ReadonlyMap<string, Behind>;
  /** The container logs with most bytes that are not acknowledged, ten at most, the one with most first. */
  readonly furthestBehind: readonly LogBehind[];
  /** Bytes of last lines without their line feed. */
  readonly openTailBytes: number;
  /** Container logs that are to be read. */
  readonly logs: number;
  readonly sources: Record<SourceState, number>;
  /** Names at which something else than a log lies. */
  readonly skipped: number;
}

/** What is not acknowledged. */
export interface Behind {
  readonly bytes: number;
  /** For how long the oldest line of it has been known, ms; 0 if there is none. */
  readonly ageMs: number;
}

/** A container log, and its bytes that are not acknowledged. */
export interface LogBehind extends Pick<SourceStatus, 'namespace' | 'pod' | 'container'> {
  readonly bytes: number;
}

const FURTHEST = 10;

/** What a path says of the log that lies there. */
export type Place = Pick<SourceStatus, 'key' | 'namespace' | 'pod' | 'container' | 'restart'>;

/** Files and directories that cannot be read, by path, and why. */
export type Unseen = ReadonlyMap<string, string>;

/** @param placeOf whose log, or directory, lies at a path of which nothing but the path is known */
export function statusOf(chains: Iterable<Chain>, unseen: Unseen, placeOf: (path: string) => Place): SourceStatus[] {
  const status: SourceStatus[] = [];
  for (const [path, why] of unseen) status.push({ ...placeOf(path), path, ...NOTHING, state: 'unreadable', why });
  for (const chain of chains) {
    const { key, namespace, pod, container, restart, path } = chain.log;
    const { output } = chain;
    const who = { key, namespace, pod, container, restart, ...(output === undefined ? {} : { output }) };
    if (chain.admitted === 'never') {
      status.push({ ...who, path, ...NOTHING, state: 'excluded', why: 'it is not to be read' });
      continue;
    }
    for (const tailed of chain.files) {
      const { source } = tailed;
      status.push({
        ...who,
        path: tailed.names.paths[0] ?? `${path} (deleted)`,
        size: tailed.size,
        read: tailed.cursor.read,
        committed: source ? Math.min(source.committed.out, source.committed.err) : 0,
        ...stateOf(chain, tailed),
      });
    }
  }
  return status;
}

export function countsOf(
  chains: Iterable<Chain>,
  unseen: Unseen,
  { reach, outputs }: { readonly reach: ReachOf; readonly outputs: readonly [string, ...string[]] },
  now: number,
): Omit<FileCounts, 'readBytes' | 'openFiles' | 'skipped'> {
  const sources = { reading: 0, idle: 0, waiting: 0, unreadable: unseen.size, done: 0, excluded: 0 };
  const behind = new Map<string, Behind>(outputs.map((output) => [output, { bytes: 0, ageMs: 0 }]));
  const waiting: LogBehind[] = [];
  let [pinned, tails, logs] = [0, 0, 0];
  for (const chain of chains) {
    pinned += deletedBytes(chain);
    const { output = outputs[0] } = chain;
    const { bytes, ageMs } = behind.get(output)!;
    const backlog = backlogOf(chain, reach);
    const { namespace, pod, container } = chain.log;
    if (backlog > 0) waiting.push({ namespace, pod, container, bytes: backlog });
    behind.set(output, {
      bytes: bytes + backlog,
      ageMs: Math.max(ageMs, ageOf(chain, reach, now)),
    });
    tails += openTailOf(chain);
    if (chain.admitted === 'never') {
      sources.excluded++;
      continue;
    }
    logs++;
    for (const tailed of chain.files) sources[stateOf(chain, tailed).state]++;
  }
  const all = [...behind.values()];
  return {
    pinnedBytes: pinned,
    backlogBytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    backlogAgeMs: Math.max(...all.map(({ ageMs }) => ageMs)),
    behind,
    furthestBehind: waiting.sort((a, b) => b.bytes - a.bytes).slice(0, FURTHEST),
    openTailBytes: tails,
    logs,
    sources,
  };
}

const NOTHING = { size: 0, read: 0, committed: 0 };

function stateOf(chain: Chain, tailed: TailedFile): { state: SourceState; why: string } {
  if (tailed.done)
    return tailed.retries.trouble ? { state: 'unreadable', why: tailed.retries.trouble } : { state: 'done', why: '' };
  if (tailed.retries.failures > 0) return { state: 'unreadable', why: tailed.retries.trouble };
  const { looked, read } = tailed.cursor;
  const why = whyWaiting(chain, tailed);
  if (why) return { state: 'waiting', why };
  if (chain.queueing.busy && looked > read) return { state: 'reading', why: 'the sink takes what was read' };
  if (tailed.size > looked) return { state: 'reading', why: '' };
  return { state: 'idle', why: looked > read ? 'its last line is not complete' : '' };
}

function whyWaiting(chain: Chain, tailed: TailedFile): string {
  if (chain.admitted === 'wait') return 'its pod is not known yet';
  if (!chain.walked) return 'another file of this log cannot be opened yet';
  if (current(chain) !== tailed) return 'an older file of this log comes first';
  if (tailed.released && (tailed.isStale || tailed.size > tailed.cursor.looked))
    return 'it was closed to make room, and waits for its turn';
  if (chain.queueing.parked) return 'other compressed files are being unpacked';
  return tailed.source === undefined ? 'its first line is not complete' : '';
}
