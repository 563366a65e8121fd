/** What the metrics need of the other parts: numbers at every scrape, and the words that they use for labels. */
import type { Usage } from './process.ts';

/** Read at every scrape: numbers that only grow, and present states. */
export interface MetricSuppliers {
  /** Bytes of log files that the readers handed on. */
  readBytes(): number;
  records(): {
    readonly records: number;
    readonly unparsed: number;
    readonly partialMetadata: number;
    /** By rule: `sample`, `min-level`. */
    readonly dropped: ReadonlyMap<string, number>;
  };
  sources(): {
    /** How many sources are in each state. */
    readonly states: Readonly<Record<string, number>>;
    /** What is on disk and not acknowledged, of each output, without what is held open. */
    readonly behind: ReadonlyMap<string, { readonly bytes: number; readonly ageMs: number }>;
    /** The container logs with most of it, a bounded number. */
    readonly furthestBehind: readonly ContainerBehind[];
    /** Bytes of lines and records that are not complete. */
    readonly openBytes: number;
    /** Bytes on the disk of deleted files that are held open, and how many there may be. */
    readonly pinnedBytes: number;
    readonly pinnedLimitBytes: number;
  };
  pods(): {
    readonly pods: number;
    readonly watchRestarts: ReadonlyMap<string, number>;
    /** How often a pod claimed a log that is not its own. */
    readonly refusedClaims: number;
  };
  /** Container logs that go to the data stream of the sink, since pods asked for too many others. */
  refusedStreams(): number;
  /** How many bulk requests each output may have on their way now; 0 if it makes none. */
  bulkConcurrency(): Iterable<readonly [output: string, requests: number]>;
  /** Rejected documents of each output on disk: bytes, and when the oldest was refused (RFC 3339). */
  deadLetters(): Iterable<
    readonly [output: string, kept: { readonly bytes: number; readonly oldest: string | undefined }]
  >;
  /** process.cpuUsage() and process.memoryUsage(): only main.ts talks to the process. */
  usage(): Usage;
}

/** One container, and its bytes that are not acknowledged. */
export interface ContainerBehind {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly bytes: number;
}

/** Values of labels that are known beforehand: their series exist from the start. */
export interface LabelValues {
  readonly dropped: readonly string[];
  readonly watchRestarts: readonly string[];
  /** Of each output, those that its sink has. */
  readonly outputs: readonly OutputWords[];
}

/** The name of an output, and the words of its sink. */
export interface OutputWords {
  readonly name: string;
  readonly requests: readonly string[];
  readonly retries: readonly string[];
}
