/**
 * A batch as pure data: a slab of memory, and where in it every document ends. Slabs are few, allocated once and used again. Loops
 * and timers are in the batcher.
 */
import type { Batch, Source, Position } from '../types.ts';

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

/** An empty batch over a slab. `actionBytes`: length of the action line before each document. */
export function newBatch(seq: number, slab: Slab, actionBytes: number): Batch {
  return {
    seq,
    bytes: slab.bytes,
    length: 0,
    ends: slab.ends,
    count: 0,
    actionBytes,
    positions: new Map<Source, Position>(),
  };
}
