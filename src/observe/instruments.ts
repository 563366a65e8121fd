/**
 * The kinds of metric that podferry has: read at the scrape, or told of each event. Labels are `output`,
 * whose values come from the settings, and at most one more, of bounded values. One gauge names containers: a few at a time.
 */
import { Counter, Gauge, type Registry } from 'prom-client';

/** The most values of a label. Values come from outside; all further ones count as `other`. */
const MOST_LABELS = 64;

type Values = Iterable<readonly [value: string, count: number]>;

/** A value, by all labels of its metric. */
export interface LabelledValue {
  readonly labels: Record<string, string>;
  readonly value: number;
}

export class Instruments {
  readonly #registers: Registry[];

  constructor(registry: Registry) {
    this.#registers = [registry];
  }

  /** A counter that is read at the scrape. */
  counter(name: string, help: string, value: () => number): void {
    const collect = function (this: Counter): void {
      refill(this, [['', value()]]);
    };
    new Counter({ name, help, registers: this.#registers, collect });
  }

  /** With a label. `known`: values of it that exist from the start. */
  counterBy(name: string, help: string, label: string, known: readonly string[], values: () => Values): void {
    const zeros = known.map((value) => [value, 0] as const);
    const collect = function (this: Counter): void {
      refill(this, bounded([...zeros, ...values()]), label);
    };
    new Counter({ name, help, labelNames: [label], registers: this.#registers, collect });
  }

  /** A gauge that is read at the scrape. */
  gauge(name: string, help: string, value: () => number): void {
    const collect = function (this: Gauge): void {
      refill(this, [['', value()]]);
    };
    new Gauge({ name, help, registers: this.#registers, collect });
  }

  gaugeBy(name: string, help: string, label: string, values: () => Values): void {
    const collect = function (this: Gauge): void {
      refill(this, bounded(values()), label);
    };
    new Gauge({ name, help, labelNames: [label], registers: this.#registers, collect });
  }

  /** A gauge with several labels. The caller bounds how many series there are at a time. */
  gaugeOf(name: string, help: string, labelNames: readonly string[], series: () => Iterable<LabelledValue>): void {
    const collect = function (this: Gauge): void {
      this.reset();
      for (const { labels, value } of series()) this.inc(labels, value);
    };
    new Gauge({ name, help, labelNames, registers: this.#registers, collect });
  }

  /**
   * A counter whose function is called at each event.
   * @param known values of the label that exist from the start
   */
  told(name: string, help: string, label: string, known: readonly string[]): (value: string, count?: number) => void {
    const counter = new Counter({ name, help, labelNames: [label], registers: this.#registers });
    return toldOf(counter, {}, label, known);
  }

  /** The same for each output, with values of the label that exist of it from the start. */
  toldByOutput(
    name: string,
    help: string,
    label: string,
    known: ReadonlyMap<string, readonly string[]>,
  ): (output: string, value: string, count?: number) => void {
    const counter = new Counter({ name, help, labelNames: [label, OUTPUT], registers: this.#registers });
    const each = new Map([...known].map(([output, values]) => [output, toldOf(counter, { output }, label, values)]));
    return (output, value, count) => each.get(output)!(value, count);
  }
}

/** The label of what concerns one output. */
export const OUTPUT = 'output';

function toldOf(
  counter: Counter,
  labels: Readonly<Record<string, string>>,
  label: string,
  known: readonly string[],
): (value: string, count?: number) => void {
  const seen = new Set<string>(known);
  for (const value of known) counter.inc({ [label]: value, ...labels }, 0);
  return (value, count = 1) => {
    if (seen.size < MOST_LABELS) seen.add(value);
    counter.inc({ [label]: seen.has(value) ? value : 'other', ...labels }, count);
  };
}

function refill(metric: Counter | Gauge, values: Values, label?: string): void {
  metric.reset();
  for (const [value, count] of values) {
    if (label === undefined) metric.inc(count);
    else metric.inc({ [label]: value }, count);
  }
}

function bounded(values: Values): Map<string, number> {
  const kept = new Map<string, number>();
  for (const [value, count] of values) {
    const name = kept.size < MOST_LABELS || kept.has(value) ? value : 'other';
    kept.set(name, (kept.get(name) ?? 0) + count);
  }
  return kept;
}
