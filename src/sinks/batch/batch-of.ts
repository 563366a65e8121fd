/** A batch of documents that are not being read from a log: those that are sent again, or in another form. */
import { Buffer } from 'node:buffer';
import type { Batch, Frame } from '../../types.ts';

export interface LooseDocument {
  /** As many characters as the frame has room for; '' where it has none. */
  readonly id: string;
  /** Without LF. */
  readonly bytes: Buffer;
}

const LF = Buffer.from('\n');

/** Copies the documents into a slab of their size. */
export function batchOf(documents: readonly LooseDocument[], frame: Frame): Batch {
  const ends = new Uint32Array(documents.length);
  const parts: Buffer[] = [];
  let length = 0;
  for (const [i, { id, bytes }] of documents.entries()) {
    const head = Buffer.from(frame.bytes);
    if (frame.idTo > 0) head.write(id, frame.idFrom, 'latin1');
    parts.push(head, bytes, LF);
    ends[i] = length += head.length + bytes.length + 1;
  }
  return { seq: 1, bytes: Buffer.concat(parts), length, ends, count: documents.length, frame, positions: new Map() };
}
