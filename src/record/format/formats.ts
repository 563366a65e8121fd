/**
 * The formats of lines as one ordered table: a line is of the first format that accepts it. The last one accepts every line. The
 * names of the formats, and how the time of a file's first line is found in each, are in util/line-formats.ts.
 */
import type { Buffer } from 'node:buffer';
import { type FormatName, FORMATS } from '../../util/line-formats.ts';
import { Cri } from './cri.ts';
import { DockerJson } from './dockerjson.ts';
import { type Format, type Line, OTHER } from './line.ts';
import { Raw } from './raw.ts';
import type { Clock } from './time.ts';

export class Formats {
  readonly #table: readonly Format[];

  /** The clock reads the times of all lines. */
  constructor(clock: Clock) {
    const parsers: Readonly<Record<FormatName, Format>> = {
      cri: new Cri(clock),
      dockerJson: new DockerJson(clock),
      raw: new Raw(),
    };
    this.#table = FORMATS.map((name) => parsers[name]);
  }

  /** Fills `line` with what bytes[p, end), a line without its LF and not empty, says. Answers what it is: never OTHER. */
  parse(bytes: Buffer, p: number, end: number, line: Line): number {
    const table = this.#table;
    let kind = OTHER;
    for (let i = 0; kind === OTHER; i++) kind = table[i]!.parse(bytes, p, end, line);
    return kind;
  }

  /** The name of the format of such a line. For those who explain: the line is parsed once more. */
  nameOf(bytes: Buffer, p: number, end: number, line: Line): FormatName {
    return FORMATS.find((_, i) => this.#table[i]!.parse(bytes, p, end, line) !== OTHER)!;
  }

  /** The same for a line of which only the beginning is there; OTHER if that says nothing. */
  parseBeginning(bytes: Buffer, p: number, end: number, line: Line): number {
    for (const format of this.#table) {
      const kind = format.inPieces ? format.parse(bytes, p, end, line) : OTHER;
      if (kind !== OTHER) return kind;
    }
    return OTHER;
  }
}
