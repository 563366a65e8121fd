/**
 * `podferry verify`: proves that what is on disk is at the sink. The files go the way of a replay. The sink at its end asks for
 * every document instead of sending it: the same bytes make the same ids.
 */
import { progressOn, type CapturedOptions } from '../captured.ts';
import { outputsOf, type Config } from '../config/config.ts';
import { readOnce } from '../files/capture/once.ts';
import { PodsFileMetadata } from '../kube/pods-file-metadata.ts';
import { podsFileOptions, podsIn } from '../metadata.ts';
import { holderOf, holdersOf } from '../holders.ts';
import { LogOutputs } from '../log-outputs.ts';
import { newPath, type Path } from '../path.ts';
import { Paths } from '../paths.ts';
import { RecordRemainder } from '../record/join/remainder.ts';
import { palette, visible } from '../sinks/stdout/ansi.ts';
import { storesIn } from '../sinks/deadletter/stores.ts';
import type { ContainerLog, LossReason } from '../types.ts';
import { OperatorError } from '../util/errors.ts';
import { duration } from '../util/human.ts';
import { DEFAULT_OUTPUT } from '../util/output-name.ts';
import { Comparison } from './comparison.ts';
import { Findings } from './findings.ts';
import { readRejected, type Held } from './held.ts';
import { together, type Holder } from './holder.ts';
import { OldestFiles } from './oldest.ts';
import { OpenEnds } from './openends.ts';

export interface VerifyOptions extends CapturedOptions {
  /** A file of documents, `-` for stdin; undefined: Elasticsearch. */
  readonly against: string | undefined;
  /** Milliseconds: what is missing and younger may be on its way. */
  readonly olderThan: number;
  /** Wall clock, ms. */
  readonly now?: () => number;
}

/**
 * The exit status. 0: everything on disk is stored, or rejected and kept in state.dir, or not missing for another reason
 * (findings.ts: Outcome). 2: something is missing or cannot be read, or the command was stopped before the end.
 * @throws OperatorError for paths, files and servers that cannot be read
 */
export async function verify(config: Config, options: VerifyOptions): Promise<0 | 2> {
  const { signal, log } = options;
  try {
    return await verifyAll(config, options);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    log.error(`verify: stopped before the end: ${(signal.reason as Error).message}`);
    return 2;
  }
}

async function verifyAll(config: Config, options: VerifyOptions): Promise<0 | 2> {
  const { stdout, stderr, olderThan, now = Date.now } = options;
  const [started, began] = [performance.now(), now()];
  const failure = new AbortController();
  const stop = AbortSignal.any([options.signal, failure.signal]);
  const progress = progressOn(stderr);
  const log = progress.around(options.log);

  const pods = await podsIn(options.podsFile, [], options.signal);
  const decided = new LogOutputs();
  const metadata = new PodsFileMetadata({ ...podsFileOptions(config, options.version, decided), pods, log });
  const rejected: Held[] = [];
  for (const { dir } of storesIn(config.state.dir)) rejected.push(await readRejected(dir, options.signal));
  const holders = await holdersOf(config, options, log, stop);
  const youngerThan = began - olderThan;
  const findings = new Findings();
  const openEnds = new OpenEnds(youngerThan);
  const oldestFiles = new OldestFiles((one) => new RecordRemainder(metadata.meta(one).overrides.firstLine));
  const unread = new Map<ContainerLog, LossReason>();
  const newPathTo = (own: Config, holder: Holder): Path =>
    newPath(withIds(own), {
      meta: (one) => metadata.meta(one),
      sink: new Comparison({
        holds: holder.holds,
        rejected: (document) => rejected.some((held) => held.has(document)),
        failed: (error) => failure.abort(error),
        youngerThan,
        openEnds,
        oldestFiles,
        findings,
      }),
      giveUp: stop,
      // What is asked for is made of lines only.
      tells: false,
      commit() {},
      // A record over a cap is shipped cut, and compared as such.
      lost() {},
    });
  const paths = new Paths(
    new Map(outputsOf(config).map(({ name, config: own }) => [name, newPathTo(own, holderOf(holders, name))])),
    decided,
    (one) => metadata.meta(one),
  );
  /** Which log a path stands for, as documents know it. */
  const logs = new Map<string, ContainerLog>();
  const holder = together(holders, (path) => {
    const one = logs.get(path);
    return holders.size === 1 || one === undefined ? DEFAULT_OUTPUT : paths.outputOf(one);
  });
  stop.addEventListener('abort', () => paths.stop());
  if (stderr.isTTY === true) progress.start();
  let [excluded, unreadable] = [0, 0];
  try {
    const found = await readOnce({
      command: 'verify',
      paths: options.paths,
      stdin: options.stdin,
      admit: (one) => metadata.admit(one),
      begins: ({ oldest, newest, rotated, grows }) => {
        oldestFiles.begins(oldest, rotated);
        if (grows) openEnds.grows(newest);
      },
      take: (source, lines) => {
        logs.set(source.log.path, source.log);
        if (lines.last) openEnds.cut(source, lines.at, paths.opens(source.log));
        return paths.take(source, lines);
      },
      end: (one) => {
        openEnds.ends(one, paths.opens(one));
        return paths.end(one);
      },
      gap: paths.gap,
      lost: (reason, _, one) => void unread.set(one, reason),
      progress: (done, total) => progress.at(done, total),
      log,
      signal: stop,
    });
    if (found.files + found.unreadable === 0)
      throw new OperatorError(`no logs in ${options.paths.join(', ')}: there is nothing to verify.`);
    ({ excluded, unreadable } = found);
    await paths.drain();
    const asked = findings.logs.map((each) => each.path);
    findings.countExtra(await holder.count('lines', asked));
    const gaps = await holder.count('gaps', asked);
    findings.countGaps(gaps, await holder.count('unseen', asked));
    findings.confirmGaps(await holder.confirmed(asked.filter((each) => (gaps(each) ?? 0) > 0)));
  } catch (error) {
    if (!options.signal.aborted) throw failure.signal.aborted ? failure.signal.reason : error;
    log.error(`verify: stopped before the end: ${(stop.reason as Error).message}`);
  } finally {
    progress.stop();
    await holder.close();
  }

  findings.doubtBegun((one, extra) => oldestFiles.believes(one, extra));
  const { dim, red } = palette(options.colour);
  const said = [
    ...findings.table({ dim, red, safe: visible }),
    findings.summary({
      olderThan: duration(olderThan),
      repeated: holder.repeated,
      dropped: [...paths.counts.dropped.values()].reduce((sum, each) => sum + each, 0),
      excluded,
      unread: [...unread.values()],
      unreadable,
      took: duration(performance.now() - started),
    }),
  ];
  stdout.write(said.map((line) => `${line}\n`).join(''));
  return stop.aborted || unread.size + unreadable > 0 || findings.total('missing') > 0 ? 2 : 0;
}

/** Ids are computed whatever the setting says. */
function withIds(config: Config): Config {
  return { ...config, elasticsearch: { ...config.elasticsearch, id: 'deterministic' } };
}
