/** A sealed batch of given documents, as the batcher would hand it to a sink. */
import { NO_FRAME } from '../../src/ship/batch.ts';
import { bulkFrame } from '../../src/sinks/elasticsearch/frame.ts';
import type { Batch, Frame } from '../../src/types.ts';

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

/** In front of each document its action line, as the Elasticsearch sink wants it. */
export function batchOf(offered: readonly Offered[]): Batch {
  return sealed(offered, bulkFrame(offered[0]?.id.length ?? 0), ({ id }) => `{"create":{"_id":"${id}"}}\n`);
}

/** Nothing in front of the documents. */
export function plainBatchOf(offered: readonly Offered[]): Batch {
  return sealed(offered, NO_FRAME, () => '');
}

/** The slab has room to spare on both counts, as a real one has. */
function sealed(offered: readonly Offered[], frame: Frame, actionOf: (one: Offered) => string): Batch {
  const pieces: string[] = [];
  const ends = new Uint32Array(offered.length + 3);
  let length = 0;
  offered.forEach((one, i) => {
    const text = `${actionOf(one)}${one.source}\n`;
    pieces.push(text);
    length += Buffer.byteLength(text);
    ends[i] = length;
  });
  const bytes = Buffer.concat([Buffer.from(pieces.join('')), Buffer.alloc(100, 'garbage')]);
  return { seq: 1, bytes, length, ends, count: offered.length, frame, positions: new Map() };
}
