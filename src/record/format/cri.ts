/**
 * The CRI log line: `TIME stdout|stderr TAGS CONTENT`, as kubelet's own parser takes it
 * (kubernetes, staging/src/k8s.io/cri-client/pkg/logs/logs.go).
 *
 * Tags are separated by ':' and only the first counts: P means that the record goes on, anything else that it is whole. Two more
 * forms exist and are accepted: an empty tag (cri-dockerd writes it) and a known tag with nothing behind it. Content is never
 * parsed as CRI again: a container can print what it likes.
 */
import type { Buffer } from 'node:buffer';
import { OPEN_BRACE, SPACE } from '../../util/ascii.ts';
import { type Format, KNOWN, type Line, OTHER, STDERR, STDOUT, type Stream, UNKNOWN_TAG } from './line.ts';
import type { Clock } from './time.ts';

/** "2016-10-20T18:39:20Z stdout F" */
const SHORTEST = 29;
const COLON = 0x3a;
const F = 0x46;
const P = 0x50;

export class Cri implements Format {
  readonly inPieces = true;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  parse(bytes: Buffer, p: number, end: number, line: Line): number {
    const clock = this.#clock;
    if (end - p < SHORTEST || bytes[p] === OPEN_BRACE) return OTHER;
    const space = clock.read(bytes, p, end);
    // "std", 3 letters, a space, then at least one more byte: the tag, or the second space of an empty one
    if (space < 0 || space + 9 > end || bytes[space] !== SPACE || bytes[space + 7] !== SPACE) return OTHER;
    if (bytes[space + 1] !== 0x73 || bytes[space + 2] !== 0x74 || bytes[space + 3] !== 0x64) return OTHER;
    const a = bytes[space + 4];
    const b = bytes[space + 5];
    const c = bytes[space + 6];
    let stream: Stream;
    if (a === 0x6f && b === 0x75 && c === 0x74) stream = STDOUT;
    else if (a === 0x65 && b === 0x72 && c === 0x72) stream = STDERR;
    else return OTHER;
    line.setTime(bytes, p, space, clock.minute, clock.high, clock.low);
    const tag = space + 8;
    if (bytes[tag] === F && bytes[tag + 1] === SPACE && tag + 1 < end) {
      line.setContent(bytes, tag + 2, end, stream, false);
      return KNOWN;
    }
    return parseTags(bytes, tag, end, line, stream);
  }
}

function parseTags(bytes: Buffer, tag: number, end: number, line: Line, stream: Stream): number {
  let i = tag;
  while (i < end && bytes[i] !== SPACE && bytes[i] !== COLON) i++;
  const one = i === tag + 1;
  const partial = one && bytes[tag] === P;
  const known = partial || i === tag || (one && bytes[tag] === F);
  while (i < end && bytes[i] !== SPACE) i++;
  if (i === end && !known) return OTHER; // nothing behind it: more likely content without a tag
  line.setContent(bytes, i === end ? end : i + 1, end, stream, partial);
  return known ? KNOWN : UNKNOWN_TAG;
}
