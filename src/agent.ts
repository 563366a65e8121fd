/**
 * `podferry run`, the whole path on one screen: the parts, how they are joined, the order in which they start and stop.
 *
 * The sender starts before the readers and stops after them; positions are written last.
 */
import { once } from 'node:events';
import { namesOf, outputsOf, type Config } from './config/config.ts';
import { Tailer } from './files/tailer.ts';
import { PodMetadata } from './kube/pod-metadata.ts';
import { PodsFileMetadata } from './kube/pods-file-metadata.ts';
import { labelValues } from './label-values.ts';
import { podMetadataOptions, podsFileOptions } from './metadata.ts';
import { serveHttp, type Health } from './observe/http.ts';
import { Losses } from './observe/losses.ts';
import { keepAge } from './sinks/deadletter/age.ts';
import { keptByOutput, storesIn, sumOf } from './sinks/deadletter/stores.ts';
import { memorySum } from './observe/memory.ts';
import { createMetrics } from './observe/metrics.ts';
import type { MetricSuppliers } from './observe/suppliers.ts';
import { ownContainer } from './ownpod.ts';
import { LogOutputs } from './log-outputs.ts';
import { openOutputs } from './outputs.ts';
import { slabBytes } from './record/records.ts';
import { loadCheckpoints } from './ship/checkpoint-file.ts';
import { Checkpoints } from './ship/checkpoints.ts';
import { lockState } from './ship/lock.ts';
import type { CommandParts } from './sink.ts';
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
  const decided = new LogOutputs();
  const names = namesOf(config);
  const podMetadata = config.uses_kubernetes
    ? new PodMetadata({ ...podMetadataOptions(config, version, decided), log })
    : undefined;
  const pods =
    podMetadata ?? new PodsFileMetadata({ ...podsFileOptions(config, version, decided), pods: undefined, log });
  const metrics = createMetrics({
    version,
    values: labelValues(outputsOf(config)),
    suppliers: {
      readBytes: () => tailer.counts.readBytes,
      records: () => paths.counts,
      sources: () => {
        const { sources: states, openTailBytes, ...counts } = tailer.counts;
        const openBytes = openTailBytes + paths.heldBytes;
        return { ...counts, states, openBytes, pinnedLimitBytes: limits.pinned_bytes };
      },
      bulkConcurrency: () => outputs.concurrency(),
      deadLetters: () => keptByOutput(state.dir, names),
      pods: () => podMetadata?.counts ?? { pods: 0, watchRestarts: new Map(), refusedClaims: 0 },
      refusedStreams: () => pods.refusedStreams,
      usage,
    },
  });
  const losses = new Losses();
  const lost = (reason: LossReason, bytes: number, one: ContainerLog): void => {
    metrics.lost(reason, bytes);
    losses.add(reason, bytes, one);
  };
  const outputs = await openOutputs(config, {
    stdout,
    reads: [],
    meta: (one) => pods.meta(one),
    decided,
    giveUp: giveUp.signal,
    commit: (source, position) => checkpoints.commit(source, position),
    lost,
    events: metrics,
    isWaiting: (output) => tailer.counts.behind.get(output)!.bytes > 0,
    log,
  });
  const { paths } = outputs;
  const tailer = new Tailer({
    podsDir: logs.pods_dir,
    containersDir: logs.containers_dir,
    allowedRoots: logs.allowed_roots,
    backlog: logs.backlog,
    sweepMs: logs.sweep,
    outputs: names,
    outputOf: (one) => paths.outputOf(one),
    readers: READERS,
    bufferBytes: READ_BYTES,
    quietMs: QUIET_MS,
    pinnedBytes: limits.pinned_bytes,
    pinnedAgeMs: limits.pinned_age,
    ownContainer: ownContainer(hostname, config.kubernetes.token_file),
    admit: (one) => pods.admit(one),
    take: paths.take,
    end: paths.end,
    gap: paths.gap,
    isOpen: (one) => paths.opens(one).length > 0,
    hasEnded: (one) => podMetadata?.hasEnded(one),
    reach: (source) => paths.reach(source),
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
    ready: () => health(swept, tailer.blind && `${logs.pods_dir}: ${tailer.blind}`, outputs.obstacles()),
    status: () => ({
      version,
      node: config.node_name,
      kubernetes: podMetadata?.status(),
      batches_in_flight: paths.inFlight(),
      outputs: outputs.status(),
      sources: tailer.status(),
      losses: losses.list(),
      dead_letters: sumOf(keptByOutput(state.dir, names)),
    }),
  });
  log.info(
    `podferry ${version} runs on ${config.node_name}; ` +
      memorySum({
        outputs: names.length,
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
  log.info(
    `${amount(tailer.counts.logs, 'container log')} found in ${logs.pods_dir}; documents go to ${outputs.places}`,
  );
  const watching = Promise.all([
    outputs.watch(AbortSignal.any([signal, giveUp.signal])),
    keepAge({ dirs: () => storesIn(state.dir).map(({ dir }) => dir), ageMs: limits.deadletter_age, log }, signal),
  ]);
  const clock = setInterval(() => void paths.expire((one) => tailer.emptyAt(one)), EXPIRE_MS);

  if (!signal.aborted) await once(signal, 'abort');
  const grace = setTimeout(() => {
    giveUp.abort();
    paths.stop();
  }, config.stop.grace);
  clearInterval(clock);
  await tailer.stop((output) => paths.drain(output).catch(() => {}));
  clearTimeout(grace);
  await checkpoints.stop();
  await watching;
  await Promise.all([outputs.close(), podMetadata?.stop(), server.close()]);
  await lock.release();
}

/** `blind`: why nothing can be seen; '' if it can. */
function health(swept: boolean, blind: string, obstacles: readonly string[]): Health {
  const unlooked = swept ? '' : 'the first look at the log directories is not done yet';
  const reasons = [unlooked, blind, ...obstacles].filter((reason) => reason !== '');
  return { ok: reasons.length === 0, reasons };
}
