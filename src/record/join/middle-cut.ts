/**
 * A stack trace that is longer than a record may be keeps what a reader needs: its first lines, its last ones, and every cause. What
 * lies between is cut, and a line in its place says how much. So an overflow of the stack stays one document.
 *
 * Of the longest content 3/8 are for the first lines, 1/8 for causes behind them, and 1/4 for the last lines. So each cut makes room
 * for a quarter, and costs little a line however long the trace is.
 */
import { Buffer } from 'node:buffer';
import { LF, SPACE, TAB } from '../../util/ascii.ts';

/** Below this many bytes a record is too small to say that something was cut. */
const SMALLEST = 1024;
/** Room for a mark. */
const MARK_BYTES = 64;

/** Words at the beginning of lines that stay, behind white space: each begins another exception, goroutine or thread. */
const CAUSES = [
  'Caused by',
  'Suppressed:',
  'During handling of',
  'The above exception',
  'Traceback (most',
  'goroutine ',
  'panic: ',
  'fatal error: ',
  'Next ',
  '[cause]',
  '"',
].map((text) => Buffer.from(text));

/** How many bytes a line may have for which a cut makes room. 0: the content, of which these are the first bytes, cannot be cut. */
export function roomByCut(content: Buffer, maxBytes: number): number {
  const first = content.subarray(0, (maxBytes * 3) >> 3).indexOf(LF);
  return maxBytes < SMALLEST || first === -1 ? 0 : (maxBytes >> 2) - MARK_BYTES;
}

/** The cuts of one trace. Everyone may read its fields; only its methods change them. */
export class MiddleCut {
  /** Bytes of the content that are marks. */
  markBytes = 0;
  /** The content before this offset stays. */
  #end = 0;
  /** The mark at the end of it begins here, and speaks of so many lines. -1: there is a cause after the last mark. */
  #markFrom = -1;
  #lines = 0;

  /**
   * Cuts whole lines out of `content`, whose last line has no line feed yet. Answers what is left: bytes of its own, three quarters of
   * the longest content and a mark at most. Not for every line: it copies what stays.
   */
  cut(content: Buffer, maxBytes: number): Buffer {
    if (this.#end === 0) this.#end = content.lastIndexOf(LF, (maxBytes * 3) >> 3) + 1;
    const parts = [content.subarray(0, this.#unmark())];
    let length = parts[0]!.length;
    const put = (bytes: Buffer): void => {
      parts.push(bytes);
      length += bytes.length;
    };
    const tail =
      content.indexOf(LF, Math.max(this.#end, content.length - (maxBytes >> 2)) - 1) + 1 || content.length + 1;
    for (let from = this.#end; from < tail;) {
      const end = content.indexOf(LF, from);
      const to = end === -1 ? content.length : end;
      if (isCause(content, from, to) && length + MARK_BYTES + to - from < maxBytes >> 1) {
        if (this.#lines > 0) put(this.#mark());
        this.#lines = 0;
        put(content.subarray(from, to));
        put(LINE_FEED);
      } else this.#lines++;
      from = to + 1;
    }
    this.#markFrom = this.#lines > 0 ? length : -1;
    if (this.#lines > 0) put(this.#mark());
    this.#end = length;
    // The line feed of the last part comes with the next line.
    if (tail > content.length) parts.push(parts.pop()!.subarray(0, -1));
    else put(content.subarray(tail));
    return Buffer.concat(parts);
  }

  /** Where the last mark begins, which is written anew; where the content that stays ends, if it ends with a cause. */
  #unmark(): number {
    if (this.#markFrom === -1) return this.#end;
    this.markBytes -= this.#end - this.#markFrom;
    return this.#markFrom;
  }

  #mark(): Buffer {
    const mark = Buffer.from(`\t... ${this.#lines} lines cut by podferry\n`);
    this.markBytes += mark.length;
    return mark;
  }
}

const LINE_FEED = Buffer.of(LF);

function isCause(bytes: Buffer, from: number, to: number): boolean {
  let at = from;
  while (at < to && (bytes[at] === SPACE || bytes[at] === TAB || bytes[at] === PIPE)) at++;
  return CAUSES.some((text) => bytes.subarray(at, Math.min(to, at + text.length)).equals(text));
}

const PIPE = 0x7c;
