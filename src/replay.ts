/**
 * `podferry replay`: the way of a line as in agent.ts, over named files, once. Three things differ: files instead of a node's
 * directories, a file of pods instead of the API, and no saved positions.
 */
import { progressOn, type CapturedOptions } from './captured.ts';
import type { Config } from './config/config.ts';
import { readOnce } from './files/capture/once.ts';
import { PodsFileMetadata } from './kube/pods-file-metadata.ts';
import { podsFileOptions, podsIn } from './metadata.ts';
import { Summary } from './observe/summary.ts';
import { LogOutputs } from './log-outputs.ts';
import { openOutputs } from './outputs.ts';
import type { StdoutFormat } from './sinks/stdout/stdout.ts';
import { OperatorError } from './util/errors.ts';
import { written } from './util/written.ts';

export interface ReplayOptions extends CapturedOptions {
  /** Of stdout: unless given, pretty on a terminal and else a document per line. */
  readonly format: StdoutFormat | undefined;
}

/**
 * The exit status. 0: everything is stored. 2: something was rejected or lost, or the command was stopped before the end.
 * @throws OperatorError for a path that does not exist or holds no logs, and for a file of pods that holds no pods
 */
export async function replay(config: Config, options: ReplayOptions): Promise<0 | 2> {
  const { signal, log } = options;
  try {
    return await replayAll(config, options);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    log.error(stopped(signal));
    return 2;
  }
}

const stopped = ({ reason }: AbortSignal): string => `replay: stopped before the end: ${(reason as Error).message}`;

async function replayAll(config: Config, options: ReplayOptions): Promise<0 | 2> {
  const { stdout, stderr } = options;
  const isTerminal = stdout.isTTY === true;
  const started = performance.now();
  const failure = new AbortController();
  const stop = AbortSignal.any([options.signal, failure.signal]);

  const summary = new Summary();
  const progress = progressOn(stderr);
  const log = progress.around(options.log);
  const pods = await podsIn(options.podsFile, config.kubernetes.annotations, options.signal);
  const decided = new LogOutputs();
  const metadata = new PodsFileMetadata({ ...podsFileOptions(config, options.version, decided), pods, log });
  const outputs = await openOutputs(config, {
    stdout: {
      format: options.format ?? (isTerminal ? 'pretty' : 'ndjson'),
      colour: options.colour,
      // A terminal that does not know its width says 0.
      width: (isTerminal && stdout.columns) || undefined,
      write: (bytes) => (isTerminal ? progress.aside(() => written(stdout, bytes)) : written(stdout, bytes)),
      failed: (error) => failure.abort(error),
    },
    reads: options.paths,
    decided,
    meta: (one) => metadata.meta(one),
    giveUp: stop,
    // A replay is never resumed, so its positions are not saved.
    commit() {},
    lost: (reason, bytes) => summary.lost(reason, bytes),
    events: { acknowledged: (_, outcome) => summary.acknowledged(outcome), retried() {}, bulkRequest() {}, batch() {} },
    log,
  });
  const { paths } = outputs;

  stop.addEventListener('abort', () => paths.stop());
  if (stderr.isTTY === true) progress.start();
  try {
    const found = await readOnce({
      paths: options.paths,
      stdin: options.stdin,
      admit: (one) => metadata.admit(one),
      take: (source, lines) => {
        summary.read(lines.end);
        return paths.take(source, lines);
      },
      end: paths.end,
      gap: paths.gap,
      lost: (reason, bytes) => summary.lost(reason, bytes),
      progress: (done, total) => progress.at(done, total),
      // A stack trace that may go on is held back. When stdin pauses, a person at a terminal waits for it.
      paused: () => void paths.expire(),
      log,
      signal: stop,
    });
    if (found.files + found.unreadable === 0) throw new OperatorError(nothingIn(options.paths));
    summary.excluded(found.excluded);
    summary.unreadable(found.unreadable);
    await paths.drain();
  } catch (error) {
    if (!stop.aborted) throw error;
    log.error(stopped(stop));
  } finally {
    progress.stop();
    await outputs.close();
  }
  stderr.write(`${summary.line(paths.counts, performance.now() - started)}\n`);
  return stop.aborted || summary.incomplete ? 2 : 0;
}

function nothingIn(paths: readonly string[]): string {
  return (
    `no logs in ${paths.join(', ')}: a directory is searched for <namespace>_<pod>_<uid>/<container>/<n>.log, as kubelets ` +
    'lay out /var/log/pods; a log file of any name has to be given itself.'
  );
}
