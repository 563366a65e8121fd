/**
 * Finds the exception that a joined stack trace is of: the outermost one. Of Python that is the last in the text, of all others the
 * first. Run once a trace, so it may make strings.
 */
import type { Buffer } from 'node:buffer';
import { level } from '../../encode/level.ts';
import type { Raised } from '../../encode/raised.ts';
import { ERROR, FATAL } from '../../format/words.ts';
import {
  AFTER_MESSAGE,
  CAUGHT,
  CLASS_FRAME,
  DUMP,
  FRAME,
  IS_EXCEPTION,
  NAME_WITHIN,
  NEXT_LINE,
  PYTHON_FILE,
  PYTHON_RAISED,
  PYTHON_STACK,
  TOLD,
  TOLD_BARELY,
  TOLD_BEFORE_FRAME,
  TOLD_BY_PERL,
  TRACEBACK,
  type Told,
  UNCAUGHT,
} from './raised-lines.ts';

/** How much of the beginning and of the end is looked at. */
const LOOK = 64 * 1024;
/** So many lines: a trace that is not Python's tells its exception at its beginning. */
const FEW = 60;
const MOST_LINES = 1000;
/** So much of a line. */
const LINE_LOOK = 2048;

interface Found {
  typeName: string;
  typeFrom: number;
  typeTo: number;
  messageFrom: number;
  messageTo: number;
  fatal: boolean;
  /** Where the line begins that tells it. */
  from: number;
}

interface LineAt {
  readonly text: string;
  readonly from: number;
}

/** What bytes[from, to), the content of several joined lines, tells; undefined: neither an exception nor any other stack. */
export function raised(bytes: Buffer, from: number, to: number): Raised | undefined {
  let lines = linesOf(bytes, from, to, FEW);
  const own = ownLevel(bytes, from, to, lines);
  const python = lines.findIndex(({ text }) => TRACEBACK.test(text) || PYTHON_FILE.test(text));
  if (python >= 0) lines = linesOf(bytes, from, to, MOST_LINES);
  const last = python < 0 ? undefined : lastRaised(lines, python);
  const found = last ?? (DUMP.test(lines[0]!.text) ? undefined : firstTold(lines));
  if (found === undefined) {
    const frame = lines.findIndex(({ text }) => FRAME.test(text) || PYTHON_STACK.test(text));
    if (frame < 0) return own === 0 ? undefined : { ...NOTHING, level: own, stackFrom: -1 };
    return { ...NOTHING, level: own || ERROR, stackFrom: lines[frame === 0 || own === 0 ? 0 : 1]!.from };
  }
  const announced = lines.findIndex(({ text }) => UNCAUGHT.test(text));
  const uncaught = found.fatal || (announced >= 0 && announced <= Math.max(python, 1)) || python === 0;
  const meant = uncaught && !lines.some(({ text }) => CAUGHT.test(text)) ? FATAL : ERROR;
  const stackFrom = last === undefined ? found.from : lines[python]!.from;
  return { ...found, level: own || meant, stackFrom };
}

const NOTHING = { typeName: '', typeFrom: 0, typeTo: 0, messageFrom: 0, messageTo: 0 };

/** So many lines of the beginning, and of what is longer than that the end. */
function linesOf(bytes: Buffer, from: number, to: number, most: number): LineAt[] {
  const lines: LineAt[] = [];
  const add = (start: number, end: number): void => {
    for (let i = start; i <= end && lines.length < most;) {
      const lf = bytes.indexOf(0x0a, i);
      const stop = lf < 0 || lf > end ? end : lf;
      lines.push({ text: bytes.toString('latin1', i, Math.min(stop, i + LINE_LOOK)).replace(/\r$/, ''), from: i });
      i = stop + 1;
    }
  };
  if (to - from <= 2 * LOOK) add(from, to);
  else {
    add(from, from + LOOK);
    const lf = bytes.indexOf(0x0a, to - LOOK);
    if (lf >= 0 && lf < to) add(lf + 1, to);
  }
  return lines;
}

/** java.util.logging has its level on the second line. */
function ownLevel(bytes: Buffer, from: number, to: number, lines: readonly LineAt[]): number {
  const own = level(bytes, from, to);
  const [first, second] = lines;
  if (own !== 0 || second === undefined || !/^\w{3} \d{1,2}, \d{4} /.test(first!.text)) return own;
  return level(bytes, second.from, to);
}

