/**
 * The names of data streams, `logs-<dataset>-<namespace>`: which parts they may have, and parts that are filled in from a pod. Pure.
 *
 * A part is text, or a template such as `{label:team|shared}`: what stands behind the `|` is for pods that lack it. What a pod says is
 * written by others, so it is cleaned, and no value makes a part too long or adds one.
 */
import type { DataStream } from '../types.ts';

/** What a template may name. */
export type PodField = 'kubernetes.namespace' | 'kubernetes.container.name' | `label:${string}`;

interface Placeholder {
  readonly field: PodField;
  /** In place of what the pod does not have. */
  readonly otherwise: string;
  /** Longest value, in characters; a longer one is cut. */
  readonly room: number;
}

/** Text as it is, and what is filled in. */
export type StreamPart = readonly (string | Placeholder)[];

/** Longest part, in bytes. Source of this and of the characters: Elastic's data stream naming scheme. */
export const PART_BYTES = 100;
/** So short a value would not tell one pod from another. */
const LEAST_ROOM = 20;
/** In place of what a pod does not have, where the template names nothing. */
export const OTHER = 'other';
const PLACEHOLDER = /\{([^{}|]*)(?:\|([^{}|]*))?\}/;
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ */
const FIELD =
  /^(?:kubernetes\.namespace|kubernetes\.container\.name|label:(?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)$/;

/** What a setting of a part takes, in words that follow "takes". */
export const PART_TAKES =
  'a data stream\'s name part such as podferry or, in quotes, "{label:team|shared}" (lower case, at most 100 bytes, none of ' +
  '-\\/*?"<>|,#: or space; what the pod fills in is {kubernetes.namespace}, {kubernetes.container.name} or {label:NAME})';

/** Of the data stream with these parts. */
export function nameOf({ dataset, namespace }: DataStream): string {
  return `logs-${dataset}-${namespace}`;
}

/** Whether a data stream may have this part. */
export function isPart(text: string): boolean {
  return (
    text !== '' &&
    Buffer.byteLength(text) <= PART_BYTES &&
    text === text.toLowerCase() &&
    !/[-\\/*?"<>|,#:\s\x00-\x1f]/.test(text)
  );
}

/** A part, or a template of one. Undefined: it is neither. */
export function readPart(text: string): StreamPart | undefined {
  if (!/[{}]/.test(text)) return isPart(text) ? [text] : undefined;
  // Text, field, fallback, text …
  const pieces = text.split(PLACEHOLDER);
  const texts = pieces.filter((_, i) => i % 3 === 0) as string[];
  const fields = pieces.filter((_, i) => i % 3 === 1) as string[];
  const others = pieces.filter((_, i) => i % 3 === 2).map((otherwise: string | undefined) => otherwise ?? OTHER);
  const room = Math.floor((PART_BYTES - texts.join('').length) / fields.length);
  const isRight =
    fields.length > 0 &&
    room >= LEAST_ROOM &&
    fields.every((field) => FIELD.test(field)) &&
    others.every((otherwise) => otherwise !== '' && otherwise === cleaned(otherwise, room)) &&
    texts.every((piece) => piece === '' || (isPart(piece) && /^[\x21-\x7a]*$/.test(piece)));
  if (!isRight) return undefined;
  const part = texts.flatMap((piece, i) => {
    const field = fields[i] as PodField | undefined;
    return field === undefined ? [piece] : [piece, { field, otherwise: others[i]!, room }];
  });
  return part.filter((piece) => piece !== '');
}

/** The part with what `valueOf` gives filled in; undefined and '' are values that the pod does not have. */
export function filledIn(part: StreamPart, valueOf: (field: PodField) => string | undefined): string {
  const pieces = part.map((piece) => {
    if (typeof piece === 'string') return piece;
    const { field, otherwise, room } = piece;
    return cleaned(valueOf(field) ?? '', room) || otherwise;
  });
  return pieces.join('');
}

/** The part of pods that have nothing. */
export function fallbackOf(part: StreamPart): string {
  return filledIn(part, () => undefined);
}

/** The same for every pod. */
export function isFixed(part: StreamPart): boolean {
  return part.every((piece) => typeof piece === 'string');
}

/** All that it can become, with `*` for any text. */
export function patternOf(part: StreamPart): string {
  return part.map((piece) => (typeof piece === 'string' ? piece : '*')).join('');
}

/** In lower case, with `_` for all but letters, digits, dots and `_`, cut. */
function cleaned(value: string, room: number): string {
  return value
    .slice(0, room)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._]/g, '_')
    .slice(0, room);
}
