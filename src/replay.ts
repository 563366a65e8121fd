/**
 * `podferry replay`: the way of a line as in agent.ts, over named files, once. What is different: files instead of a node's
 * directories, a file of pods instead of the API, and no positions to keep.
 */
import type { Config } from './config/config.ts';
import { readOnce } from './files/capture/once.ts';
import { PodFile } from './kube/podsfile.ts';
import { fileOptions, podsIn } from './metadata.ts';
import { Progress } from './observe/progress.ts';
import { Tally } from './observe/tally.ts';
import { newPath } from './path.ts';
import { newSink } from './sink.ts';
import type { StdoutFormat } from './sinks/stdout/stdout.ts';
import type { Log } from './types.ts';
import { OperatorError } from './util/errors.ts';
import { written } from './util/written.ts';

/** The part of a process's streams that is needed. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(bytes: Buffer | string, done?: (error?: Error | null) => void): unknown;
}

export interface ReplayOptions {
  /** Log files (also .gz), directories like /var/log/pods, `-` for stdin. */
  readonly paths: readonly string[];
  /** Output of `kubectl get pods -o json`. */
  readonly podsFile: string | undefined;
  /** Of stdout: unless given, pretty on a terminal and else a document per line. */
  readonly format: StdoutFormat | undefined;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Of stdout. */
  readonly colour: boolean;
  readonly version: string;
  /** Aborted: stop at once. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * 0: everything is settled. 2: something was rejected or lost, or it was stopped before the end.
 * @throws OperatorError for a path that does not exist or holds no logs, and for a file of pods that holds none
 */
export async function replay(config: Config, options: ReplayOptions): Promise<0 | 2> {
  const { stdout, stderr } = options;
  const isTerminal = stdout.isTTY === true;
  const started = performance.now();
  const failure = new AbortController();
  const stop = AbortSignal.any([options.signal, failure.signal]);

  const tally = new Tally();
  const progress = new Progress({
    write: (text) => void stderr.write(text),
    width: () => stderr.columns || 80,
    now: () => performance.now(),
  });
  const log = progress.around(options.log);
  const pods = await podsIn(options.podsFile, config.kubernetes.annotations);
  const metadata = new PodFile({ ...fileOptions(config, options.version), pods, log });
  const sink = await newSink(config, {
    stdout: {
      format: options.format ?? (isTerminal ? 'pretty' : 'ndjson'),
      colour: options.colour,
      // 0 is what a terminal says that does not know.
      width: (isTerminal && stdout.columns) || undefined,
      write: (bytes) => (isTerminal ? progress.aside(() => written(stdout, bytes)) : written(stdout, bytes)),
      failed: (error) => failure.abort(error),
    },
    acknowledged: (outcome) => tally.acknowledged(outcome),
    retried() {},
    request() {},
    reads: options.paths,
    log,
  });
  const path = newPath(config, {
    meta: (one) => metadata.meta(one),
    sink,
    giveUp: stop,
    // Nobody comes back to a replay: its positions are kept nowhere.
    commit() {},
    lost: (reason, bytes) => tally.lost(reason, bytes),
  });

  stop.addEventListener('abort', () => path.batcher.stop());
  if (stderr.isTTY === true) progress.start();
  try {
    const found = await readOnce({
      paths: options.paths,
      stdin: options.stdin,
      admit: (one) => metadata.admit(one),
      take: (source, lines) => {
        tally.read(lines.end);
        return path.take(source, lines);
      },
      end: path.end,
      gap: path.gap,
      lost: (reason, bytes) => tally.lost(reason, bytes),
      progress: (done, total) => progress.at(done, total),
      // A stack trace that could go on is held back; if nothing comes, somebody at a terminal waits for it.
      paused: () => void path.expire(),
      log,
      signal: stop,
    });
    if (found.files === 0) throw new OperatorError(nothingIn(options.paths));
    tally.excluded(found.excluded);
    await path.batcher.drain();
  } catch (error) {
    if (!stop.aborted) throw error;
    log.error(`replay: stopped before the end: ${(stop.reason as Error).message}`);
  } finally {
    progress.stop();
    await sink.close();
  }
  stderr.write(`${tally.summary(path.records.counts, performance.now() - started)}\n`);
  return stop.aborted || tally.incomplete ? 2 : 0;
}

function nothingIn(paths: readonly string[]): string {
  return (
    `no logs in ${paths.join(', ')}: a directory is searched for <namespace>_<pod>_<uid>/<container>/<n>.log, as kubelets ` +
    'lay out /var/log/pods; a log file of any name has to be given itself.'
  );
}
