/**
 * A line of Docker's json-file log: `{"log":"text\n","stream":"stdout","time":"2026-…Z"}`, keys in any order, others
 * (attrs) ignored. A `log` without its line feed goes on in the next line (moby #36777): the same as CRI's tag P.
 *
 * The text is decoded to raw bytes, so that from here on a record does not know which runtime wrote it.
 */
import { Buffer } from 'node:buffer';
import { LF, OPEN_BRACE } from '../../util/ascii.ts';
import { decodeString, stringEnd } from './jsontext.ts';
import { same } from './words.ts';
import { type Format, KNOWN, type Line, OTHER, STDERR, STDOUT, type Stream } from './line.ts';
import type { Clock } from './time.ts';

export class DockerJson implements Format {
  /** The time may come last, and text is only known to be whole by its end. */
  readonly inPieces = false;
  /** Decoded content of the last line. */
  #text = Buffer.allocUnsafeSlow(32 * 1024);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  parse(bytes: Buffer, p: number, end: number, line: Line): number {
    return bytes[p] === OPEN_BRACE && this.#object(bytes, p, end, line) ? KNOWN : OTHER;
  }

  #object(bytes: Buffer, p: number, end: number, line: Line): boolean {
    let log = -1;
    let logTo = 0;
    let stream = -1;
    let time = -1;
    let timeTo = 0;
    let i = space(bytes, p + 1, end);
    for (;;) {
      if (bytes[i] !== 0x22) return false;
      const name = i + 1;
      i = stringEnd(bytes, name, end);
      if (i < 0) return false;
      const nameTo = i - 1;
      i = space(bytes, i, end);
      if (bytes[i] !== 0x3a) return false;
      const value = space(bytes, i + 1, end);
      if (bytes[value] === 0x22) {
        i = stringEnd(bytes, value + 1, end);
        if (i < 0) return false;
        if (nameTo - name === 3 && same(bytes, name, 'log')) {
          log = value + 1;
          logTo = i - 1;
        } else if (nameTo - name === 6 && same(bytes, name, 'stream')) {
          if (i - value === 8 && same(bytes, value, '"stdout"')) stream = STDOUT;
          else if (i - value === 8 && same(bytes, value, '"stderr"')) stream = STDERR;
          else return false;
        } else if (nameTo - name === 4 && same(bytes, name, 'time')) {
          time = value + 1;
          timeTo = i - 1;
        }
      } else {
        i = skip(bytes, value, end);
        if (i < 0) return false;
      }
      i = space(bytes, i, end);
      if (bytes[i] === 0x7d) break;
      if (bytes[i] !== 0x2c) return false;
      i = space(bytes, i + 1, end);
    }
    if (space(bytes, i + 1, end) !== end || log < 0 || stream < 0 || time < 0) return false;
    if (this.#clock.read(bytes, time, end) !== timeTo) return false;
    line.setTime(bytes, time, timeTo, this.#clock.minute, this.#clock.high, this.#clock.low);
    if (this.#text.length < logTo - log) this.#text = Buffer.allocUnsafeSlow(2 * (logTo - log));
    const text = this.#text;
    const length = decodeString(bytes, log, logTo, text);
    const isWhole = length > 0 && text[length - 1] === LF;
    line.setContent(text, 0, isWhole ? length - 1 : length, stream as Stream, !isWhole);
    return true;
  }
}

function space(bytes: Buffer, i: number, end: number): number {
  while (i < end && (bytes[i] === 0x20 || bytes[i] === 0x09 || bytes[i] === 0x0d)) i++;
  return i;
}

/** The index after a value that is not a string, or -1. Its grammar is not checked. */
function skip(bytes: Buffer, i: number, end: number): number {
  const from = i;
  let depth = 0;
  for (; i < end; i++) {
    const c = bytes[i];
    if (c === 0x22) {
      i = stringEnd(bytes, i + 1, end) - 1;
      if (i < 0) return -1;
    } else if (c === 0x7b || c === 0x5b) depth++;
    else if (c === 0x7d || c === 0x5d) {
      if (depth === 0) return i > from ? i : -1;
      depth--;
    } else if (c === 0x2c && depth === 0) return i > from ? i : -1;
  }
  return -1;
}
