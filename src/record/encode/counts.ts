/** What the record stage has counted since it began: plain numbers, read by metrics. */

/** Why records are dropped on request. */
export const RULES = ['sample', 'min-level', 'exclude', 'include', 'rate'] as const;

export interface Counts {
  /** Documents written for lines; gaps are not among them. */
  records: number;
  /** Of those: lines of no known format. */
  unparsed: number;
  /** Of those: without what the API knows of the pod. */
  partialMetadata: number;
  /** Of those: cut at records.max_bytes. */
  truncated: number;
  /** Of those: the last part of their line never came. */
  unfinished: number;
  /** Lines whose first tag is neither P nor F. */
  unknownTag: number;
  /** Lines of nothing but LF. They are not shipped. */
  emptyLines: number;
  /** NULs in front of a line: the hole copytruncate leaves behind a writer that does not append. */
  holeBytes: number;
  /** Records dropped on request, by rule. */
  dropped: Map<string, number>;
  /** Bytes that open records hold now. */
  openBytes: number;
}

export function noCounts(): Counts {
  return {
    records: 0,
    unparsed: 0,
    partialMetadata: 0,
    truncated: 0,
    unfinished: 0,
    unknownTag: 0,
    emptyLines: 0,
    holeBytes: 0,
    dropped: new Map(),
    openBytes: 0,
  };
}
