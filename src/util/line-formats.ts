/**
 * The formats in which container runtimes write lines, in the order in which a line is offered to them, and how the time of
 * a line is found in each without parsing it. The identity of a file is made with it. The record stage has a parser for
 * each of these names (record/format/formats.ts): the compiler refuses a format that has only one of the two.
 */
const TIME = String.raw`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))`;
const CRI = new RegExp(`^${TIME} `);
const DOCKER_JSON = new RegExp(String.raw`^\{[^]*?"time":"${TIME}"`);

/** By format: what a line begins with up to its time, the time as its group; undefined if its lines have none. */
const FIRST_TIME = {
  cri: CRI,
  dockerJson: DOCKER_JSON,
  /** Any line at all. */
  raw: undefined,
};

export interface LineTime {
  /** Verbatim; '' if there is none. */
  readonly time: string;
  /** Offset of its end in the line; 0 if there is none. */
  readonly end: number;
}

export type FormatName = keyof typeof FIRST_TIME;
export const FORMATS = Object.keys(FIRST_TIME) as readonly FormatName[];

/** The time in the first line of a file, or in as much of it as is there. */
export function firstTime(line: Buffer): LineTime {
  const text = line.toString('latin1');
  for (const name of FORMATS) {
    const match = FIRST_TIME[name]?.exec(text);
    if (match) return { time: match[1]!, end: match[0].length - 1 };
  }
  return { time: '', end: 0 };
}
