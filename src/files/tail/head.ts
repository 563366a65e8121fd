/**
 * The head of a file: its first line, at most 1024 bytes. It makes the identity of a source: CRI lines begin with the time in
 * nanoseconds, so no two files of a container log share it, and it is the same under every name and in the `.gz`.
 */
import { createHash } from 'node:crypto';
import type { ContainerLog } from '../../types.ts';
import type { LogFile, PlainFile } from '../logfile/logfile.ts';

/** The most of a first line that counts, in bytes. */
export const HEAD_BYTES = 1024;
const LF = 0x0a;
const NUL = 0;

export interface Head {
  /** The first line without its LF; an own copy. */
  readonly bytes: Buffer;
  /** Offset of `bytes` in the file. */
  readonly at: number;
  /** Length of the run of NULs in front: the hole that a truncation leaves under a writer that does not append. */
  readonly hole: number;
  /** The line is complete, or 1024 bytes of it are there: what is added later will not change the head. */
  readonly complete: boolean;
}

/**
 * Reads the head of `file`, passing over NULs and empty lines in front.
 * @param scratch at least HEAD_BYTES; its content is spoiled.
 * @throws what LogFile.read throws.
 */
export async function readHead(file: LogFile, scratch: Buffer): Promise<Head> {
  let at = 0;
  let hole = 0;
  let inHole = true;
  for (;;) {
    const n = await file.read(scratch, at);
    if (n === 0) return { bytes: Buffer.alloc(0), at, hole, complete: false };
    let i = 0;
    while (i < n && (scratch[i] === NUL || scratch[i] === LF)) {
      if (scratch[i] === LF) inHole = false;
      else if (inHole) hole = at + i + 1;
      i++;
    }
    at += i;
    if (i === n) continue;
    const enough = n - i >= HEAD_BYTES || scratch.subarray(i, n).includes(LF);
    const [from, to] = enough ? [i, n] : [0, await file.read(scratch, at)];
    const most = scratch.subarray(from, Math.min(to, from + HEAD_BYTES));
    const lf = most.indexOf(LF);
    const bytes = Buffer.from(lf < 0 ? most : most.subarray(0, lf));
    return { bytes, at, hole, complete: lf >= 0 || bytes.length === HEAD_BYTES };
  }
}

/** What there is of the head now; nothing if NULs or empty lines come before it. Synchronous. An own copy. */
export function headSoFar(file: PlainFile): Buffer {
  const bytes = file.peek(HEAD_BYTES);
  const lf = bytes.indexOf(LF);
  return bytes[0] === NUL || lf === 0 ? Buffer.alloc(0) : bytes.subarray(0, lf < 0 ? bytes.length : lf);
}

/** 12 base64url characters: the identity of the source of `log` that begins with `head`. See Source.fingerprint. */
export function fingerprint(log: ContainerLog, head: Buffer): string {
  return createHash('sha256')
    .update(`${log.uid}\0${log.container}\0${log.restart}\0`)
    .update(head)
    .digest()
    .subarray(0, 9)
    .toString('base64url');
}

/** The time in a head, verbatim; '' if there is none. */
export { firstTime as headTime } from '../../util/line-formats.ts';

/** A text that sorts as the instant does to which `time` (RFC 3339, up to 9 fraction digits) belongs; '' stays ''. */
export function instant(time: string): string {
  const match = /^(.{19})(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time);
  if (!match) return '';
  const ms = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(ms)) return '';
  // Moved so that years before 1970 sort too.
  return String(ms / 1000 + 1e11).padStart(12, '0') + '.' + (match[2] ?? '').padEnd(9, '0');
}
