/**
 * A batch as pure data: a slab of memory, and where in it every document ends. Slabs are few, allocated once and used again. Loops
 * and timers are in the batcher.
 */
import type { Batch, Frame, Position, Source } from '../types.ts';

/** The memory of one batch, handed from batch to batch. */
export interface Slab {
  readonly bytes: Buffer;
  readonly ends: Uint32Array;
}

/**
 * Allocates a slab. Its pages take up memory only once they are written, so headroom for a rare huge record costs nothing
 * until such a record comes.
 */
export function newSlab(bytes: number, maxDocuments: number): Slab {
  return { bytes: Buffer.allocUnsafeSlow(bytes), ends: new Uint32Array(maxDocuments) };
}

/** Nothing in front of the documents. */
export const NO_FRAME: Frame = { bytes: Buffer.alloc(0), idFrom: 0, idTo: 0 };

/** An empty batch over a slab. */
export function newBatch(seq: number, { bytes, ends }: Slab, frame: Frame): Batch {
  return { seq, bytes, length: 0, ends, count: 0, frame, positions: new Map<Source, Position>() };
}
