/** What the members of a rule may be: each reads one, or complains and answers undefined, as it does where none is given. */
import type { Parse, RateLimit } from '../types.ts';
import { quote, type Complain, type Given } from '../util/given.ts';
import { nearest } from '../util/nearest.ts';
import { isOutputName, OUTPUT_NAME_TAKES } from '../util/output-name.ts';
import { whyNever, type NameKind } from '../util/pattern.ts';
import { PARSES } from '../util/text-presets.ts';
import { RATE_MEMBERS, rateOf } from '../util/rate-members.ts';
import { PART_TAKES, readPart, type StreamPart } from '../util/stream-name.ts';

/** A name with `*` for any text and `!` in front, which some name can match. */
export function pattern(given: Given | undefined, key: string, kind: NameKind, complain: Complain): string | undefined {
  if (given === undefined) return undefined;
  const { value } = given;
  if (typeof value !== 'string' || value === '' || value === '!' || value.length > 256)
    return complain(
      given.at,
      `${key} takes a name, with * for any text and ! in front for all others, not ${quote(given)}`,
    );
  const why = whyNever(value, kind);
  return why === undefined ? value : complain(given.at, `${key} ${quote(given)} can match nothing: ${why}`);
}

/** One of a few words. */
export function choice<T extends string>(
  given: Given | undefined,
  key: string,
  choices: readonly T[],
  complain: Complain,
): T | undefined {
  if (given === undefined) return undefined;
  const found = choices.find((c) => c === given.value);
  return (
    found ??
    complain(given.at, `${key} takes ${choices.join(', ').replace(/, ([^,]*)$/, ' or $1')}, not ${quote(given)}`)
  );
}

/** Which formats of plain text are taken apart. */
export function parseValue(given: Given | undefined, key: string, complain: Complain): Parse | undefined {
  if (given === undefined || PARSES.some((parse) => parse === given.value)) return given?.value as Parse | undefined;
  const near = typeof given.value === 'string' ? nearest(given.value, PARSES) : undefined;
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return complain(given.at, `${key} takes ${PARSES.join(', ')}, not ${quote(given)}${hint}`);
}

/** A part of the name of a data stream, perhaps filled in from the pod. */
export function streamPart(given: Given | undefined, key: string, complain: Complain): StreamPart | undefined {
  if (given === undefined) return undefined;
  const part = typeof given.value === 'string' ? readPart(given.value) : undefined;
  return part ?? complain(given.at, `${key} takes ${PART_TAKES}, not ${quote(given)}`);
}

/** The name of an output. Whether there is one is seen when all settings are read. */
export function outputName(given: Given | undefined, key: string, complain: Complain): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given.value === 'string' && isOutputName(given.value)) return given.value;
  return complain(given.at, `${key} takes the name of an output (${OUTPUT_NAME_TAKES}), not ${quote(given)}`);
}

/** One in so many. */
export function oneIn(given: Given | undefined, key: string, complain: Complain): number | undefined {
  if (given === undefined) return undefined;
  const value = typeof given.value === 'string' && /^\d{1,7}$/.test(given.value) ? Number(given.value) : 0;
  if (value >= 1) return value;
  return complain(given.at, `${key} takes a whole number such as 10, to keep one record in 10, not ${quote(given)}`);
}

/** How much a container may ship. */
export function rateLimit(given: Given | undefined, key: string, complain: Complain): RateLimit | undefined {
  if (given === undefined) return undefined;
  const members = given.value;
  if (!(members instanceof Map) || !(members.has('records') || members.has('bytes')))
    return complain(
      given.at,
      `${key} takes a map such as {records: 100, bytes: 1MiB, burst: 10s}, not ${quote(given)}`,
    );
  known(members, Object.keys(RATE_MEMBERS), key, complain);
  const read = (name: keyof typeof RATE_MEMBERS): number | undefined => {
    const member = members.get(name);
    return member && RATE_MEMBERS[name].read(member, `${key}.${name}`, complain);
  };
  return rateOf(read('records'), read('bytes'), read('burst'));
}

const MOST_ADDED = 16;
/** No dots, which stand for objects, and nothing that differs only in case. */
const ADDED_NAME = /^[a-z][a-z0-9_]{0,63}$/;
const ADDED_CHARACTERS = 256;

/** Constant members of documents, by name. */
export function constants(
  given: Given | undefined,
  key: string,
  complain: Complain,
): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined;
  const members = given.value;
  if (!(members instanceof Map) || members.size === 0)
    return complain(given.at, `${key} takes a map such as {team: shop}, not ${quote(given)}`);
  if (members.size > MOST_ADDED) return complain(given.at, `${key} takes ${MOST_ADDED} names at most`);
  const added: [string, string][] = [];
  for (const [name, each] of members as Map<string, Given>) {
    const { at, value } = each;
    if (!ADDED_NAME.test(name))
      complain(
        at,
        `${key}: ${JSON.stringify(name)} can be no name; it may hold small letters, digits and _, 64 at most`,
      );
    if (typeof value !== 'string' || value === '' || value.length > ADDED_CHARACTERS)
      complain(at, `${key}.${name} takes a text of ${ADDED_CHARACTERS} characters at most, not ${quote(each)}`);
    else added.push([name, value]);
  }
  return Object.fromEntries(added);
}

/** Complains of members that are none of these. */
export function known(members: Map<string, Given>, names: readonly string[], key: string, complain: Complain): void {
  for (const [name, { at }] of members) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    const hint = near === undefined ? `it may hold ${names.join(', ')}` : `did you mean ${near}?`;
    complain(at, `${key} has no member ${name}; ${hint}`);
  }
}
