/**
 * `podferry verify`: proves that what is on disk is at the sink. The files go the way of a replay, with a sink at its end that
 * asks for every document instead of sending it: the same bytes make the same ids.
 */
import type { Config } from '../config/config.ts';
import { readOnce } from '../files/capture/once.ts';
import { PodFile } from '../kube/podsfile.ts';
import { fileOptions, podsIn } from '../metadata.ts';
import { Progress } from '../observe/progress.ts';
import { newPath } from '../path.ts';
import { Rest } from '../record/join/rest.ts';
import { palette, visible } from '../sinks/stdout/ansi.ts';
import { SINKS } from '../sinks/index.ts';
import type { ContainerLog, Log, LossReason } from '../types.ts';
import { OperatorError } from '../util/errors.ts';
import { duration } from '../util/human.ts';
import { Comparison, type Holds } from './comparison.ts';
import { Findings } from './findings.ts';
import { readDocuments, readRejected, type Counted } from './held.ts';
import { OldestFiles } from './oldest.ts';
import { OpenEnds } from './openends.ts';

/** The part of a process's streams that is needed. */
interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface VerifyOptions {
  /** Log files (also .gz), directories like /var/log/pods, `-` for stdin. */
  readonly paths: readonly string[];
  /** Output of `kubectl get pods -o json`: which logs pods exclude, and what rules with labels drop. */
  readonly podsFile: string | undefined;
  /** A file of documents, `-` for stdin; undefined: Elasticsearch. */
  readonly against: string | undefined;
  /** Milliseconds: what is missing and younger may be on its way. */
  readonly olderThan: number;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Of stdout. */
  readonly colour: boolean;
  readonly version: string;
  /** Aborted: stop at once. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Wall clock, ms. */
  readonly now?: () => number;
}

/** What is to be asked. */
interface Asked {
  readonly holds: Holds;
  /** How many documents of a kind there are of each of these logs; undefined: nobody knows. */
  readonly count: (what: Counted, paths: readonly string[]) => Promise<(path: string) => number | undefined>;
  /** Documents that were there before. */
  readonly repeated: number;
  readonly close: () => Promise<void>;
}

/**
 * 0: all that is on disk is stored, or was rejected and is kept in state.dir, or is for another reason not to be found by its
 * id (findings.ts: Outcome). 2: something is missing or cannot be read, or it was stopped before the end.
 * @throws OperatorError for paths, files and servers that cannot be read
 */
export async function verify(config: Config, options: VerifyOptions): Promise<0 | 2> {
  const { paths, stdout, stderr, olderThan, now = Date.now } = options;
  const [started, began] = [performance.now(), now()];
  const failure = new AbortController();
  const stop = AbortSignal.any([options.signal, failure.signal]);
  const progress = new Progress({
    write: (text) => void stderr.write(text),
    width: () => stderr.columns || 80,
    now: () => performance.now(),
  });
  const log = progress.around(options.log);

  const pods = await podsIn(options.podsFile, []);
  const metadata = new PodFile({ ...fileOptions(config, options.version), pods, log });
  const rejected = await readRejected(config.state.dir);
  const asked = options.against === undefined ? await server(config, log, stop) : await file(options, options.against);
  const youngerThan = began - olderThan;
  const findings = new Findings();
  const openEnds = new OpenEnds(youngerThan);
  const oldestFiles = new OldestFiles(() => new Rest());
  const unread = new Map<ContainerLog, LossReason>();
  const path = newPath(withIds(config), {
    meta: (one) => metadata.meta(one),
    sink: new Comparison({
      holds: asked.holds,
      rejected: (document) => rejected.has(document),
      failed: (error) => failure.abort(error),
      youngerThan,
      openEnds,
      oldestFiles,
      findings,
    }),
    giveUp: stop,
    commit() {},
    // Records over a cap are shipped cut, and so compared.
    lost() {},
  });
  stop.addEventListener('abort', () => path.batcher.stop());
  if (stderr.isTTY === true) progress.start();
  let excluded = 0;
  try {
    const found = await readOnce({
      command: 'verify',
      paths,
      stdin: options.stdin,
      admit: (one) => metadata.admit(one),
      begins: ({ oldest, newest, rotated, grows }) => {
        oldestFiles.begins(oldest, rotated);
        if (grows) openEnds.grows(newest);
      },
      take: (source, lines) => {
        if (lines.last) openEnds.cut(source, lines.at, path.records.opens(source.log));
        return path.take(source, lines);
      },
      end: (one) => {
        openEnds.ends(one, path.records.opens(one));
        return path.end(one);
      },
      gap: path.gap,
      lost: (reason, _, one) => void unread.set(one, reason),
      progress: (done, total) => progress.at(done, total),
      log,
      signal: stop,
    });
    if (found.files === 0) throw new OperatorError(`no logs in ${paths.join(', ')}: there is nothing to verify.`);
    excluded = found.excluded;
    await path.batcher.drain();
    const logs = findings.logs.map((each) => each.path);
    findings.countExtra(await asked.count('lines', logs));
    findings.countGaps(await asked.count('gaps', logs), await asked.count('unseen', logs));
  } catch (error) {
    if (!options.signal.aborted) throw failure.signal.aborted ? failure.signal.reason : error;
    log.error(`verify: stopped before the end: ${(stop.reason as Error).message}`);
  } finally {
    progress.stop();
    await asked.close();
  }

  findings.doubtBegun((one, extra) => oldestFiles.believes(one, extra));
  const { dim, red } = palette(options.colour);
  const said = [
    ...findings.table({ dim, red, safe: visible }),
    findings.summary({
      olderThan: duration(olderThan),
      repeated: asked.repeated,
      dropped: [...path.records.counts.dropped.values()].reduce((sum, each) => sum + each, 0),
      excluded,
      unread: [...unread.values()],
      took: duration(performance.now() - started),
    }),
  ];
  stdout.write(said.map((line) => `${line}\n`).join(''));
  return stop.aborted || unread.size > 0 || findings.total('missing') > 0 ? 2 : 0;
}

/** The ids that can be computed, whatever the sink was told. */
function withIds(config: Config): Config {
  return { ...config, elasticsearch: { ...config.elasticsearch, id: 'deterministic' } };
}

/** Asks the sink. config.ts has seen to it that this one can be asked. */
async function server(config: Config, log: Log, stop: AbortSignal): Promise<Asked> {
  const lookup = await SINKS[config.sink].lookUp!(config, log);
  let fresh: Promise<void> | undefined;
  return {
    holds: async (documents, signal) => {
      await (fresh ??= lookup.refresh(stop));
      const stored = await lookup.stored(
        documents.map(({ id }) => id!),
        signal,
      );
      return documents.map(({ id }) => stored.has(id!));
    },
    count: async (what, paths) => {
      const counts = await lookup.countByPath(what, paths, stop);
      return (path) => counts?.get(path);
    },
    repeated: 0,
    close: () => lookup.close(),
  };
}

async function file({ stdin, log }: VerifyOptions, name: string): Promise<Asked> {
  const held = await readDocuments(name, stdin);
  if (held.strangers > 0)
    log.warn(`--against: ${held.strangers} lines of ${name} are no documents and were passed over`);
  return {
    holds: (documents) => Promise.resolve(documents.map((document) => held.has(document))),
    count: (what) => Promise.resolve((path) => held.count(what, path)),
    repeated: held.repeated,
    close: () => Promise.resolve(),
  };
}
