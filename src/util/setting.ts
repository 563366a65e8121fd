/** A setting, and what is told of several of them together: the types that the table of settings and its parts share. No code. */
import type { Complain, Given } from './given.ts';
import type { Use } from './secret.ts';

/** One row of the table. */
export interface Setting<T> {
  /** For the reference: `size`, `duration`, `a | b` … */
  readonly kind: string;
  /** The default, as an operator would write it. */
  readonly fallback: string;
  /** What the reference shows as the default when the bare text would not say it. */
  readonly shown?: string;
  readonly help: string;
  /** Never printed. */
  readonly secret: boolean;
  /** The typed value; or complains and returns undefined. `key` opens every sentence. */
  read(given: Given, key: string, complain: Complain): T | undefined;
}

/** The settings of one part of podferry, by dotted key. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The typed value of each setting, by dotted key. */
export type ValuesOf<T> = { -readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : never };

/** The values of one section: `Section<T, 'batch'>` has the member `max_bytes` for the setting `batch.max_bytes`. */
export type Section<T, S extends string> = {
  readonly [K in keyof T as K extends `${S}.${infer M}` ? M : never]: ValuesOf<T>[K];
};

/** A setting that holds a secret: `<key>_file` beside it names a file to read the secret from. */
export interface SecretKind {
  readonly use: Use;
  /** What an operator puts there, in words that follow "it takes". */
  readonly takes: string;
}

/** Which command the settings are for: replay ships to stdout unless told otherwise and does without node and state. */
export type Purpose = 'run' | 'replay' | 'verify' | 'redeliver' | 'check' | 'setup';

/** What is needed to look at settings that depend on each other. `V`: the values the look needs. */
export interface SettingsLook<V> {
  readonly purpose: Purpose;
  /** May be changed as long as nobody has looked at them. A value that was refused is undefined, and its key in `wrong`. */
  readonly values: V;
  readonly wrong: ReadonlySet<string>;
  /** The place where a setting was given, for a complaint; '' for a default. */
  readonly at: (key: keyof V & string) => string;
  readonly complain: Complain;
  /** Says what works and is probably not meant: a sentence. */
  readonly warn: (text: string) => void;
}
