/**
 * The outputs of a run: a sink for each, its path, and whether it takes documents. What is told of them bears their names. The
 * output that the sink at the top of the settings makes is meant where none is named.
 */
import { outputsOf, type Config, type Output } from './config/config.ts';
import type { LogOutputs } from './log-outputs.ts';
import { newPath, type PathOptions } from './path.ts';
import { Paths } from './paths.ts';
import { Readiness } from './readiness.ts';
import { newSink, placeOf, type CommandParts } from './sink.ts';
import { keptIn, type Kept } from './sinks/deadletter/kept.ts';
import type { Acknowledged, Batch, Log, Sink } from './types.ts';
import { DEFAULT_OUTPUT, ofOutput } from './util/output-name.ts';

/** Told of events, by the name of the output. */
export interface OutputEvents {
  acknowledged(output: string, documents: Acknowledged): void;
  retried(output: string, reason: string): void;
  /** Of a request to a server: its outcome in a word, and how long it took. */
  bulkRequest(output: string, outcome: string, ms: number): void;
  /** Of a batch that leaves: its bytes. */
  batch(output: string, bytes: number): void;
}

export interface OutputsOptions extends Pick<PathOptions, 'meta' | 'giveUp' | 'commit' | 'lost'> {
  readonly stdout: CommandParts['stdout'];
  readonly reads: CommandParts['reads'];
  readonly decided: LogOutputs;
  readonly events: OutputEvents;
  /** Whether anything waits to be acknowledged by an output. Absent: nobody asks whether logs flow. */
  readonly isWaiting?: (output: string) => boolean;
  readonly log: Log;
}

interface Open extends Output {
  readonly sink: Sink;
  readonly readiness: Readiness | undefined;
}

/** A row of the list `outputs` in /status. */
export interface OutputStatus {
  readonly name: string;
  readonly place: string;
  readonly batches_in_flight: number;
  readonly dead_letters: Kept;
  /** Why logs may not flow there. */
  readonly obstacle: string | undefined;
}

export class Outputs {
  readonly paths: Paths;
  readonly #open: readonly Open[];

  constructor(open: readonly Open[], paths: Paths) {
    this.#open = open;
    this.paths = paths;
  }

  /** Where documents go, for people. */
  get places(): string {
    const of = ({ name, config }: Open): string =>
      name === DEFAULT_OUTPUT ? placeOf(config) : `for output ${name} to ${placeOf(config)}`;
    return this.#open.map(of).join(', ');
  }

  /** How many requests each may have on their way at a time; 0 if it makes none. */
  concurrency(): [output: string, requests: number][] {
    return this.#open.map(({ name, sink }) => [name, sink.concurrency ?? 0]);
  }

  /** Why logs may not flow to some of them, a sentence each. */
  obstacles(): string[] {
    return this.#open.flatMap(({ name, readiness }) => {
      const obstacle = readiness?.obstacle;
      return obstacle === undefined ? [] : [`${prefix(name)}${obstacle}`];
    });
  }

  /** Looks at each until documents are acknowledged. Resolves then, or when stopped. */
  async watch(stop: AbortSignal): Promise<void> {
    await Promise.all(this.#open.map(async ({ readiness }) => readiness?.watch(stop)));
  }

  /** For /status. */
  status(): OutputStatus[] {
    return this.#open.map(({ name, config, readiness }) => ({
      name,
      place: placeOf(config),
      batches_in_flight: this.paths.inFlight(name),
      dead_letters: keptIn(config.state.dir),
      obstacle: readiness?.obstacle,
    }));
  }

  /** Called when nothing is on its way. */
  async close(): Promise<void> {
    await Promise.all(this.#open.map(({ sink }) => sink.close()));
  }
}

/**
 * Opens the sinks of all outputs.
 * @throws OperatorError for settings that a sink cannot work with
 */
export async function openOutputs(config: Config, options: OutputsOptions): Promise<Outputs> {
  const { stdout, reads, decided, meta, events, isWaiting } = options;
  const open: Open[] = [];
  const paths = new Map<string, ReturnType<typeof newPath>>();
  for (const { name, config: own } of outputsOf(config)) {
    const log = logOf(name, options.log);
    const sink = await ofOutput(name, () =>
      newSink(own, {
        stdout,
        acknowledged(documents) {
          events.acknowledged(name, documents);
          readiness?.acknowledged(documents);
        },
        retried: (reason) => events.retried(name, reason),
        request: (outcome, ms) => events.bulkRequest(name, outcome, ms),
        reads,
        log,
      }),
    );
    const readiness: Readiness | undefined =
      isWaiting && new Readiness({ sink, place: placeOf(own), isWaiting: () => isWaiting(name), log });
    const sealed = ({ length }: Batch): void => events.batch(name, length);
    paths.set(name, newPath(own, { ...options, sink, sealed }));
    open.push({ name, config: own, sink, readiness });
  }
  return new Outputs(open, new Paths(paths, decided, meta));
}

/** What an output says of itself, with its name in front. A message that is held back is one of the same output. */
export function logOf(name: string, log: Log): Log {
  if (name === DEFAULT_OUTPUT) return log;
  return {
    info: (message, fields) => log.info(prefix(name) + message, fields),
    warn: (message, fields) => log.warn(prefix(name) + message, fields),
    error: (message, fields) => log.error(prefix(name) + message, fields),
    throttled: (key, message, fields) => log.throttled(`${name} ${key}`, prefix(name) + message, fields),
  };
}

function prefix(name: string): string {
  return name === DEFAULT_OUTPUT ? '' : `output ${name}: `;
}
