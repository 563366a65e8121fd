/** The few kinds of metric we have: read at the scrape, or told under way; with one label at most, of bounded values. */
import { Counter, Gauge, type Registry } from 'prom-client';

/** Label values come from elsewhere: after so many, the rest counts as `other`. */
const MOST_LABELS = 64;

type Values = Iterable<readonly [value: string, count: number]>;

export class Instruments {
  readonly #registers: Registry[];

  constructor(registry: Registry) {
    this.#registers = [registry];
  }

  /** A counter that is read at the scrape. */
  counter(name: string, help: string, value: () => number): void {
    new Counter({
      name,
      help,
      registers: this.#registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }

  counterBy(name: string, help: string, label: string, values: () => Values): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: this.#registers,
      collect() {
        this.reset();
        for (const [value, count] of bounded(values())) this.inc({ [label]: value }, count);
      },
    });
  }

  /** A gauge that is read at the scrape. */
  gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: this.#registers,
      collect() {
        this.set(value());
      },
    });
  }

  gaugeBy(name: string, help: string, label: string, values: () => Values): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: this.#registers,
      collect() {
        this.reset();
        for (const [value, count] of bounded(values())) this.set({ [label]: value }, count);
      },
    });
  }

  /** A counter that is told of each event as it happens. */
  told(name: string, help: string, label: string): (value: string) => void {
    const counter = new Counter({ name, help, labelNames: [label], registers: this.#registers });
    const seen = new Set<string>();
    return (value) => {
      if (seen.size < MOST_LABELS) seen.add(value);
      counter.inc({ [label]: seen.has(value) ? value : 'other' });
    };
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
