/** Careful looks into JSON that others wrote: a value of the wrong type reads as absent, never throws. */
import { Buffer } from 'node:buffer';

export type Json = Record<string, unknown>;

/** The value if it is an object (not an array), else an empty one. */
export function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function array(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A string that says something: '' reads as absent. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An own member of a string map: labels may be called `constructor`. */
export function member(map: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(map, key) ? text(map[key]) : undefined;
}

/** The members whose value is a string, as own properties of a fresh object. */
export function strings(value: unknown, keep: (key: string) => boolean = () => true): Record<string, string> {
  return Object.fromEntries(
    Object.entries(object(value)).filter((entry): entry is [string, string] => {
      return typeof entry[1] === 'string' && keep(entry[0]);
    }),
  );
}

/** The beginning of a text. A copy: a part of a string keeps all of the string in memory. */
export function beginning(value: string, chars: number): string {
  return value.length <= chars ? value : Buffer.from(value.slice(0, chars)).toString();
}
