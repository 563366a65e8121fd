/**
 * The paths of lines to all outputs, as one: what is handed on goes the path of the output of its log. The paths share nothing, so
 * one that waits for its sink holds up no other.
 */
import type { LogOutputs } from './log-outputs.ts';
import type { Path } from './path.ts';
import type { Counts, Records } from './record/records.ts';
import type { ContainerLog, End, Gap, Meta, Reach, Source, Take } from './types.ts';
import { DEFAULT_OUTPUT } from './util/output-name.ts';

export class Paths {
  /** By the name of the output. */
  readonly #paths: ReadonlyMap<string, Path>;
  readonly #outputs: LogOutputs;
  readonly #meta: (log: ContainerLog) => Meta;

  constructor(paths: ReadonlyMap<string, Path>, outputs: LogOutputs, meta: (log: ContainerLog) => Meta) {
    this.#paths = paths;
    this.#outputs = outputs;
    this.#meta = meta;
  }

  readonly take: Take = (source, lines) => this.#of(source.log).take(source, lines);
  readonly end: End = (log) => this.#of(log).end(log);
  readonly gap = (gap: Gap): Promise<void> => this.#of(gap.source.log).gap(gap);

  /** The name of the output that a log goes to. Decides it, when first asked. */
  outputOf(log: ContainerLog): string {
    return this.#outputs.decide(log, () => this.#meta(log).output ?? DEFAULT_OUTPUT);
  }

  /** The records of this log that are open now. Borrowed until the next call. */
  opens(log: ContainerLog): ReturnType<Records['opens']> {
    return this.#known(log)?.records.opens(log) ?? [];
  }

  reach(source: Source): Reach | undefined {
    return this.#known(source.log)?.records.reach(source);
  }

  /** As in Path. A path that waits for room does not keep another one from it. */
  async expire(emptyAt?: (log: ContainerLog) => number): Promise<void> {
    await Promise.all(this.#all.map((path) => path.expire(emptyAt)));
  }

  /** Of all together. */
  get counts(): Pick<Counts, 'records' | 'unparsed' | 'partialMetadata' | 'dropped'> {
    const dropped = new Map<string, number>();
    const sum = { records: 0, unparsed: 0, partialMetadata: 0, dropped };
    for (const { records } of this.#all) {
      const { counts } = records;
      sum.records += counts.records;
      sum.unparsed += counts.unparsed;
      sum.partialMetadata += counts.partialMetadata;
      for (const [rule, count] of counts.dropped) dropped.set(rule, (dropped.get(rule) ?? 0) + count);
    }
    return sum;
  }

  /** Bytes of content that open records have. */
  get heldBytes(): number {
    return this.#all.reduce((sum, { records }) => sum + records.heldBytes, 0);
  }

  /** Batches that are sealed and not acknowledged, of one output or of all. */
  inFlight(output?: string): number {
    return this.#some(output).reduce((sum, { batcher }) => sum + batcher.inFlight, 0);
  }

  /** Sends what is there for one output, or for each, and waits until nothing is on its way. Nothing may be handed on any more. */
  async drain(output?: string): Promise<void> {
    await Promise.all(this.#some(output).map(({ batcher }) => batcher.drain()));
  }

  /** Rejects all that waits for room. */
  stop(): void {
    for (const { batcher } of this.#all) batcher.stop();
  }

  get #all(): Path[] {
    return [...this.#paths.values()];
  }

  #some(output: string | undefined): Path[] {
    return output === undefined ? this.#all : [this.#paths.get(output)!];
  }

  #of(log: ContainerLog): Path {
    return this.#paths.get(this.outputOf(log))!;
  }

  /** Undefined: nothing of the log was handed on. */
  #known(log: ContainerLog): Path | undefined {
    const output = this.#outputs.of(log);
    return output === undefined ? undefined : this.#paths.get(output);
  }
}
