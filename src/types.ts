/**
 * The nouns every folder shares, and the contracts between them. No code.
 *
 * The folders do not import each other. The commands join them by passing functions of these types.
 * Offsets are bytes from the start of a file as the writer wrote it (of a `.gz`: uncompressed). Times are milliseconds unless a
 * name says otherwise. docs/design.md explains the words.
 */

/**
 * One container instance, and so one stream of lines: the chain `n.log.<ts>.gz … → n.log.<ts> → n.log`.
 * The object itself is the key: exactly one exists for an instance while anything of it is known.
 */
export interface ContainerLog {
  /** `<pod uid>/<container>/<restart>`, unique on a node. It comes from paths: hostile text, for maps and display only. */
  readonly key: string;
  readonly namespace: string;
  readonly pod: string;
  /** The uid in the directory name: for a static pod the hash of its manifest, not the uid the API knows. */
  readonly uid: string;
  readonly container: string;
  /** The n of `n.log`. */
  readonly restart: number;
  /** The path of `n.log`, also for lines that are read from a renamed file: `log.file.path`. */
  readonly path: string;
  /** 64 hex characters from the link in containers_dir, when one was seen. */
  containerId: string | undefined;
}

/** One file of a container log, known by its content and not by its name. */
export interface Source {
  readonly log: ContainerLog;
  /**
   * 12 base64url characters: 9 bytes of SHA-256 over pod uid, container, restart and the file's head (its first line, at
   * most 1024 bytes). The same bytes give the same value, also in a renamed or gzipped copy. It is the key of the checkpoint
   * entry and the middle of every document id.
   */
  readonly fingerprint: string;
  /** What was acknowledged before this process opened it. A line that starts before the offset of its stream is skipped. */
  readonly resume: Position;
  /** CRI time of the first line, verbatim ('' if it has none). It orders a chain, also after a change of clocks. */
  readonly head: string;
  /** Largest size seen, in uncompressed bytes as far as known. If the file disappears, size - committed is lost. */
  size: number;
  /** What is acknowledged by now. Only the ledger writes it. */
  committed: Position;
  /**
   * The file is gone. Lines at its end that nobody saw may be lost, and files after it, up to the line of this time ('' = the
   * time is unknown). Undefined: nothing unseen is missing.
   */
  unseenUntil?: string | undefined;
  /**
   * Where the container had ended, as far as anybody could tell. Whatever was open at this offset was shipped as it was, so every
   * reading ships it so, and what was written later begins anew. Noted on disk before anything is shipped for that reason.
   */
  endsAt?: number | undefined;
}

/** An entry of the checkpoint file: what an earlier process knew of a source. */
export interface Saved {
  /** The key of its container log. */
  readonly key: string;
  /** The path of its container log. It tells whose bytes are lost when nothing of the log is left on disk. */
  readonly path?: string | undefined;
  readonly fingerprint: string;
  readonly position: Position;
  readonly size: number;
  readonly head: string;
  /** As in Source: a gap that was found and is not acknowledged. */
  readonly unseenUntil?: string | undefined;
  /** As in Source. */
  readonly endsAt?: number | undefined;
}

/**
 * Everything of the source before it is acknowledged. It has an offset per stream, since an open record of one stream does not
 * hold back the other. Reading begins again at the smaller one.
 */
export interface Position {
  /** Offset: every stdout line that starts before it is acknowledged. */
  readonly out: number;
  /** Offset: every stderr line that starts before it is acknowledged. */
  readonly err: number;
  /** CRI time of the last well-formed line before the smaller offset, verbatim ('' if none). It dates unparsed lines. */
  readonly time: string;
}

/** How far the record stage is with a source. Offsets in it. */
export interface Reach {
  /** End of the last line that was dealt with as a whole. */
  readonly read: number;
  /** What may be committed of either stream when what is on its way is acknowledged: an open record holds it back. */
  readonly out: number;
  readonly err: number;
}

/** Lines of one source that follow each other, in the buffer of the reader. */
export interface Lines {
  /** Borrowed until take() settles. */
  readonly bytes: Buffer;
  /** The lines are bytes[0, end). They end with LF, except where `goesOn` or `last` says otherwise. */
  readonly end: number;
  /** Offset of bytes[0] in the source. */
  readonly at: number;
  /** The last line is longer than the buffer and goes on in the next Lines of this source. */
  readonly goesOn: boolean;
  /** The source is at its end and will not grow: a last line without LF is complete. */
  readonly last: boolean;
}

