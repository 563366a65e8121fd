/** The documents of a batch for the sinks that want nothing in front of them (Frame). */
import type { Batch } from '../../types.ts';

/** All of them as NDJSON: a view of the slab, borrowed as the batch is. */
export function ndjson({ bytes, length }: Batch): Buffer {
  return bytes.subarray(0, length);
}

/** The JSON text of every document, with its LF. */
export function documentTexts({ bytes, ends, count }: Batch): string[] {
  const texts: string[] = [];
  for (let i = 0, start = 0; i < count; start = ends[i++]!) texts.push(bytes.toString('utf8', start, ends[i]));
  return texts;
}
