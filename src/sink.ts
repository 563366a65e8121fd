/** The sink the settings ask for, wired the same way for every command. */
import type { Config } from './config/config.ts';
import { SINKS, type SinkParts } from './sinks/index.ts';
import type { Sink } from './types.ts';

export type { SinkParts };

export function newSink(config: Config, parts: SinkParts): Promise<Sink> {
  return SINKS[config.sink].create(config, parts);
}