/** The first exception that a line of its own tells, else one that stands in a line. */
function firstTold(lines: readonly LineAt[]): Found | undefined {
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (FRAME.test(line.text) && i > 0 && !/^\S+:\d+:in .* \(/.test(line.text)) break;
    const isLast = i + 1 < lines.length && CLASS_FRAME.test(lines[i + 1]!.text);
    for (const told of TOLD) {
      const found = match(told, lines, i);
      if (found !== undefined) return withMore(found, lines, told.message === NEXT_LINE ? i + 1 : i);
    }
    const found = isLast ? match(TOLD_BEFORE_FRAME, lines, i) : undefined;
    if (found !== undefined && !namesLevel(found, line)) return withMore(found, lines, i);
  }
  for (const line of lines.slice(0, 8)) {
    const found = within(line);
    if (found !== undefined) return found;
  }
  const bare = match(TOLD_BARELY, lines, 0);
  if (bare !== undefined) return bare;
  return /^\t.* called at .* line \d+/.test(lines[1]?.text ?? '') ? match(TOLD_BY_PERL, lines, 0) : undefined;
}

/** An exception that a logger wrote behind its own words. */
function within({ text, from }: LineAt): Found | undefined {
  for (const { index, 0: end } of text.matchAll(NAME_WITHIN)) {
    const to = index + end.length;
    const start = to - /[\w$.\\]*$/.exec(text.slice(Math.max(0, to - 200), to))![0].length;
    const name = text.slice(start, to);
    if (!IS_EXCEPTION.test(name)) continue;
    const message = text[to] === ':' && to + 2 < text.length ? from + to + 2 : 0;
    return {
      ...NOTHING,
      typeFrom: from + start,
      typeTo: from + to,
      messageFrom: message,
      messageTo: message === 0 ? 0 : from + text.length,
      fatal: false,
      from: from + start,
    };
  }
  return undefined;
}

/** A level in front of a colon is no class. */
function namesLevel({ typeFrom, typeTo }: Found, { text, from }: LineAt): boolean {
  return /^(?:[A-Z]+|[Ii]nfo|[Ww]arn(?:ing)?|[Ee]rror)$/.test(text.slice(typeFrom - from, typeTo - from));
}

/** Python's last one at the left margin. */
function lastRaised(lines: readonly LineAt[], python: number): Found | undefined {
  let found: Found | undefined;
  let closed = false; // behind the exception: what follows is its message
  for (let i = python + 1; i < lines.length; i++) {
    const { text } = lines[i]!;
    if (TRACEBACK.test(text) || PYTHON_FILE.test(text)) closed = false;
    if (closed) continue;
    const next = match(PYTHON_RAISED, lines, i);
    if (next === undefined) continue;
    found = next;
    closed = true;
  }
  return found;
}

function match({ pattern, type, message, fatal, named }: Told, lines: readonly LineAt[], i: number): Found | undefined {
  const { text, from } = lines[i]!;
  const indices = pattern.exec(text)?.indices;
  if (indices === undefined) return undefined;
  const [typeFrom, typeTo] = (typeof type === 'number' ? indices[type] : undefined) ?? [0, 0];
  if (named && !IS_EXCEPTION.test(text.slice(typeFrom, typeTo))) return undefined;
  const next = lines[i + 1];
  const isNext = message === NEXT_LINE && next !== undefined;
  const [messageFrom, messageTo] = isNext
    ? [/^(?: {2}what\(\): {2})?/.exec(next.text)![0].length, next.text.length]
    : (indices[Math.max(message, 0)] ?? [0, 0]);
  const base = isNext ? next.from : from;
  const hasMessage = message !== 0 && messageTo > messageFrom;
  return {
    typeName: typeof type === 'string' ? type : '',
    typeFrom: typeTo > 0 ? from + typeFrom : 0,
    typeTo: typeTo > 0 ? from + typeTo : 0,
    messageFrom: hasMessage ? base + messageFrom : 0,
    messageTo: hasMessage ? base + messageTo : 0,
    fatal,
    from,
  };
}

/** Further lines of a message that ends line i, up to the first frame. */
function withMore(found: Found, lines: readonly LineAt[], i: number): Found {
  const line = lines[i];
  if (line === undefined || found.messageTo < line.from + line.text.length) return found;
  let messageTo = found.messageTo;
  for (let k = i + 1; k < lines.length; k++) {
    const { text, from } = lines[k]!;
    if (AFTER_MESSAGE.test(text) || match(TOLD.at(-1)!, lines, k) !== undefined) return found;
    if (FRAME.test(text))
      return { ...found, messageTo: text === 'Stack trace:' ? withoutPlace(found, lines, k) : messageTo };
    if (text !== '') messageTo = from + text.length;
  }
  return found;
}

/** Where PHP's message ends, in front of ` in /app/index.php:5`. */
function withoutPlace({ messageTo }: Found, lines: readonly LineAt[], frame: number): number {
  const { text, from } = lines[frame - 1]!;
  const place = / in \S+:\d+$/.exec(text);
  return place === null ? messageTo : Math.max(messageTo, from + place.index);
}
