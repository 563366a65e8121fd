/**
 * A value as the operator gave it: text, a list or a map, with its place, so that a complaint can name the place. Files,
 * environment and flags all become this. YAML's types count for nothing: `007` stays `007`.
 */
export interface Given {
  /** `podferry.yaml:12`, `PODFERRY_BATCH_MAX_AGE` or `--set batch.max_age`. */
  readonly at: string;
  readonly value: string | Given[] | Map<string, Given>;
}

/** Where a value came from. A later one in this list wins. */
export type Layer = 'default' | 'file' | 'env' | 'flag';

/** Notes a mistake at a place. `text` is a whole sentence that names the setting. Returns undefined: "no value then". */
export type Complain = (at: string, text: string) => undefined;

/** The items of a list, or of a text with commas; undefined for a map. */
export function itemsOf({ at, value }: Given): Given[] | undefined {
  if (value instanceof Map) return undefined;
  if (Array.isArray(value)) return value;
  const items = value.split(',').map((item) => item.trim());
  return items.filter((item) => item !== '').map((item) => ({ at, value: item }));
}

/** A value inside a complaint: quoted, one line, not endless. */
export function quote(given: Given): string {
  if (Array.isArray(given.value)) return 'a list';
  if (given.value instanceof Map) return 'a map';
  const text = given.value;
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
