/** Careful reading of JSON that others wrote: a value of the wrong type reads as absent, and nothing throws. */

export type Json = Record<string, unknown>;

/** The value of a JSON text; undefined if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object that is not an array. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is an object (not an array), else an empty one. */
export function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** The value if it is an array, else an empty one. */
export function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value if it is a string with content; '' reads as absent. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The text of an own member of a string map: a label may be called `constructor`. */
export function textMember(map: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(map, key) ? asText(map[key]) : undefined;
}

/** The members whose value is a string and whose key `keep` accepts, as own properties of a new object. */
export function stringMembers(value: unknown, keep: (key: string) => boolean = () => true): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asObject(value)).filter((entry): entry is [string, string] => {
      return typeof entry[1] === 'string' && keep(entry[0]);
    }),
  );
}
