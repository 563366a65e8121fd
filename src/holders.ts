/** Who is asked by `podferry verify` what is stored: the server of each output, or a file. */
import { outputsOf, type Config } from './config/config.ts';
import { gapMiddle } from './record/encode/gap.ts';
import { SINKS } from './sinks/index.ts';
import type { Log } from './types.ts';
import { DEFAULT_OUTPUT, ofOutput } from './util/output-name.ts';
import { confirmedGaps } from './verify/confirm.ts';
import { fileHolder, type Holder } from './verify/holder.ts';

interface Asked {
  /** A file of documents, `-` for stdin; undefined: the servers. */
  readonly against: string | undefined;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * By output; a file holds the documents of all of them.
 * @throws OperatorError for files and servers that cannot be read
 */
export async function holdersOf(
  config: Config,
  { against, signal, stdin, log }: Asked,
  said: Log,
  stop: AbortSignal,
): Promise<Map<string, Holder>> {
  const holders = new Map<string, Holder>();
  if (against !== undefined) return holders.set(DEFAULT_OUTPUT, await fileHolder(against, stdin, signal, log));
  for (const { name, config: own } of outputsOf(config))
    holders.set(name, await ofOutput(name, () => server(own, said, stop)));
  return holders;
}

/** Who holds the documents of an output. */
export function holderOf(holders: ReadonlyMap<string, Holder>, name: string): Holder {
  return holders.get(name) ?? holders.get(DEFAULT_OUTPUT)!;
}

/** Asks the sink. config.ts has seen to it that this one can be asked. */
async function server(config: Config, log: Log, stop: AbortSignal): Promise<Holder> {
  const lookup = await SINKS[config.sink].lookUp!(config, log);
  let fresh: Promise<void> | undefined;
  return {
    holds: async (documents, signal) => {
      await (fresh ??= lookup.refresh(stop));
      const stored = await lookup.stored(
        documents.map(({ id }) => id!),
        signal,
      );
      return documents.map(({ id }) => stored.has(id!));
    },
    count: async (what, paths) => {
      const counts = await lookup.countByPath(what, paths, stop);
      return (path) => counts?.get(path);
    },
    confirmed: (paths) =>
      confirmedGaps(paths, (what, path, from, to) => lookup.documentsOf(what, path, from, to, stop), gapMiddle),
    repeated: 0,
    close: () => lookup.close(),
  };
}
