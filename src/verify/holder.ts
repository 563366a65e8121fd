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
