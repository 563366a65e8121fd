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
  close(): Promise<void>;
}
