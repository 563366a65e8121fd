/**
 * `podferry run`, the whole path on one screen: the parts, how they are joined, the order in which they start and stop.
 *
 * The sender starts before the readers and stops after them; positions are written last.
 */
import { once } from 'node:events';
import type { Config } from './config/config.ts';
import { Tailer } from './files/tailer.ts';
import { PodMetadata } from './kube/pod-metadata.ts';
import { PodsFileMetadata } from './kube/pods-file-metadata.ts';
import { labelValues } from './label-values.ts';
import { podMetadataOptions, podsFileOptions } from './metadata.ts';
import { serveHttp, type Health } from './observe/http.ts';
import { Losses } from './observe/losses.ts';
import { keepAge } from './sinks/deadletter/age.ts';
import { keptIn } from './sinks/deadletter/kept.ts';
import { memorySum } from './observe/memory.ts';
import { createMetrics } from './observe/metrics.ts';
import type { MetricSuppliers } from './observe/suppliers.ts';
import { ownContainer } from './ownpod.ts';
import { newPath } from './path.ts';
import { Readiness } from './readiness.ts';
import { slabBytes } from './record/records.ts';
import { loadCheckpoints } from './ship/checkpoint-file.ts';
import { Checkpoints } from './ship/checkpoints.ts';
import { lockState } from './ship/lock.ts';
import { newSink, placeOf, type CommandParts } from './sink.ts';
import type { ContainerLog, Log, LossReason } from './types.ts';
import { amount } from './util/human.ts';