/**
 * Takes lines. While it is pending the reader waits: that is the backpressure. Calls for one container log never overlap and come
 * in the order of the chain. Calls for different logs may overlap. Rejects only when stopped.
 */
export type Take = (source: Source, lines: Lines) => Promise<void>;

/** Told that no further line of this container log will come. Open records are shipped as they are. */
export type End = (log: ContainerLog) => Promise<void>;

/** Why bytes that existed will never be acknowledged. */
export type LossReason = 'rotated_away' | 'deleted_unread' | 'truncated' | 'over_cap' | 'unreadable';

/** A missing stretch of a container log. It is counted, and shipped as a document at its place. */
export interface Gap {
  readonly source: Source;
  /** Where in the source the missing stretch begins. */
  readonly offset: number;
  readonly reason: LossReason;
  readonly action: 'gap' | 'dropped' | 'truncated';
  /** How many bytes are missing, as far as known. */
  readonly bytes: number;
  /** As in Source. Undefined: only `bytes` are missing. */
  readonly unseenUntil?: string | undefined;
  /** RFC 3339 time of the last line before the gap, or of the moment it was found. */
  readonly time: string;
  /** Plain words for a developer who sees the gap in Kibana. */
  readonly message: string;
}

/** The rendered metadata of the container behind a log. A change of anything rendered makes a new object. */
export interface Meta {
  /**
   * The members that follow `log` in every document: `,"kubernetes":{…},"container":{…},…` without the closing brace.
   * Never holds a byte below 0x20.
   */
  readonly constant: Buffer;
  /** The data stream that the documents go to, as `constant` names it. Undefined: the one that the sink is made for. */
  readonly stream?: DataStream | undefined;
  /** The name of the output that the log goes to. Undefined: the one that the sink at the top of the settings makes. */
  readonly output?: string | undefined;
  /** The API did not tell the pod in time. Documents say so. */
  readonly partial: boolean;
  readonly overrides: PodOverrides;
}

/** The data stream `logs-<dataset>-<namespace>`. */
export interface DataStream {
  readonly dataset: string;
  readonly namespace: string;
}

/** What the rules and the annotations of a pod ask for, already checked. */
export interface PodOverrides {
  /** Lines of one record are joined: those of stack traces, unless `firstLine` says otherwise. */
  readonly multiline: boolean;
  /** Only stack traces of this kind are joined. Absent: of all kinds. */
  readonly traces?: TraceKind | undefined;
  /** A line that it does not match goes on with the record before, and stack traces are not looked for. Only the operator asks for it. */
  readonly firstLine?: ContentPattern | undefined;
  readonly structured: boolean;
  /** Which formats of plain text are taken apart. Absent: none. */
  readonly parse?: Parse;
  /** Keep one record in so many; 1 keeps all. Records of level warn and above are always kept. */
  readonly sample: number;
  /** Drop records of a known level below this. */
  readonly minLevel: Level | undefined;
  /** What is taken out of the content of records before anything is made of it. A pod may only add to it. Absent: nothing. */
  readonly redact?: readonly Preset[];
  /** The same, by patterns. Only the operator asks for it. */
  readonly secrets?: readonly OwnSecret[];
  /** Records that have none of these in them, and those that have one of these, are dropped. Only the operator asks for it. */
  readonly include?: readonly (string | ContentPattern)[];
  readonly exclude?: readonly (string | ContentPattern)[];
  /** More than this is dropped. A pod may only make it less. */
  readonly rate?: RateLimit;
  /** Constant members of every document under `labels`, by name. Only the operator asks for them. */
  readonly add?: Readonly<Record<string, string>>;
}

/** How much a container may write. */
export interface RateLimit {
  /** Records a second, and bytes of content a second; Infinity: any number. */
  readonly records: number;
  readonly bytes: number;
  /** Seconds: so much may come at once as is allowed in so many. */
  readonly burst: number;
}

/** A language whose stack traces can be joined alone. */
export type TraceKind = 'java' | 'dotnet' | 'node' | 'python' | 'go' | 'rust' | 'ruby' | 'php' | 'erlang';

/** A pattern of the operator's, compiled: content is searched for it in linear time. */
export interface ContentPattern {
  /** As it was written. */
  readonly source: string;
  /** Whether it matches somewhere in bytes[from, to). */
  isIn(bytes: Uint8Array, from: number, to: number): boolean;
}

