/** The sink that the settings ask for, made the same way for every command. */
import type { Config } from './config/config.ts';
import { slabBytes } from './record/records.ts';
import { lockDirectory } from './ship/lock.ts';
import { SINKS, type CommandParts, type SinkCheck } from './sinks/index.ts';
import type { Sink } from './types.ts';

export type { CommandParts };

/** @throws OperatorError for settings that the sink cannot work with */
export function newSink(config: Config, parts: CommandParts): Promise<Sink> {
  return SINKS[config.sink].create(config, {
    ...parts,
    largestBatch: largestBatch(config),
    lock: (dir, lockedFor) => lockDirectory(dir, lockedFor, parts.log),
  });
}

/** Where documents go, for people. */
export function placeOf(config: Config): string {
  return SINKS[config.sink].place(config);
}

/** For `podferry check`. Undefined: there is nothing to find out about this sink. */
export async function probeSink(config: Config): Promise<SinkCheck | undefined> {
  return SINKS[config.sink].probe?.(config, { largestBatch: largestBatch(config) });
}

function largestBatch({ batch, records }: Config): number {
  return slabBytes(batch.max_bytes, records.max_bytes);
}
