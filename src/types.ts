/**
 * The nouns every folder shares, and the contracts between them. No code.
 *
 * The folders do not import each other; agent.ts and replay.ts join them by passing functions of these types.
 * Offsets are bytes from the start of a file as the writer wrote it (of a `.gz`: uncompressed). Times are milliseconds
 * unless a name says otherwise.
 */

/**
 * One container instance, and so one stream of lines: the chain `n.log.<ts>.gz … → n.log.<ts> → n.log`.
 * The object itself is the key: there is exactly one per instance while anything of it is known.
 */
export interface ContainerLog {
  /** `<pod uid>/<container>/<restart>`, unique on a node. Comes from paths: hostile text, for maps and display only. */
  readonly key: string;
  readonly namespace: string;
  readonly pod: string;
  /** The uid in the directory name: for a static pod the hash of its manifest, not the uid the API knows. */
  readonly uid: string;
  readonly container: string;
  /** The n of `n.log`. */
  readonly restart: number;
  /** The path of `n.log` under its logical name, whatever the file it is read from is called by now: `log.file.path`. */
  readonly path: string;
  /** 64 hex characters from the link in containers_dir, when one was seen. */
  containerId: string | undefined;
}

/** One file of a container log, by what it holds and not by what it is called. */
export interface Source {
  readonly log: ContainerLog;
  /**
   * 12 base64url characters: 9 bytes of SHA-256 over pod uid, container, restart and the file's head (its first line, at
   * most 1024 bytes). The same bytes read again, from a renamed or gzipped copy too, give the same value. It keys the
   * checkpoint and is the middle of every document id.
   */
  readonly fingerprint: string;
  /** What was settled before this process opened it. A line that starts before its stream's offset is skipped. */
  readonly resume: Position;
  /** CRI time of the first line, verbatim ('' if it has none): the order of a chain that survives a change of clocks. */
  readonly head: string;
  /** Largest size seen, in uncompressed bytes as far as known: what a restart would find missing is size - committed. */
  size: number;
  /** What is settled by now. Written only by the ledger. */
  committed: Position;
  /**
   * The file is gone, and more than was seen of it may be lost, with files after it that nobody saw: up to the line of this time
   * ('' = a time that nobody knows). Undefined: nothing like that is to be told.
   */
  unseenUntil?: string | undefined;
}

/** A line of the checkpoint file: what a former process knew of a source. */
export interface Saved {
  /** The key of its container log. */
  readonly key: string;
  /** The path of its container log: says whose bytes are lost when nothing of the log is left on disk. */
  readonly path?: string | undefined;
  readonly fingerprint: string;
  readonly position: Position;
  readonly size: number;
  readonly head: string;
  /** As that of a source: a gap that was told and is not settled. */
  readonly unseenUntil?: string | undefined;
}

/**
 * "Everything of this source before this is settled": per stream, since an open record on one stream does not hold back
 * the other. Reading begins again at the smaller of the two.
 */
export interface Position {
  /** Offset: every stdout line that starts before it is settled. */
  readonly out: number;
  /** Offset: every stderr line that starts before it is settled. */
  readonly err: number;
  /** CRI time of the last well-formed line before the smaller offset, verbatim ('' if none): it dates unparsable lines. */
  readonly time: string;
}

/** A run of lines of one source, as they lie in the reader's buffer. */
export interface Lines {
  /** Borrowed until take() settles. */
  readonly bytes: Buffer;
  /** Lines are bytes[0, end). They end with LF, except as `goesOn` and `last` say. */
  readonly end: number;
  /** Offset of bytes[0] in the source. */
  readonly at: number;
  /** The last line is longer than the buffer and goes on in the next Lines of this source. */
  readonly goesOn: boolean;
  /** The source is at its end for good: an unterminated last line is all there will be of it. */
  readonly last: boolean;
}

/**
 * Hands lines on. Pending = the reader waits = backpressure. Calls for one container log never overlap and come in chain
 * order; calls for different logs may overlap. Rejects only when stopped.
 */
export type Take = (source: Source, lines: Lines) => Promise<void>;