/** A secret of the operator's own kind. */
export interface OwnSecret {
  /** Stands in documents in place of what is found. */
  readonly name: string;
  readonly pattern: ContentPattern & {
    /**
     * Tells `found` of each match in bytes[from, to), from left to right: of its first group if it has one. `goesOn`: the content is
     * not whole; then what its rest could complete counts.
     */
    find(bytes: Uint8Array, from: number, to: number, goesOn: boolean, found: (from: number, to: number) => void): void;
  };
}

/** A kind of secret that can be redacted. */
export type Preset =
  | 'email'
  | 'ipv4'
  | 'ipv6'
  | 'card'
  | 'jwt'
  | 'authorization'
  | 'cloud_key'
  | 'private_key'
  | 'resident_number'
  | 'phone';

/** All formats of plain text, none, or those of one software. */
export type Parse = 'auto' | 'off' | TextPreset;

/** The formats of plain text that a rule can name. */
export type TextPreset =
  | 'access'
  | 'apache'
  | 'celery'
  | 'envoy'
  | 'haproxy'
  | 'java'
  | 'klog'
  | 'laravel'
  | 'logfmt'
  | 'mongodb'
  | 'mysql'
  | 'nginx'
  | 'postgresql'
  | 'python'
  | 'rabbitmq'
  | 'redis'
  | 'rust'
  | 'syslog'
  | 'traefik';

/** What a pod may ask for by an annotation `podferry.io/<name>`, as far as the operator allows it. */
export type OverrideName =
  | 'exclude'
  | 'exclude-containers'
  | 'multiline'
  | 'structured'
  | 'sample'
  | 'min-level'
  | 'redact'
  | 'rate'
  | 'dataset';

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/**
 * Documents being gathered or on their way: pure data.
 * Document i, its LF included, ends at ends[i]. In front of it lies its frame, which begins where the document before it ends:
 * `frame`, or one that names another data stream.
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
  /** Of the documents whose `Meta` names no data stream. */
  readonly frame: Frame;
  /** What may be committed when this batch and all before it are acknowledged. */
  readonly positions: Map<Source, Position>;
}

/**
 * What a sink wants in front of a document: always the same bytes, but for its id and the data stream. With another data stream the
 * id stands at the same place.
 */
export interface Frame {
  /** Shared, not to be changed; what lies at [idFrom, idTo) does not matter. */
  readonly bytes: Buffer;
  /** Where the id is to stand. Both are 0 where none is wanted. */
  readonly idFrom: number;
  readonly idTo: number;
}

/** Where batches go. */
export interface Sink {
  /**
   * What it wants in front of every document, whose id has so many bytes (0: it has none), and which goes to `stream` if one is
   * given. Absent or undefined: nothing, whatever the stream.
   */
  frame?(idBytes: number, stream?: DataStream): Frame | undefined;
  /**
   * Resolves when every document of the batch is acknowledged: stored, or finally rejected and kept aside (or given up with a
   * message, if it cannot be kept for long). Tries again without end. Rejects only when stopped. The batch is borrowed until then.
   */
  send(batch: Batch, stop: AbortSignal): Promise<void>;
  /**
   * What keeps documents from being stored, in a sentence that anybody may read; undefined: nothing that can be found out without
   * sending one. What became of the last documents counts first. Rejects only when stopped. Absent: only sending tells.
   */
  obstacle?(stop: AbortSignal): Promise<string | undefined>;
  /** How many requests may be on their way at a time now. Absent: it makes none. */
  readonly concurrency?: number;
  /** Releases connections and files. Called when no send() is pending. */
  close(): Promise<void>;
}

/** How many documents a sink has acknowledged, by outcome. */
export interface Acknowledged {
  readonly stored: number;
  readonly duplicate: number;
  /** Refused for good, and kept in the dead-letter store. */
  readonly rejected: number;
  /** Refused by the index, and kept by the server in the failure store of the data stream. Absent: none. */
  readonly failureStore?: number;
}

/** Own log of the agent. A message says what happened, what it costs and what to do. `throttled` holds back repeats of a key. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** Warns at most once a minute for the same key. The next warning says how many were held back. */
  throttled(key: string, message: string, fields?: Record<string, unknown>): void;
}
