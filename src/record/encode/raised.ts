/**
 * What a stack trace tells of the exception it is of, and how a document says it: `error.type`, `error.message`,
 * `error.stack_trace`, the level.
 *
 * `message` stays the whole text, so every search of it finds every line. `error.stack_trace` repeats the trace, up to a bound: a
 * megabyte is not written twice, and a server whose template makes it a keyword takes it.
 */
import { Buffer } from 'node:buffer';
import { characterEnd, escape, escapedLength, escapeLossy, WORST } from './escape.ts';

/** Places in the content of a joined record, all in the same bytes. Of a pair `to` is 0 if there is none. */
export interface Raised {
  /** The level of the record: its own, or what the exception means. 0: unknown. */
  readonly level: number;
  /** The type if it does not stand in the text: `panic`. */
  readonly typeName: string;
  readonly typeFrom: number;
  readonly typeTo: number;
  readonly messageFrom: number;
  readonly messageTo: number;
  /** Where the trace begins; it goes on to the end. -1: there is none, only a level that stands further behind. */
  readonly stackFrom: number;
}

/** Whether there is a trace. */
export function hasStack(raised: Raised | undefined): raised is Raised {
  return raised !== undefined && raised.stackFrom >= 0;
}

/** Lucene takes keywords of 32,766 bytes. */
const MOST_STACK = 32_000;
const MOST_MESSAGE = 4096;
const MOST_TYPE = 256;

const TYPE = Buffer.from('"type":"');
const MESSAGE = Buffer.from('"message":"');
const STACK = Buffer.from('"stack_trace":"');
const ERROR = Buffer.from(',"error":{');
/** What is not text of the line. */
const NAMES = TYPE.length + MESSAGE.length + STACK.length + ERROR.length + 32;

/** Bound on the bytes that putError() writes. */
export const ERROR_BYTES = WORST * (MOST_STACK + MOST_MESSAGE + MOST_TYPE) + NAMES;

/** How many bytes putError() writes at most for this trace, whose content ends at `to`. */
export function errorBytes(bytes: Buffer, raised: Raised, to: number): number {
  let n = NAMES + escapedLength(bytes, raised.stackFrom, stackEnd(raised, to), false);
  if (raised.messageTo > 0) n += escapedLength(bytes, raised.messageFrom, messageEnd(raised), false);
  if (raised.typeTo > 0) n += escapedLength(bytes, raised.typeFrom, typeEnd(raised), false);
  return n;
}

/** Writes `,"error":{…}` to out[o…]; answers where it ended. */
export function putError(bytes: Buffer, raised: Raised, to: number, valid: boolean, out: Buffer, o: number): number {
  const text = (name: Buffer, from: number, most: number): void => {
    const end = characterEnd(bytes, from, most);
    out.set(name, o);
    o += name.length;
    o = valid ? escape(bytes, from, end, out, o) : escapeLossy(bytes, from, end, out, o);
    out[o++] = 0x22;
    out[o++] = 0x2c;
  };
  out.set(ERROR, o);
  o += ERROR.length;
  if (raised.typeTo > 0) text(TYPE, raised.typeFrom, typeEnd(raised));
  else if (raised.typeName !== '') o += out.write(`"type":"${raised.typeName}",`, o, 'latin1');
  if (raised.messageTo > 0) text(MESSAGE, raised.messageFrom, messageEnd(raised));
  text(STACK, raised.stackFrom, stackEnd(raised, to));
  out[o - 1] = 0x7d; // in place of the last comma
  return o;
}

function stackEnd({ stackFrom }: Raised, to: number): number {
  return Math.min(to, stackFrom + MOST_STACK);
}

function messageEnd({ messageFrom, messageTo }: Raised): number {
  return Math.min(messageTo, messageFrom + MOST_MESSAGE);
}

function typeEnd({ typeFrom, typeTo }: Raised): number {
  return Math.min(typeTo, typeFrom + MOST_TYPE);
}
