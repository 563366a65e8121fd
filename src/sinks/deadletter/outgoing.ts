/** Rejected documents as batches to be sent again, to the data stream that the settings name. */
import type { Batch, Frame } from '../../types.ts';
import { batchOf } from '../batch/batch-of.ts';
import type { DeadLetterEntry } from './line.ts';

/** As podferry writes it. It stands behind whatever the log line holds, so the last one in a document is the document's. */
const DATA_STREAM = /"data_stream":\{"type":"logs","dataset":"[^"]*","namespace":"[^"]*"\}/g;

/**
 * One batch, or one of documents with ids and one of those without.
 * @param frame what the sink wants in front of a document whose id has so many characters
 */
export function batchesOf(
  entries: readonly DeadLetterEntry[],
  frame: (idBytes: number) => Frame,
  dataStream: string,
): Batch[] {
  const documents = entries.map(({ id = '', document }) => ({ id, bytes: addressed(document, dataStream) }));
  const lengths = [...new Set(documents.map(({ id }) => id.length))];
  return lengths.map((length) =>
    batchOf(
      documents.filter(({ id }) => id.length === length),
      frame(length),
    ),
  );
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
