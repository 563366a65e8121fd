/**
 * The formats in which container runtimes write lines, in the order in which a line is offered to them, and how the time of
 * a line is found in each without reading it as a whole. The identity of a file is made with it. The record stage has a parser for
 * each of these names (record/format/formats.ts): the compiler refuses a format that has only one of the two.
 */
const TIME = String.raw`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))`;
const CRI = new RegExp(`^${TIME} `);
const DOCKER_JSON = new RegExp(String.raw`^\{[^]*?"time":"${TIME}"`);

/** By format: the time in the beginning of a line, verbatim; '' if there is none. */
const FIRST_TIME = {
  cri: (line: string) => CRI.exec(line)?.[1] ?? '',
  dockerJson: (line: string) => DOCKER_JSON.exec(line)?.[1] ?? '',
  /** Any line at all. */
  raw: () => '',
};

export type FormatName = keyof typeof FIRST_TIME;
export const FORMATS = Object.keys(FIRST_TIME) as readonly FormatName[];

/** The time in the first line of a file, or in as much of it as is there, verbatim; '' if there is none. */
export function firstTime(head: Buffer): string {
  const line = head.toString('latin1');
  for (const name of FORMATS) {
    const time = FIRST_TIME[name](line);
    if (time !== '') return time;
  }
  return '';
}
