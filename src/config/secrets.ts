/** The secrets among the settings of sinks: given as they are, or as a file that holds them. They are never shown. */
import { SINK_SECRETS } from '../sinks/index.ts';
import { freshSecret } from '../util/fresh-file.ts';
import { unreadable, unusableSecret } from '../util/named-file.ts';
import { secretIn, secretMistake } from '../util/secret.ts';
import type { SecretKind, SettingsLook } from '../util/setting.ts';
import type { Key, Values } from './table.ts';

export type SecretKey = keyof typeof SINK_SECRETS;
const SECRETS: Readonly<Record<SecretKey, SecretKind>> = SINK_SECRETS;
export const SECRET_KEYS = Object.keys(SECRETS) as SecretKey[];

/** What follows from secrets. */
export interface Secrets {
  /** What is wrong with a secret whose file was changed, in a sentence: the one before it is still used. */
  readonly secret_trouble: () => string | undefined;
  /** Every secret as it is now, for our own log to keep out. */
  readonly secrets: () => readonly (string | undefined)[];
}

/**
 * Reads those that are in files into `values`.
 * @param name what messages call a setting
 */
export function readSecrets(
  { values, at, complain }: SettingsLook<Values>,
  isGiven: (key: Key) => boolean,
  name: (key: string) => string = (key) => key,
): Secrets {
  const troubles = SECRET_KEYS.map((key) => {
    const file = values[`${key}_file`];
    if (!file) return () => undefined;
    if (isGiven(key)) complain(at(key), `${key} and ${key}_file are both set; keep one`);
    const { value, trouble } = freshSecret(file, SECRETS[key].use);
    values[key] = value;
    return () => {
      const wrong = trouble();
      if (wrong === undefined) return undefined;
      return (
        `${name(`${key}_file`)} ${file} ${wrong}: the secret before it is used on, until the server refuses it. ` +
        `Put ${SECRETS[key].takes} into it.`
      );
    };
  });
  return {
    secret_trouble: () => troubles.map((trouble) => trouble()).find((each) => each !== undefined),
    secrets: () => SECRET_KEYS.map((key) => values[key]?.()),
  };
}

/** What no server could take is refused here, where the sentence is read. */
export function checkSecret(key: SecretKey, { values, wrong, at, complain }: SettingsLook<Values>): void {
  const { use, takes } = SECRETS[key];
  const file = values[`${key}_file`];
  if (wrong.has(key) || wrong.has(`${key}_file`)) return;
  const missing = file ? unreadable(file) : undefined;
  if (missing !== undefined) return complain(at(`${key}_file`), `${key}_file ${file} ${missing}`);
  const given = values[key]?.();
  const mistake = file ? unusableSecret(file, use) : given && secretMistake(secretIn(given, use), use);
  if (mistake === undefined) return;
  const name = file ? `${key}_file ${file}` : key;
  complain(at(file ? `${key}_file` : key), `${name} ${mistake}; it takes ${takes}`);
}
