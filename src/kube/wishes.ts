/**
 * What the author of a pod may ask for by annotation. The author is not the operator: so only these keys, only these values,
 * nothing that names a path, compiles a pattern or costs more than it saves. A bad value is ignored and reported.
 */
import type { Level, Wishes } from '../types.ts';
import type { PodFacts } from './podfacts.ts';

export const WISH_PREFIX = 'podferry.io/';

/** A wish that could not be met: visible in /status. */
export interface BadWish {
  /** `<namespace>/<pod>` */
  readonly pod: string;
  readonly annotation: string;
  /** Shortened. */
  readonly value: string;
  readonly expected: string;
}

export interface PodWishes {
  readonly wishes: Wishes;
  /** Containers whose files are never opened; undefined: none; 'all': the whole pod. */
  readonly excluded: 'all' | ReadonlySet<string> | undefined;
  readonly bad: readonly BadWish[];
}

const SWITCHES = new Map([
  ['auto', true],
  ['true', true],
  ['on', true],
  ['off', false],
  ['false', false],
]);
const LEVELS = new Map<string, Level>([
  ['trace', 'trace'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['fatal', 'fatal'],
]);
const MOST_BAD = 8;
const SHOWN = 80;

/** Reads a pod's annotations; what they do not say is as `defaults` has it. */
export function podWishes(pod: PodFacts, defaults: Wishes): PodWishes {
  let { multiline, structured, sample, minLevel } = defaults;
  let excluded: PodWishes['excluded'];
  const bad: BadWish[] = [];
  for (const [annotation, raw] of Object.entries(pod.annotations)) {
    if (!annotation.startsWith(WISH_PREFIX)) continue;
    const value = raw.length > 4096 ? raw : raw.trim().toLowerCase();
    const refuse = (expected: string): void => {
      if (bad.length >= MOST_BAD) return;
      const owner = `${pod.namespace}/${pod.name}`;
      bad.push({ pod: owner, annotation: annotation.slice(0, SHOWN), value: raw.slice(0, SHOWN), expected });
    };
    switch (annotation.slice(WISH_PREFIX.length)) {
      case 'exclude':
        if (value === 'true') excluded = 'all';
        else if (value !== 'false') refuse('true or false');
        break;
      case 'exclude-containers': {
        // A misspelt name would exclude nothing in silence: it is reported, and the others are excluded all the same.
        const names = value.split(',', 64).map((name) => name.trim());
        const known = names.filter((name) => pod.containers.some((c) => c.name === name));
        if (known.length < names.length) refuse('names of containers of this pod, separated by commas');
        if (excluded !== 'all') excluded = new Set(known);
        break;
      }
      case 'multiline':
        multiline = SWITCHES.get(value) ?? (refuse('auto or off'), multiline);
        break;
      case 'structured':
        structured = SWITCHES.get(value) ?? (refuse('auto or off'), structured);
        break;
      case 'sample':
        if (/^[1-9]\d{0,5}$/.test(value)) sample = Number(value);
        else refuse('a whole number from 1 to 999999: keep one record in so many');
        break;
      case 'min-level':
        minLevel = LEVELS.get(value) ?? (refuse([...LEVELS.keys()].join(', ')), minLevel);
        break;
      default:
        refuse('exclude, exclude-containers, multiline, structured, sample or min-level');
    }
  }
  return { wishes: { multiline, structured, sample, minLevel }, excluded, bad };
}
