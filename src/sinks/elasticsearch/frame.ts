/**
 * The framing of a bulk request: the action line in front of every document. The record stage writes it with the document, since
 * that costs nothing there, and knows nothing of what it is.
 *
 * Documents of several data streams go in one request: its address names the one of most, and the action lines of others theirs.
 * Measured (docs/design.md): an `_index` in each line costs next to nothing, a request for each of a hundred data streams four times as
 * much.
 */
import { Buffer } from 'node:buffer';
import type { Frame } from '../../types.ts';

const LF = 0x0a;
const BEFORE_ID = '{"create":{"_id":"';

/**
 * The action line of a document whose id has so many bytes. 0: it has none, Elasticsearch chooses one.
 * @param index the data stream; undefined: the one that the address of the request names
 */
export function bulkFrame(idBytes: number, index?: string): Frame {
  const target = index === undefined ? '' : `"_index":${JSON.stringify(index)}`;
  if (idBytes === 0) return { bytes: Buffer.from(`{"create":{${target}}}\n`), idFrom: 0, idTo: 0 };
  const idTo = BEFORE_ID.length + idBytes;
  const end = target === '' ? '"}}\n' : `",${target}}}\n`;
  return { bytes: Buffer.from(`${BEFORE_ID.padEnd(idTo)}${end}`), idFrom: BEFORE_ID.length, idTo };
}

/** Where the document begins behind its action line at `from`. */
export function documentAt(bytes: Buffer, from: number): number {
  return bytes.indexOf(LF, from) + 1;
}
