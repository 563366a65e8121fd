/**
 * A value as the operator gave it: text, a list or a map, and the place it stands at, so that a complaint can point there.
 * Files, environment and flags all come down to this, and nothing is guessed from YAML's types: `007` stays `007`.
 */
export interface Given {
  /** `podferry.yaml:12`, `PODFERRY_BATCH_MAX_AGE` or `--set batch.max_age`. */
  readonly at: string;
  readonly value: string | Given[] | Map<string, Given>;
}

/** Where a value came from, weakest first: the later one wins. */
export type Layer = 'default' | 'file' | 'env' | 'flag';

/** Notes a mistake at a place. `text` is a whole sentence that names the setting. Returns undefined: "no value then". */
export type Complain = (at: string, text: string) => undefined;

/** A value inside a complaint: quoted, one line, not endless. */
export function quote(given: Given): string {
  if (Array.isArray(given.value)) return 'a list';
  if (given.value instanceof Map) return 'a map';
  const text = given.value;
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
