/**
 * Randomness that can be had again: every test prints its seed, and PODFERRY_SEED=<seed> replays it (the decisions, not the
 * moments at which processes run).
 */
import { env, stdout } from 'node:process';
import { dice } from '../helpers/dice.ts';

/** PODFERRY_SEED, or a new one. */
export function newSeed(): number {
  return Number(env['PODFERRY_SEED'] ?? Math.floor(Math.random() * 1e9));
}

export class Random {
  /** In [0, 1). */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = dice(seed);
  }

  /** A whole number in [0, n). */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

/** A pause of a random or given length: what happens in it is the point, not how long it takes. */
export function pass(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}

/** Says something about the run: a seed, a distribution. */
export function say(text: string): void {
  stdout.write(`${text}\n`);
}
