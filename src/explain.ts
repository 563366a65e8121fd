/**
 * `podferry explain`: what became of a record, and why, step by step. It reads the log as `replay` does, through the very stage that an
 * agent has, which tells what it does with each record; nothing is sent.
 */
import { Buffer } from 'node:buffer';
import type { CapturedOptions } from './captured.ts';
import type { Config } from './config/config.ts';
import { LineFormats } from './explain/formats.ts';
import { layOut } from './explain/layout.ts';
import { WantedRecords } from './explain/records.ts';
import type { Question } from './explain/rules.ts';
import { steps } from './explain/steps.ts';
import { readOnce } from './files/capture/once.ts';
import { PodsFileMetadata } from './kube/pods-file-metadata.ts';
import { podsFileOptions, podsIn } from './metadata.ts';
import { newPath } from './path.ts';
import type { Stream } from './record/format/line.ts';
import type { Seen } from './record/join/watch.ts';
import type { ContainerLog, Meta, Sink } from './types.ts';
import { OperatorError } from './util/errors.ts';
import { amount } from './util/human.ts';
import { written } from './util/written.ts';

export interface ExplainOptions extends Omit<CapturedOptions, 'stderr' | 'colour'> {
  /** Where in the only path, in bytes, uncompressed; or the id of the document. Without both every record counts: stdin. */
  readonly offset?: number | undefined;
  readonly id?: string | undefined;
}

/** What is asked for, as far as it was found. */
interface Found {
  readonly records: readonly Seen[];
  /** How many there are, also of those that are not kept. */
  readonly count: number;
  readonly formats: LineFormats;
  /** Bytes there are. */
  readonly size: number;
  /** A log whose files are never opened. */
  readonly excluded: ContainerLog | undefined;
}

/**
 * Prints the steps of each record that was asked for. Resolves with the exit status: 0, or 2 if it was stopped before the end.
 * @throws OperatorError if there is none, for a path that does not exist, and for a file of pods that holds no pods
 */
export async function explain(config: Config, options: ExplainOptions): Promise<0 | 2> {
  const { signal, log } = options;
  try {
    await explainAll(config, options);
    return 0;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    log.error(`explain: stopped before the end: ${(signal.reason as Error).message}`);
    return 2;
  }
}

async function explainAll(config: Config, options: ExplainOptions): Promise<void> {
  const { paths, signal } = options;
  const pods = await podsIn(options.podsFile, config.kubernetes.annotations, signal);
  const metadata = new PodsFileMetadata({ ...podsFileOptions(config, options.version), pods, log: options.log });
  const question = (log: ContainerLog): Question => {
    const pod = pods?.find(({ namespace, name }) => namespace === log.namespace && name === log.pod);
    const labels = pod && new Map(Object.entries(pod.labels));
    return { config, log, labels, annotations: pod?.annotations ?? {} };
  };
  const found = await look(config, options, metadata, (log) => metadata.meta(log));
  if (found.records.length === 0) {
    if (found.excluded === undefined) throw new OperatorError(nothing(options, found));
    await print(options, [
      layOut([
        {
          name: 'outcome',
          texts: [`${found.excluded.path} is never opened: a rule or an annotation of its pod drops it`],
        },
      ]),
    ]);
    return;
  }
  // What a dropped record would have been is seen where nothing is dropped. Of stdin nothing can be read twice.
  const isDropped = found.records.some(({ document }) => document === undefined);
  const again =
    isDropped && !paths.includes('-') ? await look(config, options, metadata, keepingAll(metadata)) : undefined;
  const texts = found.records.map((seen) => {
    const kept = seen.document ?? again?.records.find((other) => other.id === seen.id)?.document;
    return layOut(steps(seen, question(seen.source.log), found.formats.at(seen.start)?.format, kept));
  });
  if (found.count > texts.length) texts.push(`… and ${amount(found.count - texts.length, 'more record')}\n`);
  await print(options, texts);
}

async function print({ stdout }: ExplainOptions, texts: readonly string[]): Promise<void> {
  await written(stdout, Buffer.from(texts.join('\n')));
}

/** Reads everything once, and keeps what is asked for. */
async function look(
  config: Config,
  { paths, stdin, signal, offset, id, log }: ExplainOptions,
  metadata: PodsFileMetadata,
  meta: (log: ContainerLog) => Meta,
): Promise<Found> {
  const watch = new WantedRecords(({ logStart, logEnd, id: each }) =>
    id !== undefined ? each === id : offset === undefined || (logStart <= offset && offset < logEnd),
  );
  const formats = new LineFormats(id === undefined ? offset : offsetIn(id));
  let size = 0;
  let excluded: ContainerLog | undefined;
  const path = newPath(config, {
    meta,
    sink: NOWHERE,
    giveUp: signal,
    commit() {},
    lost() {},
    tells: false,
    watcher: watch,
  });
  signal.addEventListener('abort', () => path.batcher.stop());
  const { files } = await readOnce({
    command: 'explain',
    paths,
    stdin,
    admit: (one) => {
      const admitted = metadata.admit(one);
      if (admitted === 'never') excluded = one;
      return admitted;
    },
    take: (source, lines) => {
      size = lines.at + lines.end;
      if (id === undefined || source.fingerprint === id.slice(8, 20)) formats.look(lines);
      return path.take(source, lines);
    },
    end: path.end,
    gap: path.gap,
    lost() {},
    log,
    signal,
  });
  await path.batcher.drain();
  if (offset !== undefined && files !== 1)
    throw new OperatorError(`explain: ${paths[0]} is a directory; FILE:OFFSET takes one log file.`);
  const records = offset === undefined ? watch.found : nearest(watch.found, formats.at(offset)?.stream);
  return { records, count: watch.count, formats, size, excluded };
}

/** Nothing is sent. */
const NOWHERE: Sink = { send: () => Promise.resolve(), close: () => Promise.resolve() };

/** The metadata of logs of which nothing is dropped. */
function keepingAll(metadata: PodsFileMetadata): (log: ContainerLog) => Meta {
  const known = new WeakMap<Meta, Meta>();
  return (log) => {
    const meta = metadata.meta(log);
    let all = known.get(meta);
    if (all === undefined) {
      const none = { include: undefined, exclude: undefined, rate: undefined, minLevel: undefined, sample: 1 };
      known.set(meta, (all = { ...meta, overrides: { ...meta.overrides, ...none } }));
    }
    return all;
  };
}

/** Of the records around a place the one that the line there is of: of its stream, and the last one that begins before it. */
function nearest(found: readonly Seen[], stream: Stream | undefined): readonly Seen[] {
  const same = found.filter((seen) => stream === undefined || seen.stream === stream);
  return same.toSorted((a, b) => b.start - a.start).slice(0, 1);
}

/** Where in its file the record of a document begins. */
function offsetIn(id: string): number {
  return Buffer.from(id.slice(20), 'base64url').readUIntBE(0, 6);
}

function nothing({ offset, id, paths }: ExplainOptions, { size }: Found): string {
  if (id !== undefined)
    return `explain: no record in ${paths.join(', ')} has the id ${id}: it may be of another file, or a gap, or of other settings.`;
  if (offset !== undefined && offset >= size)
    return `explain: ${paths[0]} has ${amount(size, 'byte')}, so there is no line at ${offset}.`;
  if (offset !== undefined) return `explain: the line at ${offset} of ${paths[0]} is empty, and is not shipped.`;
  return 'explain: there is no line on stdin.';
}
