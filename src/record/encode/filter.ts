/**
 * Which records are wanted at all: by their text, their level, and a sample. Depends on the record alone, so that the same bytes read
 * again keep and drop the same ones.
 */
import type { Buffer } from 'node:buffer';
import type { PodOverrides } from '../../types.ts';
import type { Line } from '../format/line.ts';
import { LEVELS, WARN } from '../format/words.ts';
import type { RULES } from './counts.ts';
import type { TextSearch } from './text-search.ts';

/* What became of a record. */
/** The batch had no room. */
export const FULL = 0;
export const WRITTEN = 1;
export const DROPPED_BY_LEVEL = 2;
export const DROPPED_BY_SAMPLE = 3;
export const DROPPED_BY_EXCLUDE = 4;
export const DROPPED_BY_INCLUDE = 5;
export const DROPPED_BY_RATE = 6;

/** The rule that drops. */
export function ruleOf(dropped: number): (typeof RULES)[number] {
  switch (dropped) {
    case DROPPED_BY_LEVEL:
      return 'min-level';
    case DROPPED_BY_EXCLUDE:
      return 'exclude';
    case DROPPED_BY_INCLUDE:
      return 'include';
    case DROPPED_BY_RATE:
      return 'rate';
    default:
      return 'sample';
  }
}

/** The texts and patterns that a container's records must have, or must not. */
export interface Texts {
  readonly include: TextSearch | undefined;
  readonly exclude: TextSearch | undefined;
}

/** WRITTEN, or the rule that drops a record of this content, bytes[from, to). */
export function filterText(bytes: Buffer, from: number, to: number, { include, exclude }: Texts): number {
  if (exclude?.isIn(bytes, from, to)) return DROPPED_BY_EXCLUDE;
  return include === undefined || include.isIn(bytes, from, to) ? WRITTEN : DROPPED_BY_INCLUDE;
}

/** WRITTEN, or the rule that drops a record of this level (0: unknown). */
export function filter(line: Line, level: number, { sample, minLevel }: PodOverrides): number {
  if (minLevel !== undefined && level !== 0 && level < LEVELS.indexOf(minLevel)) return DROPPED_BY_LEVEL;
  if (sample > 1 && level < WARN) {
    if (sampleHash(line.source!.fingerprint, line.high, line.low, line.start) % sample !== 0) return DROPPED_BY_SAMPLE;
  }
  return WRITTEN;
}

/** A number that decides which records a sample keeps: the same for the same id, and well spread. */
export function sampleHash(fingerprint: string, high: number, low: number, offset: number): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < fingerprint.length; i++) h = Math.imul(h ^ fingerprint.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ high, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ low, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 13) ^ ((offset % 0x100000000) | 0), 0x27d4eb2f);
  return (h ^ (h >>> 16)) >>> 0;
}
