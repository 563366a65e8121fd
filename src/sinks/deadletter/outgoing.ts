/** Rejected documents as batches to be sent again, to the data stream that the settings name. */
import type { DeadLetterEntry } from './line.ts';
import type { Batch, Sink } from '../../types.ts';

const LF = Buffer.from('\n');
/** As podferry writes it. It stands behind whatever the log line holds, so the last one in a document is the document's. */
const DATA_STREAM = /"data_stream":\{"type":"logs","dataset":"[^"]*","namespace":"[^"]*"\}/g;

/** One batch, or one of documents with ids and one of those without. */
export function batchesOf(entries: readonly DeadLetterEntry[], sink: Sink, dataStream: string): Batch[] {
  const lengths = new Set(entries.map(({ id = '' }) => id.length));
  return [...lengths].map((length) => {
    const some = entries.filter(({ id = '' }) => id.length === length);
    return batchOf(some, sink.frame?.(length) ?? { bytes: LF.subarray(1), idFrom: 0, idTo: 0 }, dataStream);
  });
}

function batchOf(entries: readonly DeadLetterEntry[], frame: Batch['frame'], dataStream: string): Batch {
  const ends = new Uint32Array(entries.length);
  const parts: Buffer[] = [];
  let length = 0;
  for (const [i, { id = '', document }] of entries.entries()) {
    const head = Buffer.from(frame.bytes);
    if (frame.idTo > 0) head.write(id, frame.idFrom, 'latin1');
    const body = addressed(document, dataStream);
    parts.push(head, body, LF);
    ends[i] = length += head.length + body.length + 1;
  }
  return { seq: 1, bytes: Buffer.concat(parts), length, ends, count: entries.length, frame, positions: new Map() };
}

/** The document with `dataStream` (`logs-<dataset>-<namespace>`) in place of the one it was written for: a stream takes no other. */
function addressed(document: Buffer, dataStream: string): Buffer {
  const [type, dataset, namespace] = dataStream.split('-');
  const wanted = Buffer.from(`"data_stream":${JSON.stringify({ type, dataset, namespace })}`);
  const text = document.toString('latin1');
  const last = [...text.matchAll(DATA_STREAM)].at(-1);
  if (last === undefined || last[0] === wanted.toString('latin1')) return document;
  return Buffer.concat([document.subarray(0, last.index), wanted, document.subarray(last.index + last[0].length)]);
}
