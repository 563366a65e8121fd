/**
 * The head of a file: the first 1024 bytes of its first line, and the time of that line. It makes the identity of a source: a
 * runtime dates lines in nanoseconds, so no two files of a container log share it, and it is the same under every name and in
 * the `.gz`. CRI lines begin with their time; Docker writes it last, behind the text.
 */
import { createHash } from 'node:crypto';
import type { ContainerLog } from '../../types.ts';
import { firstTime } from '../../util/line-formats.ts';
import type { LogFile, PlainFile } from '../logfile/logfile.ts';

/** The most of a first line that is kept, in bytes. */
export const HEAD_BYTES = 1024;
/**
 * How far its time is looked for. Docker cuts text at 16 KiB and writes up to six characters for a byte of it; the labels that
 * `--log-opt` adds come before the time too.
 */
export const LINE_BYTES = 128 * 1024;
const LF = 0x0a;
const NUL = 0;

export interface Head {
  /** The first line without its LF, at most 1024 bytes of it; an own copy. */
  readonly bytes: Buffer;
  /** Offset of `bytes` in the file. */
  readonly at: number;
  /** Length of the run of NULs in front: the hole that a truncation leaves under a writer that does not append. */
  readonly hole: number;
  /** The time of the line, verbatim; '' if it has none, or none yet. */
  readonly time: string;
  /** Offset in the file of a time that stands behind `bytes`; undefined if it stands in them, or there is none. */
  readonly timeAt: number | undefined;
  /** What is added later will not change the head. */
  readonly complete: boolean;
}

/** Of a file of which nothing was seen. */
export const NO_HEAD: Head = { bytes: Buffer.alloc(0), at: 0, hole: 0, time: '', timeAt: undefined, complete: false };

/**
 * Reads the head of `file`, passing over NULs and empty lines in front.
 * @param scratch at least HEAD_BYTES, LINE_BYTES for the time of a long line; its content is spoiled.
 * @throws what LogFile.read throws.
 */
export async function readHead(file: LogFile, scratch: Buffer): Promise<Head> {
  let at = 0;
  let hole = 0;
  let inHole = true;
  for (;;) {
    const n = await file.read(scratch, at);
    if (n === 0) return { ...NO_HEAD, at, hole };
    let i = 0;
    while (i < n && (scratch[i] === NUL || scratch[i] === LF)) {
      if (scratch[i] === LF) inHole = false;
      else if (inHole) hole = at + i + 1;
      i++;
    }
    at += i;
    if (i === n) continue;
    const enough = n - i >= LINE_BYTES || scratch.subarray(i, n).includes(LF);
    const [from, to] = enough ? [i, n] : [0, await file.read(scratch, at)];
    return headOf(scratch.subarray(from, to), at, hole, Math.min(LINE_BYTES, scratch.length));
  }
}

/**
 * The head of a file that has `bytes` at offset `at`, where its first line begins.
 * @param most bytes of the line in which its time is looked for
 */
export function headOf(bytes: Buffer, at = 0, hole = 0, most = LINE_BYTES): Head {
  const lf = bytes.indexOf(LF);
  const line = bytes.subarray(0, Math.min(lf < 0 ? bytes.length : lf, most));
  const start = line.subarray(0, HEAD_BYTES);
  let { time, end } = firstTime(start);
  if (time === '' && line.length > HEAD_BYTES) ({ time, end } = firstTime(line));
  return {
    bytes: Buffer.from(start),
    at,
    hole,
    time,
    timeAt: end > HEAD_BYTES ? at + end - time.length : undefined,
    complete: lf >= 0 || line.length === most || (start.length === HEAD_BYTES && time !== ''),
  };
}

/** What there is of the head now; nothing if NULs or empty lines come before it. Synchronous. */
export function headSoFar(file: PlainFile): Head {
  const bytes = file.peek(HEAD_BYTES);
  return bytes[0] === NUL || bytes[0] === LF ? NO_HEAD : headOf(bytes);
}

/**
 * Whether `file` still begins with `head`. Asked after a look or a read, it proves that what they saw was of the same source: a
 * file that is truncated does not get its first line back. Synchronous.
 */
export function beginsWith(file: PlainFile, { bytes, at, time, timeAt }: Head): boolean {
  if (bytes.length > 0 && !file.holds(bytes, at)) return false;
  return timeAt === undefined || file.holds(Buffer.from(time), timeAt);
}

/** What makes the identity of a source: its head, or any text in place of one that nobody has read. */
type Beginning = { readonly bytes: Buffer | string } & Partial<Pick<Head, 'time' | 'timeAt'>>;

/** 12 base64url characters: the identity of the source of `log` that begins with `head`. See Source.fingerprint. */
export function fingerprint(log: ContainerLog, { bytes, time, timeAt }: Beginning): string {
  return createHash('sha256')
    .update(`${log.uid}\0${log.container}\0${log.restart}\0`)
    .update(bytes)
    .update(timeAt === undefined ? '' : `\n${time}`)
    .digest()
    .subarray(0, 9)
    .toString('base64url');
}

/** A text that sorts as the instant does to which `time` (RFC 3339, up to 9 fraction digits) belongs; '' stays ''. */
export function instant(time: string): string {
  const match = /^(.{19})(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time);
  if (!match) return '';
  const ms = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(ms)) return '';
  // Moved so that years before 1970 sort too.
  return String(ms / 1000 + 1e11).padStart(12, '0') + '.' + (match[2] ?? '').padEnd(9, '0');
}
