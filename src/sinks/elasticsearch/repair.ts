/**
 * Mends a document that was refused for a field of an application: the object that holds the field is taken out, its text is put
 * into `podferry.moved`, which every server takes as a text, and `podferry.repaired` names what was moved. So a developer still
 * finds the line, by its message, its pod and its time. Pure.
 */
import { Buffer } from 'node:buffer';
import { parseJson } from '../../util/json.ts';
import type { Refusal } from '../deadletter/line.ts';

/**
 * What applications and teams decide the types of, in the order in which it stands in a document (docs/design.md). All else is
 * podferry's own.
 */
const MOVABLE = [
  { field: 'json', member: ',"json":{' },
  { field: 'kubernetes.labels', member: ',"labels":{' },
  { field: 'kubernetes.namespace_labels', member: ',"namespace_labels":{' },
  { field: 'kubernetes.annotations', member: ',"annotations":{' },
] as const;
const OWN = ',"podferry":{';

interface Part {
  readonly field: string;
  /** The first byte, a comma, and the byte behind the last. */
  readonly from: number;
  readonly to: number;
}

/**
 * The mended document, without LF; undefined if it holds nothing that can be moved, or was mended before. If the reason names
 * none of what can be moved (there are too many fields), all of that is moved.
 */
export function repair(document: Buffer, { reason }: Refusal): Buffer | undefined {
  const text = document.toString();
  const { end, own } = ownIn(text);
  if (own.includes('"repaired":')) return undefined;
  const parts = partsOf(text);
  const named = parts.filter(({ field }) => reason.includes(`[${field}.`) || reason.includes(`[${field}]`));
  const moved = named.length > 0 ? named : parts;
  if (moved.length === 0) return undefined;
  let rest = '';
  let at = 0;
  for (const { from, to } of moved) {
    rest += text.slice(at, from);
    at = to;
  }
  rest += text.slice(at, end);
  const repaired = JSON.stringify(moved.map(({ field }) => field));
  const content = JSON.stringify(moved.map(({ from, to }) => text.slice(from + 1, to)).join(','));
  const mended = `${rest}${OWN}${own}"repaired":${repaired},"moved":${content}}}`;
  return parseJson(mended) === undefined ? undefined : Buffer.from(mended);
}

/** Where the member `podferry` begins, which is the last one, or where it would; and its content with a comma, '' if there is none. */
function ownIn(text: string): { end: number; own: string } {
  const end = text.lastIndexOf(OWN);
  const last = text.length - 1;
  if (end === -1 || endOfObject(text, end + OWN.length) !== last) return { end: last, own: '' };
  return { end, own: `${text.slice(end + OWN.length, last - 1)},` };
}

/**
 * Texts are quoted in a document, so a member's name between quotes is a member. The first `json` is the document's, and what of an
 * application lies in it is passed over with it.
 */
function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const { field, member } of MOVABLE) {
    const from = text.indexOf(member, at);
    if (from === -1) continue;
    at = endOfObject(text, from + member.length);
    parts.push({ field, from, to: at });
  }
  return parts;
}

/** Behind the brace that closes the object whose content begins at `at`. */
function endOfObject(text: string, at: number): number {
  const marks = /["{}]/g;
  let depth = 1;
  while (depth > 0) {
    marks.lastIndex = at;
    const mark = marks.exec(text);
    if (mark === null) return text.length;
    at = mark.index + 1;
    if (mark[0] === '{') depth++;
    else if (mark[0] === '}') depth--;
    else at = endOfText(text, at);
  }
  return at;
}

/** Behind the quote that closes the text whose content begins at `at`. */
function endOfText(text: string, at: number): number {
  for (;;) {
    const end = text.indexOf('"', at);
    if (end === -1) return text.length;
    let escapes = 0;
    while (text[end - 1 - escapes] === '\\') escapes++;
    at = end + 1;
    if (escapes % 2 === 0) return at;
  }
}
