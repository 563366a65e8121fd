/** How long a document can become, before it is written: bounds that hold whatever the content is. */
import type { Line } from '../format/line.ts';
import { ECS_BYTES } from './ecs-put.ts';
import { WORST } from './escape.ts';
import { ERROR_BYTES } from './raised.ts';
import { MADE_BYTES } from './json-said.ts';
import { FIXED_BYTES } from './rendered-log.ts';
import { MOST_TEXT } from './text/formats.ts';
import type { TextSaid } from './text/said.ts';

/** `,"json":` */
const JSON_NAME = 8;

/** How many bytes a slab must have so that one record fits it whatever its content, without what a sink wants in front. */
export function slabBytes(batchMaxBytes: number, maxBytes: number): number {
  return Math.max(batchMaxBytes, WORST * (maxBytes + MOST_TEXT) + FIXED_BYTES + ERROR_BYTES + ECS_BYTES);
}

/**
 * What a JSON object takes besides the message: what is under `json`, and of a line of which something is left out its ECS members once
 * more. Bytes that are no text grow.
 */
export function jsonBytes({ from, to, valid }: Line): number {
  return 2 * (valid ? to - from : 3 * (to - from)) + JSON_NAME + ECS_BYTES + MADE_BYTES;
}

/** What the members of a line of text take besides the message. They are parts of its first line, and no part comes twice. */
export function textBytes({ from, to, valid }: Line, { members }: TextSaid): number {
  if (members.length > 0) return 2 * (valid ? members.length : 3 * members.length) + JSON_NAME + ECS_BYTES + MADE_BYTES;
  return WORST * Math.min(to - from, MOST_TEXT) + ECS_BYTES;
}