export interface AgentOptions {
  readonly version: string;
  /** The host name: in a pod its name, by which, and by its namespace, the agent knows its own log. */
  readonly hostname: string;
  readonly stdout: CommandParts['stdout'];
  readonly usage: MetricSuppliers['usage'];
  /** Aborted: deliver what was read, write the positions, return. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

const READERS = 2;
const READ_BYTES = 256 * 1024;
const QUIET_MS = 1000;
const CHECKPOINT_MS = 1000;
const EXPIRE_MS = 500;

/**
 * Runs until the signal, and then at most `stop.grace` longer.
 * @throws OperatorError for a state directory or an address that cannot be used, or that another agent uses
 */
export async function runAgent(config: Config, options: AgentOptions): Promise<void> {
  const { version, hostname, stdout, usage, signal, log } = options;
  const { logs, limits, state, http } = config;
  const giveUp = new AbortController();

  const lock = await lockState(state.dir, log);
  const { saved, firstStart, damaged } = loadCheckpoints(state.dir, log);
  const checkpoints = new Checkpoints({ dir: state.dir, saved, everyMs: CHECKPOINT_MS, log });
  const podMetadata = config.uses_kubernetes
    ? new PodMetadata({ ...podMetadataOptions(config, version), log })
    : undefined;
  const pods = podMetadata ?? new PodsFileMetadata({ ...podsFileOptions(config, version), pods: undefined, log });
  const metrics = createMetrics({
    version,
    values: labelValues(config),
    suppliers: {
      readBytes: () => tailer.counts.readBytes,
      records: () => path.records.counts,
      sources: () => {
        const { sources: states, backlogBytes, backlogAgeMs, openTailBytes } = tailer.counts;
        const openBytes = openTailBytes + path.records.heldBytes;
        return { states, backlogBytes, backlogAgeSeconds: backlogAgeMs / 1000, openBytes };
      },
      bulkConcurrency: () => sink.concurrency ?? 0,
      deadLetters: () => keptIn(state.dir),
      pods: () => podMetadata?.counts ?? { pods: 0, watchRestarts: new Map(), refusedClaims: 0 },
      refusedStreams: () => pods.refusedStreams,
      usage,
    },
  });
  const sink = await newSink(config, {
    stdout,
    acknowledged(acknowledged) {
      metrics.acknowledged(acknowledged);
      readiness.acknowledged(acknowledged);
    },
    retried: (reason) => metrics.retried(reason),
    request: (outcome, ms) => metrics.bulkRequest(outcome, ms),
    reads: [],
    log,
  });
  const place = placeOf(config);
  const isWaiting = (): boolean => tailer.counts.backlogBytes > 0;
  const readiness = new Readiness({ sink, place, isWaiting, log });
  const losses = new Losses();
  const lost = (reason: LossReason, bytes: number, one: ContainerLog): void => {
    metrics.lost(reason, bytes);
    losses.add(reason, bytes, one);
  };
  const path = newPath(config, {
    meta: (one) => pods.meta(one),
    sink,
    giveUp: giveUp.signal,
    commit: (source, position) => checkpoints.commit(source, position),
    lost,
    sealed: (batch) => metrics.batch(batch.length),
  });
  const tailer = new Tailer({
    podsDir: logs.pods_dir,
    containersDir: logs.containers_dir,
    allowedRoots: logs.allowed_roots,
    backlog: logs.backlog,
    sweepMs: logs.sweep,
    outputs: ['default'],
    outputOf: () => 'default',
    readers: READERS,
    bufferBytes: READ_BYTES,
    quietMs: QUIET_MS,
    pinnedBytes: limits.pinned_bytes,
    pinnedAgeMs: limits.pinned_age,
    ownContainer: ownContainer(hostname, config.kubernetes.token_file),
    admit: (one) => pods.admit(one),
    take: path.take,
    end: path.end,
    gap: path.gap,
    isOpen: (one) => path.records.opens(one).length > 0,
    hasEnded: (one) => podMetadata?.hasEnded(one),
    reach: (source) => path.records.reach(source),
    lost,
    unseen: (one) => {
      metrics.unseenGap();
      losses.unseen(one);
    },
    opened: (source) => checkpoints.opened(source),
    noteEnd: (source) => {
      checkpoints.opened(source);
      return checkpoints.flush();
    },
    forget: (fingerprint) => checkpoints.forget(fingerprint),
    saved,
    firstStart,
    damaged,
    log,
  });

  let swept = false;
  const server = await serveHttp(http, {
    metrics,
    live: () => ({ ok: true, reasons: [] }), // It answers: that is all a restart could help with.
    ready: () => health(swept, tailer.blind && `${logs.pods_dir}: ${tailer.blind}`, readiness.obstacle ?? ''),
    status: () => ({
      version,
      node: config.node_name,
      kubernetes: podMetadata?.status(),
      batches_in_flight: path.batcher.inFlight,
      sources: tailer.status(),
      losses: losses.list(),
      dead_letters: keptIn(state.dir),
    }),
  });
  log.info(
    `podferry ${version} runs on ${config.node_name}; ` +
      memorySum({
        readers: READERS,
        readBytes: READ_BYTES,
        batches: config.batch.in_flight + 1,
        slabBytes: slabBytes(config.batch.max_bytes, config.records.max_bytes),
        openBytes: limits.open_bytes,
      }),
  );
  await podMetadata?.start();
  await tailer.start();
  swept = true;
  log.info(`${amount(tailer.counts.logs, 'container log')} found in ${logs.pods_dir}; documents go to ${place}`);
  const watching = Promise.all([
    readiness.watch(AbortSignal.any([signal, giveUp.signal])),
    keepAge({ dir: state.dir, ageMs: limits.deadletter_age, log }, signal),
  ]);
  const clock = setInterval(() => void path.expire((one) => tailer.emptyAt(one)), EXPIRE_MS);

  if (!signal.aborted) await once(signal, 'abort');
  const grace = setTimeout(() => {
    giveUp.abort();
    path.batcher.stop();
  }, config.stop.grace);
  clearInterval(clock);
  await tailer.stop();
  await path.batcher.drain().catch(() => {});
  clearTimeout(grace);
  await checkpoints.stop();
  await watching;
  await Promise.all([sink.close(), podMetadata?.stop(), server.close()]);
  await lock.release();
}

/** `blind`, `obstacle`: why nothing can be seen, or sent; '' if it can. */
function health(swept: boolean, blind: string, obstacle: string): Health {
  const unlooked = swept ? '' : 'the first look at the log directories is not done yet';
  const reasons = [unlooked, blind, obstacle].filter((reason) => reason !== '');
  return { ok: reasons.length === 0, reasons };
}
