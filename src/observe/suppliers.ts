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
    /** Bytes on disk that are not acknowledged, without those that are held open. */
    readonly backlogBytes: number;
    /** For how long the oldest line that is not acknowledged has been known; 0 if there is none. */
    readonly backlogAgeSeconds: number;
    /** Bytes of lines and records that are not complete. */
    readonly openBytes: number;
  };
  pods(): {
    readonly pods: number;
    readonly watchRestarts: ReadonlyMap<string, number>;
    /** How often a pod claimed a log that is not its own. */
    readonly refusedClaims: number;
  };
  /** Container logs that go to the data stream of the sink, since pods asked for too many others. */
  refusedStreams(): number;
  /** How many bulk requests the sink may have on their way now; 0 if it makes none. */
  bulkConcurrency(): number;
  /** Rejected documents on disk: bytes, and when the oldest was refused (RFC 3339). */
  deadLetters(): { readonly bytes: number; readonly oldest: string | undefined };
  /** process.cpuUsage() and process.memoryUsage(): only main.ts talks to the process. */
  usage(): Usage;
}

/** Values of labels that are known beforehand: their series exist from the start. */
export interface LabelValues {
  readonly dropped: readonly string[];
  readonly watchRestarts: readonly string[];
  readonly requests: readonly string[];
  readonly retries: readonly string[];
}
