/** Who is asked by `podferry verify` what is stored: a server (verify.ts makes it), or a file of documents. */
import type { Log } from '../types.ts';
import type { Holds } from './comparison.ts';
import { unlessAborted } from '../util/unless-aborted.ts';
import { readDocuments, type Counted } from './held.ts';

export interface Holder {
  readonly holds: Holds;
  /** How many documents of a kind there are of each of these logs; undefined: nobody knows. */
  readonly count: (what: Counted, paths: readonly string[]) => Promise<(path: string) => number | undefined>;
  /** How many gaps of these logs are stored all the same; undefined: nobody knows. */
  readonly confirmed: (paths: readonly string[]) => Promise<number | undefined>;
  /** Documents that the holder has twice. */
  readonly repeated: number;
  readonly close: () => Promise<void>;
}

/**
 * Reads the documents in `name`, `-` for stdin.
 * @throws OperatorError if it cannot be read or holds no documents
 */
export async function fileHolder(
  name: string,
  stdin: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  log: Log,
): Promise<Holder> {
  const held = await unlessAborted(readDocuments(name, stdin, signal), signal);
  if (held.strangers > 0)
    log.warn(`--against: ${held.strangers} lines of ${name} are no documents and were passed over`);
  return {
    holds: (documents) => Promise.resolve(documents.map((document) => held.has(document))),
    count: (what) => Promise.resolve((path) => held.count(what, path)),
    // Only a hash of each document is kept.
    confirmed: () => Promise.resolve(undefined),
    repeated: held.repeated,
    close: () => Promise.resolve(),
  };
}

/** What is asked of all holders together. */
export type Holders = Omit<Holder, 'holds'>;

/**
 * Holders as one. Each is asked of the logs that are its own.
 * @param outputOf the name of the holder of the log at a path
 */
export function together(holders: ReadonlyMap<string, Holder>, outputOf: (path: string) => string): Holders {
  const all = [...holders];
  const ownOf = (name: string, paths: readonly string[]) => paths.filter((path) => outputOf(path) === name);
  return {
    async count(what, paths) {
      const counts = new Map<string, (path: string) => number | undefined>();
      for (const [name, holder] of all) counts.set(name, await holder.count(what, ownOf(name, paths)));
      return (path) => counts.get(outputOf(path))!(path);
    },
    async confirmed(paths) {
      let sum: number | undefined = 0;
      for (const [name, holder] of all) {
        const confirmed = await holder.confirmed(ownOf(name, paths));
        sum = sum === undefined || confirmed === undefined ? undefined : sum + confirmed;
      }
      return sum;
    },
    repeated: all.reduce((sum, [, { repeated }]) => sum + repeated, 0),
    async close() {
      await Promise.all(all.map(([, holder]) => holder.close()));
    },
  };
}
