/**
 * The documents of a batch without their action lines, for the sinks that write documents and not the body of a bulk request.
 */
import type { Batch } from '../../types.ts';

/** The documents of one batch at a time as NDJSON, in memory that is used again for the next one. */
export class Ndjson {
  #lines = Buffer.alloc(0);

  /** Copies the documents one behind the other, each with its LF. Borrowed until the next call. */
  of({ bytes, ends, count, length, actionBytes }: Batch): Buffer {
    const needed = length - count * actionBytes;
    if (this.#lines.length < needed) this.#lines = Buffer.allocUnsafeSlow(needed);
    let start = 0;
    let at = 0;
    for (let i = 0; i < count; i++) {
      at += bytes.copy(this.#lines, at, start + actionBytes, ends[i]);
      start = ends[i]!;
    }
    return this.#lines.subarray(0, at);
  }
}

/** The JSON text of every document, with its LF. */
export function documentTexts({ bytes, ends, count, actionBytes }: Batch): string[] {
  const texts: string[] = [];
  for (let i = 0; i < count; i++) {
    const start = (i === 0 ? 0 : ends[i - 1]!) + actionBytes;
    texts.push(bytes.toString('utf8', start, ends[i]));
  }
  return texts;
}