/** Says that no further line of this container log will come: what is still open is shipped as it is. */
export type End = (log: ContainerLog) => Promise<void>;

/** Why bytes that existed will never be settled. */
export type LossReason = 'rotated_away' | 'deleted_unread' | 'truncated' | 'over_cap' | 'unreadable';

/** A stretch of a container log that will never be settled. It is counted, and shipped as a document at its place. */
export interface Gap {
  readonly source: Source;
  /** Where in the source the missing stretch begins. */
  readonly offset: number;
  readonly reason: LossReason;
  readonly action: 'gap' | 'dropped' | 'truncated';
  /** How many bytes are missing, as far as known. */
  readonly bytes: number;
  /** As that of a source. Undefined: nothing but `bytes` is missing. */
  readonly unseenUntil?: string | undefined;
  /** RFC 3339 time of the last line before the gap, or of its discovery. */
  readonly time: string;
  /** Plain words for the developer who meets the gap in Kibana. */
  readonly message: string;
}

/** What is known of the container behind a log, rendered once. A new object whenever something rendered changed. */
export interface Meta {
  /**
   * The members that follow `log` in every document: `,"kubernetes":{…},"container":{…},…` without the closing brace.
   * Never holds a byte below 0x20.
   */
  readonly constant: Buffer;
  /** The API did not know the pod in time: documents say so. */
  readonly partial: boolean;
  readonly overrides: PodOverrides;
}

/** What a pod's annotations (or the rules of the config) ask for, already checked. */
export interface PodOverrides {
  readonly multiline: boolean;
  readonly structured: boolean;
  /** Keep one record in so many; 1 keeps all. Records of level warn and above are always kept. */
  readonly sample: number;
  /** Drop records of a known level below this. */
  readonly minLevel: Level | undefined;
}

/** What a pod may ask for by an annotation `podferry.io/<name>`, as far as the operator lets it. */
export type OverrideName = 'exclude' | 'exclude-containers' | 'multiline' | 'structured' | 'sample' | 'min-level';

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/**
 * Documents being gathered or on their way: pure data.
 * Document i, its LF included, is bytes[(ends[i-1] ?? 0) + frame.bytes.length, ends[i]). In front of it lies its frame.
 */
export interface Batch {
  /** 1, 2, 3 … in the order of filling, which is the order of reading. */
  readonly seq: number;
  /** The slab. Owned by the batcher; borrowed by the sink until send() settles. */
  readonly bytes: Buffer;
  /** Bytes in use, frames included. */
  length: number;
  /** End of each document (exclusive, its LF included). Room for ends.length documents. */
  readonly ends: Uint32Array;
  /** Documents in it. */
  count: number;
  readonly frame: Frame;
  /** What may be committed once this batch and all before it are settled. */
  readonly positions: Map<Source, Position>;
}

/** What a sink wants in front of every document of a batch: always the same bytes, but for the id of the document. */
export interface Frame {
  /** Shared, not to be changed; what lies at [idFrom, idTo) does not matter. */
  readonly bytes: Buffer;
  /** Where the id is to stand. Both are 0 where none is wanted. */
  readonly idFrom: number;
  readonly idTo: number;
}

/** Where batches go. */
export interface Sink {
  /** What it wants in front of every document, whose id has so many bytes (0: it has none). Absent or undefined: nothing. */
  frame?(idBytes: number): Frame | undefined;
  /**
   * Resolves when every document of the batch is settled: stored, or finally rejected and kept aside (or given up, loudly, when
   * that cannot be done for long). Retries for ever.
   * Rejects only when stopped. The batch is borrowed until then.
   */
  send(batch: Batch, stop: AbortSignal): Promise<void>;
  /** Releases connections. No send() is pending. */
  close(): Promise<void>;
}

/** The settled outcomes a sink reports. */
export interface Acknowledged {
  readonly stored: number;
  readonly duplicate: number;
  readonly rejected: number;
}

/** Own log of the agent: what happened, what it costs, what to do. `once` throttles repeats of the same key. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** Warns, but the same key at most once a minute; the next one says how many were withheld. */
  throttled(key: string, message: string, fields?: Record<string, unknown>): void;
}
