/** Where the members of a document come from that `podferry explain` tells of: fields, level, error. */
import { shortened, type Step } from './layout.ts';
import {
  LEVEL,
  OTHERS,
  PLACE,
  TARGETS,
  TOOK_MICROSECONDS,
  TOOK_MILLISECONDS,
  TOOK_SECONDS,
  TOOK_TEXT,
} from '../record/encode/ecs-names.ts';
import { level } from '../record/encode/level.ts';
import { candidates, formatsOf, TextScan } from '../record/encode/text/formats.ts';
import { ASK } from '../record/encode/text/said.ts';
import type { Seen } from '../record/join/watch.ts';
import type { PodOverrides } from '../types.ts';
import { amount } from '../util/human.ts';
import { asObject, isObject, parseJson, type Json } from '../util/json.ts';
import { PARSES } from '../util/text-presets.ts';

/** What is told of where the members of `json`, the document, come from. */
export function stepsOfContent(seen: Seen, json: Json): Step[] {
  return [stepOfFields(seen, json), stepOfLevel(seen, json), stepOfError(json)];
}

/** Other members that a member of the document is made of: a place such as `main.go:12`, a duration in another unit. */
const ELSEWHERE = new Map([
  ['log.origin.file.line', [PLACE]],
  ['log.origin.file.name', [PLACE]],
  ['event.duration', [TOOK_SECONDS, TOOK_MILLISECONDS, TOOK_MICROSECONDS, TOOK_TEXT]],
]);

/** Which members of a JSON line became which member of the document. */
function stepOfFields({ content, shown, meta }: Seen, json: Json): Step {
  const name = 'fields';
  const line = parsed((shown ?? content).toString());
  if (line === undefined) return { name, texts: textFields(shown ?? content, meta.overrides, json) };
  if (!meta.overrides.structured) return { name, texts: ['none: structured is off'] };
  const left = json['json'] === undefined ? undefined : flat(json['json']);
  const members = flat(line);
  const taken = TARGETS.flatMap(({ path, names }) => {
    const value = flat(json).get(path);
    if (value === undefined) return [];
    const isTaken = (each: string): boolean => members.has(each) && left?.has(each) !== true;
    if (isTaken(path)) return [`${path}: the member of that name`];
    const from = [names, ...(ELSEWHERE.get(path) ?? []).map(namesOf)].join(' ').split(' ').find(isTaken);
    return from === undefined ? [] : [`${path}: the member ${from}`];
  });
  const { message } = json;
  const said = [...members].find(([path, value]) => value === message && left?.has(path) !== true);
  if (said === undefined && taken.length === 0 && left === undefined)
    return { name, texts: ['none: the object is not taken apart; docs/design.md has the bounds'] };
  return {
    name,
    texts: [
      said === undefined ? 'message: the whole line' : `message: the member ${said[0]}`,
      ...taken,
      left === undefined ? 'json: nothing is left' : `json: ${amount(left.size, 'other value')}`,
    ],
  };
}

/** Which members of the document the parts of a line of plain text became. */
function textFields(content: Buffer, overrides: PodOverrides, json: Json): string[] {
  if ((overrides.parse ?? 'off') === 'off') return ['none: the content is no JSON object, and parse is off'];
  const format = textFormat(content, overrides);
  if (format === undefined) return ['none: the content is no JSON object, and no text of a format that is taken apart'];
  const members = flat(json);
  const taken = TARGETS.flatMap(({ path }) => (members.has(path) ? [path] : []));
  const left = json['json'] === undefined ? [] : [`json: ${amount(flat(json['json']).size, 'other value')}`];
  return [`as ${format.preset}${taken.length === 0 ? '' : `: ${taken.join(', ')}`}`, ...left];
}

/** The first value of `parse` that takes the line apart, and whether it says the level too; undefined: none does. */
function textFormat(
  content: Buffer,
  { parse = 'off', structured }: PodOverrides,
): { preset: string; tellsLevel: boolean } | undefined {
  const scan = new TextScan();
  const preset = (parse === 'auto' ? PARSES.slice(2) : [parse]).find((each) => {
    const formats = content.length === 0 ? 0 : candidates(formatsOf(each, structured), content[0]!);
    return formats !== 0 && scan.read(content, 0, content.length, formats, false);
  });
  return preset === undefined ? undefined : { preset, tellsLevel: scan.said.level !== ASK };
}

function stepOfLevel({ content, shown, lines, meta }: Seen, json: Json): Step {
  const name = 'level';
  const found = asObject(json['log'])['level'];
  const format = textFormat(shown ?? content, meta.overrides);
  const { preset } = format ?? {};
  if (typeof found !== 'string')
    return {
      name,
      texts: [`none: it stands nowhere where ${preset === undefined ? 'loggers write' : `lines of ${preset} have`} it`],
    };
  const line = json['json'] === undefined ? undefined : parsed((shown ?? content).toString());
  const members = line && flat(line);
  const member = namesOf(LEVEL)
    .split(' ')
    .find((each) => members?.has(each) === true);
  if (member !== undefined)
    return { name, texts: [`${found}, from the member ${member}: ${JSON.stringify(members!.get(member))}`] };
  if (format?.tellsLevel) return { name, texts: [`${found}, as lines of ${preset} say it`] };
  if (json['error'] !== undefined && level(content, 0, content.length) === 0)
    return { name, texts: [`${found}: it is a stack trace without a level of its own`] };
  const end = levelEnd(content);
  return {
    name,
    texts: [
      end === undefined || lines > 1 || shown !== undefined
        ? found
        : `${found}, as far as ${JSON.stringify(content.toString('utf8', 0, end))}`,
    ],
  };
}

function namesOf(target: number): string {
  return OTHERS.find(([each]) => each === target)![1];
}

/** The shortest beginning of the content from which on the level is found as it is; undefined: nothing of the text tells it. */
function levelEnd(content: Buffer): number | undefined {
  const found = level(content, 0, content.length);
  if (found === 0) return undefined;
  let end = Math.min(content.length, 128);
  while (end > 1 && level(content, 0, end - 1) === found) end--;
  return end;
}

function stepOfError(json: Json): Step {
  const { type, message } = asObject(json['error']);
  const told = [type, message].filter((each) => typeof each === 'string').map((each) => String(shortened('', each)));
  return { name: 'error', texts: told.length === 0 ? [] : [told.join(': ')] };
}

function parsed(text: string): Json | undefined {
  const brace = text.indexOf('{');
  const value = brace < 0 ? undefined : parseJson(text.slice(brace, text.lastIndexOf('}') + 1));
  return isObject(value) ? value : undefined;
}

/** The record stage does not look deeper either. */
const MOST_LEVELS = 16;

/** Values by their path with dots; a list is a value. */
function flat(value: unknown, path = '', found = new Map<string, unknown>(), depth = 0): Map<string, unknown> {
  if (!isObject(value) || depth > MOST_LEVELS) return found.set(path, value);
  for (const [key, each] of Object.entries(value)) flat(each, path === '' ? key : `${path}.${key}`, found, depth + 1);
  return found;
}
