/** A batch of documents that are not being read from a log: those that are sent again, or in another form. */
import { Buffer } from 'node:buffer';
import type { Batch, Frame } from '../../types.ts';

export interface LooseDocument {
  /** What stands in front of it: a frame with the id of the document in it. */
  readonly head: Buffer;
  /** Without LF. */
  readonly bytes: Buffer;
}

const LF = Buffer.from('\n');

/** A frame with an id in it, of as many characters as there is room for. */
export function headOf({ bytes, idFrom, idTo }: Frame, id: string): Buffer {
  const head = Buffer.from(bytes);
  if (idTo > 0) head.write(id, idFrom, 'latin1');
  return head;
}

/**
 * Copies the documents into a slab of their size.
 * @param frame of documents that go where most do; the id stands at the same place in all heads
 */
export function batchOf(documents: readonly LooseDocument[], frame: Frame): Batch {
  const ends = new Uint32Array(documents.length);
  const parts: Buffer[] = [];
  let length = 0;
  for (const [i, { head, bytes }] of documents.entries()) {
    parts.push(head, bytes, LF);
    ends[i] = length += head.length + bytes.length + 1;
  }
  return { seq: 1, bytes: Buffer.concat(parts), length, ends, count: documents.length, frame, positions: new Map() };
}
