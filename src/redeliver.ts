/**
 * `podferry replay --dead-letter`: sends documents that the sink once refused again, for a person who has mended the reason. What is
 * acknowledged is removed; what is refused again, or is not asked for, stays. An agent may run on the same directory meanwhile.
 */
import { progressOn, type CapturedOptions } from './captured.ts';
import { resolve } from 'node:path';
import { outputsOf, type Config } from './config/config.ts';
import { NO_FRAME } from './ship/batch.ts';
import { lockDirectory } from './ship/lock.ts';
import { newSink } from './sink.ts';
import * as store from './sinks/deadletter/store-files.ts';
import { storesIn, type Store } from './sinks/deadletter/stores.ts';
import { RotatedFile } from './sinks/disk/rotated-file.ts';
import { OperatorError } from './util/errors.ts';
import { DEFAULT_OUTPUT } from './util/output-name.ts';
import { Outcome } from './observe/redelivery.ts';
import { batchesOf } from './sinks/deadletter/outgoing.ts';
import { preview } from './sinks/deadletter/preview.ts';
import { sorted, type Wanted } from './sinks/deadletter/wanted.ts';
import { covers } from './sinks/elasticsearch/stream-names.ts';
import { isPart } from './util/stream-name.ts';
import type { DataStream } from './types.ts';
import { visible } from './sinks/stdout/ansi.ts';

export interface RedeliverOptions extends Pick<CapturedOptions, 'stdout' | 'stderr' | 'signal' | 'log'> {
  /** A dead-letter store; unless given, that of `state.dir` and those of all outputs below it. */
  readonly dir: string | undefined;
  readonly wanted: Wanted;
  /** Only say what would be sent. */
  readonly dryRun: boolean;
}

/** Bytes of the store that are read at a time; their documents are sent together. */
const PIECE_BYTES = 4 * 1024 * 1024;
const LF = Buffer.from('\n');

/** A store, and the settings of the output that its documents are for; undefined: there is no such output. */
interface Task extends Store {
  readonly config: Config | undefined;
}

/**
 * The exit status. 0: all that was asked for is stored. 2: something was refused again or only its beginning was kept, there is no
 * output for it any more, or the command was stopped before the end.
 * @throws OperatorError for a directory that cannot be used, or that another replay is using
 */
export async function redeliver(config: Config, options: RedeliverOptions): Promise<0 | 2> {
  let status: 0 | 2 = 0;
  const tasks = tasksOf(config, options.dir);
  const found = [];
  for (const task of tasks) if (await hasDocuments(task.dir)) found.push(task);
  if (found.length === 0) options.stderr.write(`podferry: no rejected documents in ${tasks[0]!.dir}\n`);
  for (const task of found) {
    if (options.signal.aborted) return 2;
    if (found.length > 1 || task.output !== DEFAULT_OUTPUT) {
      const to = options.dryRun ? options.stdout : options.stderr;
      to.write(`output ${task.output}, ${task.dir}:\n`);
    }
    if ((await redeliverOne(task, options)) === 2) status = 2;
  }
  return status;
}

/** Without a directory, all stores of `state.dir`; the documents of each go to the output that it is of. */
function tasksOf(config: Config, dir: string | undefined): Task[] {
  const outputs = outputsOf(config);
  const stores = storesIn(config.state.dir);
  if (dir === undefined)
    return stores.map((store) => ({ ...store, config: outputs.find(({ name }) => name === store.output)?.config }));
  const own = outputs.find(({ config: { state } }) => state.dir === resolve(dir));
  return [{ output: own?.name ?? DEFAULT_OUTPUT, dir, config: own?.config ?? config }];
}

async function hasDocuments(dir: string): Promise<boolean> {
  return (await readable(dir, store.filesOf(dir))).some(({ size }) => size > 0);
}

async function redeliverOne({ config, dir, output }: Task, options: RedeliverOptions): Promise<0 | 2> {
  if (options.dryRun) return await readable(dir, showAll(dir, options));
  if (config === undefined) {
    options.stderr.write(
      `podferry: outputs has no ${output}: its documents stay. replay --dead-letter ${dir} sends them to the sink at the top.\n`,
    );
    return 2;
  }
  if (config.sink !== 'elasticsearch')
    throw new OperatorError(
      `sink is ${config.sink}: rejected documents are sent again to Elasticsearch alone; --dry-run shows them.`,
    );
  return await readable(dir, sendOne(config, dir, options));
}

async function showAll(dir: string, { wanted, stdout }: RedeliverOptions): Promise<0> {
  const paths = (await store.filesOf(dir)).map(({ path }) => path);
  const table = await preview(paths, wanted, PIECE_BYTES, visible);
  stdout.write(`${table.join('\n')}\n`);
  return 0;
}

async function sendOne(config: Config, dir: string, options: RedeliverOptions): Promise<0 | 2> {
  const started = performance.now();
  const replaying = await store.makeReplaying(dir);
  const lock = await lockDirectory(
    replaying,
    { setting: 'directory', second: 'documents are sent twice' },
    options.log,
  );
  try {
    const outcome = await sendAll(config, options, dir, replaying);
    options.stderr.write(`${outcome.line(performance.now() - started)}\n`);
    return options.signal.aborted || outcome.isIncomplete ? 2 : 0;
  } finally {
    await lock.release();
    await store.removeReplaying(dir);
  }
}

/** @throws OperatorError where the system refuses */
async function readable<T>(dir: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new OperatorError(`the rejected documents in ${dir} cannot be read or removed (${message}): none is lost.`);
  }
}

async function sendAll(config: Config, options: RedeliverOptions, dir: string, replaying: string): Promise<Outcome> {
  const { signal, stderr, wanted } = options;
  const outcome = new Outcome();
  const progress = progressOn(stderr);
  const log = progress.around(options.log);
  // What is refused again is kept in a store of its own, which only we write to.
  const ours = { ...config, state: { ...config.state, dir: replaying } };
  const sink = await newSink(ours, {
    stdout: { format: 'ndjson', colour: false, width: undefined, write: () => Promise.resolve(), failed() {} },
    acknowledged: (documents) => outcome.acknowledged(documents),
    retried() {},
    request() {},
    reads: [dir],
    log,
  });
  const frame = (idBytes: number, stream?: DataStream) => sink.frame?.(idBytes, stream) ?? NO_FRAME;
  const streams = {
    base: config.data_stream,
    has: (stream: DataStream) =>
      isPart(stream.dataset) && isPart(stream.namespace) && covers(config.data_streams, stream),
  };
  const maxBytes = Math.max(PIECE_BYTES, config.limits.deadletter_bytes / 2);
  const passedOver = new RotatedFile({ dir: replaying, name: store.PASSED, maxBytes, maxFiles: 2, followsDir: false });
  if (stderr.isTTY === true) progress.start();
  try {
    const paths = await store.takeFiles(dir);
    const total = (await store.filesOf(dir)).reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    for (const path of paths) {
      await store.emptied(path, PIECE_BYTES, async (lines, bytes) => {
        const { sent, kept, damaged } = sorted(lines, wanted, Date.now());
        outcome.kept(kept.length - damaged, damaged);
        for (const batch of batchesOf(sent, frame, streams)) await sink.send(batch, signal);
        if (kept.length > 0) await passedOver.append(Buffer.concat(kept.flatMap((line) => [line, LF])));
        progress.at((done += bytes), total);
      });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    log.error(`replay: stopped before the end: ${(signal.reason as Error).message}; what was not sent stays in ${dir}`);
  } finally {
    progress.stop();
    await passedOver.close();
    await sink.close();
  }
  return outcome;
}
