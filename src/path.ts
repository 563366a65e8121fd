/**
 * The middle of the way of a line, the same for every command: records go into batches, batches to the sink, and positions come
 * back in the order of reading. The command feeds it and decides what becomes of the positions.
 */
import type { Config } from './config/config.ts';
import { ID_BYTES, Records, slabBytes } from './record/records.ts';
import type { Watcher } from './record/join/watch.ts';
import { NO_FRAME } from './ship/batch.ts';
import { Batcher } from './ship/batcher.ts';
import { Ledger } from './ship/ledger.ts';
import { PART_BYTES } from './util/stream-name.ts';
import type {
  Batch,
  ContainerLog,
  DataStream,
  End,
  Frame,
  Gap,
  LossReason,
  Position,
  Meta,
  Sink,
  Source,
  Take,
} from './types.ts';

export interface PathOptions {
  readonly meta: (log: ContainerLog) => Meta;
  readonly sink: Sink;
  /** Aborted: the sink gives up what is on its way. */
  readonly giveUp: AbortSignal;
  /** Told of every position when everything before it is acknowledged, in the order of reading. */
  readonly commit: (source: Source, position: Position) => void;
  readonly lost: (reason: LossReason, bytes: number, log: ContainerLog) => void;
  /** False: no documents tell what the rate of a rule dropped. */
  readonly tells?: boolean;
  /** Told of every record. */
  readonly watcher?: Watcher;
  /** Told of a batch that leaves. */
  readonly sealed?: (batch: Batch) => void;
}

export interface Path {
  readonly take: Take;
  readonly end: End;
  readonly gap: (gap: Gap) => Promise<void>;
  /** Ships held stack traces that no later line can join. `emptyAt`: when a log was last seen to be read to its end. */
  readonly expire: (emptyAt?: (log: ContainerLog) => number) => Promise<void>;
  readonly records: Records;
  readonly batcher: Batcher;
}

const LONGEST_STREAM: DataStream = { dataset: 'x'.repeat(PART_BYTES), namespace: 'x'.repeat(PART_BYTES) };
/** Documents are hardly ever smaller, so that a batch runs out of bytes before it runs out of places. */
const SMALLEST_DOCUMENT = 256;

export function newPath(config: Config, options: PathOptions): Path {
  const { meta, sink, giveUp, commit, lost, tells = true, watcher, sealed } = options;
  const { batch, elasticsearch, limits, records: lines } = config;
  const ledger = new Ledger(commit);
  const idBytes = elasticsearch.id === 'deterministic' ? ID_BYTES : 0;
  const frame = sink.frame?.(idBytes) ?? NO_FRAME;
  const frames = new WeakMap<DataStream, Frame>();
  const frameOf = (stream: DataStream): Frame => {
    const known = frames.get(stream) ?? sink.frame?.(idBytes, stream) ?? NO_FRAME;
    frames.set(stream, known);
    return known;
  };
  const batcher = new Batcher({
    slabBytes: slabBytes(batch.max_bytes, lines.max_bytes) + frameOf(LONGEST_STREAM).bytes.length,
    maxDocuments: Math.ceil(batch.max_bytes / SMALLEST_DOCUMENT),
    frame,
    inFlight: batch.in_flight,
    maxAgeMs: batch.max_age,
    sealed: (full) => {
      sealed?.(full);
      ledger.sealed(full);
    },
    send: (full) => sink.send(full, giveUp),
    acknowledged: (full) => ledger.acknowledged(full),
  });
  const records = new Records({
    meta,
    frameOf,
    batchBytes: batch.max_bytes,
    maxBytes: lines.max_bytes,
    openBytes: limits.open_bytes,
    tells,
    watcher,
    lost: (source, reason, bytes) => lost(reason, bytes, source.log),
  });
  let expiring = false;
  return {
    take(source, run) {
      let from = 0;
      return batcher.fill((open) => (from = records.lines(open, source, run, from)) === run.end);
    },
    end: (log) => batcher.fill((open) => records.end(open, log)),
    gap: (gap) => batcher.fill((open) => records.gap(open, gap)),
    async expire(emptyAt) {
      // One call at a time: while the sink is stuck a call waits for room.
      if (expiring) return;
      expiring = true;
      try {
        await batcher.fill((open) => records.expire(open, Date.now(), emptyAt));
      } catch (error) {
        // Stopped while it waited for room. The held lines are read again at the next start.
        if (!giveUp.aborted) throw error;
      } finally {
        expiring = false;
      }
    },
    records,
    batcher,
  };
}
