/** The memory that podferry may use in addition to Node and the libraries: the sum that is printed at start. */
import { bytes } from '../util/human.ts';

export interface MemoryParts {
  /** Each has all of what follows. */
  readonly outputs: number;
  readonly readers: number;
  /** Bytes of one read buffer. */
  readonly readBytes: number;
  /** How many batches may exist at a time, and the bytes of a slab. */
  readonly batches: number;
  readonly slabBytes: number;
  /** limits.open_bytes */
  readonly openBytes: number;
}

/** `at most 61 MiB of buffers: 2 read buffers of 256 KiB + 3 batches of 10 MiB + 32 MiB of open records`. */
export function memorySum({ outputs, readBytes, slabBytes, ...each }: MemoryParts): string {
  const [readers, batches, openBytes] = [outputs * each.readers, outputs * each.batches, outputs * each.openBytes];
  const sum = readers * readBytes + batches * slabBytes + openBytes;
  return (
    `at most ${bytes(sum)} of buffers: ${readers} read buffers of ${bytes(readBytes)} + ${batches} batches of ` +
    `${bytes(slabBytes)} + ${bytes(openBytes)} of open records` +
    (outputs === 1 ? '' : `, for ${outputs} outputs`)
  );
}
