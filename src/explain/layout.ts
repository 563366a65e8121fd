/**
 * What `podferry explain` prints: steps with a word in front, wrapped to the columns of a terminal. Log content is written by strangers:
 * nothing of it is printed that could steer a terminal, and of long texts only the beginning.
 */
import { columns, visible } from '../sinks/stdout/ansi.ts';

/** A word for what is told, and texts, each on lines of its own. */
export interface Step {
  readonly name: string;
  readonly texts: readonly string[];
}

const COLUMNS = 80;
const NAME_COLUMNS = 10;
/** Characters of a text. */
const MOST = 2000;

/** The steps, 80 columns wide at most. */
export function layOut(steps: readonly Step[]): string {
  return steps
    .filter(({ texts }) => texts.length > 0)
    .map(({ name, texts }) => {
      const lines = texts.flatMap((text) => wrap(text, COLUMNS - NAME_COLUMNS));
      return lines.map((line, i) => `${(i === 0 ? name : '').padEnd(NAME_COLUMNS)}${line}`.trimEnd() + '\n').join('');
    })
    .join('');
}

/** A document as lines of JSON, the members of each object under it. */
export function documentLines(json: string): string[] {
  return JSON.stringify(JSON.parse(json, shortened), null, 1).split('\n');
}

/** The text, or its beginning and how much follows. */
export function shortened(_: unknown, value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= MOST) return value;
  return `${value.slice(0, MOST)}… (${value.length - MOST} more characters)`;
}

/** Lines of at most `width` columns: broken at spaces, and within a word that is longer. A further line is indented as the first one is. */
function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const safe = visible(line).replaceAll('\t', ' ');
    const indent = /^ {0,20}/.exec(safe)![0];
    const lines: string[] = [];
    let now = '';
    let used = 0;
    for (const word of safe.slice(indent.length).split(/(?<= )/)) {
      let rest = word;
      while (indent.length + used + columns(rest.trimEnd()) > width) {
        if (used > 0) {
          lines.push(indent + now);
          [now, used] = ['', 0];
          continue;
        }
        const piece = beginning(rest, width - indent.length);
        lines.push(indent + piece);
        rest = rest.slice(piece.length);
      }
      now += rest;
      used += columns(rest);
    }
    return [...lines, indent + now];
  });
}

/** As many characters as fit; one at least. */
function beginning(text: string, width: number): string {
  let piece = '';
  let used = 0;
  for (const character of text) {
    used += columns(character);
    if (used > width && piece !== '') break;
    piece += character;
  }
  return piece;
}
