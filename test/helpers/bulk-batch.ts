/** A sealed batch of given documents, as the batcher would hand it to a sink. */
import { bulkFrame } from '../../src/sinks/elasticsearch/frame.ts';
import type { Batch } from '../../src/types.ts';

export interface Offered {
  readonly id: string;
  /** The document as JSON text. */
  readonly source: string;
}

/** `count` small documents with ids of one length, as ours are. */
export function documents(count: number, first = 0): Offered[] {
  return Array.from({ length: count }, (_, i) => {
    const n = String(first + i).padStart(8, '0');
    return { id: `id-${n}`, source: `{"@timestamp":"2026-11-20T01:02:03.${n}Z","message":"line ${n}"}` };
  });
}

/** A document of at least so many bytes. */
export function large(id: string, bytes: number): Offered {
  return { id: id.padEnd(11, '_'), source: `{"@timestamp":"2026-11-20T01:02:03Z","message":"${'x'.repeat(bytes)}"}` };
}

/** The slab has room to spare on both counts, as a real one has. */
export function batchOf(offered: readonly Offered[]): Batch {
  const pieces: string[] = [];
  const ends = new Uint32Array(offered.length + 3);
  let length = 0;
  offered.forEach(({ id, source }, i) => {
    const action = `{"create":{"_id":"${id}"}}\n`;
    pieces.push(action, source, '\n');
    length += Buffer.byteLength(action) + Buffer.byteLength(source) + 1;
    ends[i] = length;
  });
  const bytes = Buffer.concat([Buffer.from(pieces.join('')), Buffer.alloc(100, 'garbage')]);
  const frame = bulkFrame(offered[0]?.id.length ?? 0);
  return { seq: 1, bytes, length, ends, count: offered.length, frame, positions: new Map() };
}
