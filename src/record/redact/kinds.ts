/**
 * The kinds of what is found, as bits of a mask, and the mark that takes the place of each. A mark holds no byte that JSON escapes,
 * so it may stand inside of a JSON string as it is.
 */
import { Buffer } from 'node:buffer';
import type { Preset } from '../../types.ts';
import { PRESETS } from '../../util/presets.ts';

const bit = (preset: Preset): number => 1 << PRESETS.indexOf(preset);

export const EMAIL = bit('email');
export const IPV4 = bit('ipv4');
export const IPV6 = bit('ipv6');
export const CARD = bit('card');
export const JWT = bit('jwt');
export const AUTHORIZATION = bit('authorization');
export const CLOUD_KEY = bit('cloud_key');
export const PRIVATE_KEY = bit('private_key');
export const RESIDENT_NUMBER = bit('resident_number');
export const PHONE = bit('phone');
/** The end of a record that was cut: a secret may have begun in it. */
export const CUT = 1 << PRESETS.length;

/** Kinds that are digits, and may stand in JSON as a number. */
export const NUMBERS = CARD | RESIDENT_NUMBER | PHONE;

/** The kind of the k-th secret of the operator's own. */
export const ownKind = (k: number): number => -1 - k;
/** The k of ownKind(k); negative: another kind. */
export const ownIndex = (kind: number): number => -1 - kind;

const MARKS = [...PRESETS, 'cut'].map((name) => Buffer.from(`[redacted:${name}]`));

/** What stands in the document in place of one that was found. */
export const mark = (kind: number): Buffer => MARKS[31 - Math.clz32(kind)]!;

const ownMarks = new Map<string, Buffer>();

/** The same for a secret that the operator calls so. */
export function ownMark(name: string): Buffer {
  let made = ownMarks.get(name);
  if (made === undefined) ownMarks.set(name, (made = Buffer.from(`[redacted:${name}]`)));
  return made;
}

/** The mask of these presets; 0: none. */
export function maskOf(presets: readonly Preset[]): number {
  return presets.reduce((mask, preset) => mask | bit(preset), 0);
}
