/**
 * The framing of a bulk request: the action line in front of every document. The record stage writes it with the document, since
 * that costs nothing there, and knows nothing of what it is.
 */
import { Buffer } from 'node:buffer';
import type { Frame } from '../../types.ts';

const BEFORE_ID = '{"create":{"_id":"';

/** The action line of a document whose id has so many bytes. 0: it has none, Elasticsearch chooses one. */
export function bulkFrame(idBytes: number): Frame {
  if (idBytes === 0) return { bytes: Buffer.from('{"create":{}}\n'), idFrom: 0, idTo: 0 };
  const idTo = BEFORE_ID.length + idBytes;
  return { bytes: Buffer.from(`${BEFORE_ID.padEnd(idTo)}"}}\n`), idFrom: BEFORE_ID.length, idTo };
}
