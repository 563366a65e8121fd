/** The contract between `podferry verify` and a sink that can say which documents it holds. */

/** What can be counted of a log: documents of its lines, of its gaps, and of those gaps the ones of which no size is known. */
export type Counted = 'lines' | 'gaps' | 'unseen';

export interface DocumentLookup {
  /** Makes all that is stored findable, as far as the sink lets us. */
  refresh(stop: AbortSignal): Promise<void>;
  /**
   * Those of the ids that are stored. Rejects when stopped.
   * @throws OperatorError when there is no answer
   */
  stored(ids: readonly string[], stop: AbortSignal): Promise<ReadonlySet<string>>;
  /** How many documents of a kind there are of each of these files; undefined when it cannot be asked so. */
  countByPath(what: Counted, paths: readonly string[], stop: AbortSignal): Promise<Map<string, number> | undefined>;
  /**
   * The documents of the lines of a file that begin in [from, to), or of its gaps there, in the order of their offsets, so many at a
   * time; of a document only what tells of its line on disk. Rejects when stopped.
   * @throws OperatorError when there is no answer
   */
  documentsOf(
    what: Counted,
    path: string,
    from: number,
    to: number,
    stop: AbortSignal,
  ): AsyncIterable<readonly { readonly id: string; readonly document: unknown }[]>;
  close(): Promise<void>;
}
