/** Rejected documents as batches to be sent again: to the data stream that each was written for, if the settings still have it. */
import type { Batch, DataStream, Frame } from '../../types.ts';
import { batchOf, headOf } from '../batch/batch-of.ts';
import type { DeadLetterEntry } from './line.ts';

/** As podferry writes it. It stands behind whatever the log line holds, so the last one in a document is the document's. */
const DATA_STREAM = /"data_stream":\{"type":"logs","dataset":"([^"]*)","namespace":"([^"]*)"\}/g;

/** Where documents may go. */
export interface Streams {
  /** In place of those that the settings do not have any more. */
  readonly base: DataStream;
  readonly has: (stream: DataStream) => boolean;
}

/**
 * One batch, or one of documents with ids and one of those without.
 * @param frame what the sink wants in front of a document whose id has so many characters, and which goes to that data stream
 */
export function batchesOf(
  entries: readonly DeadLetterEntry[],
  frame: (idBytes: number, stream?: DataStream) => Frame,
  streams: Streams,
): Batch[] {
  const lengths = [...new Set(entries.map(({ id = '' }) => id.length))];
  return lengths.map((length) => {
    const some = entries.filter(({ id = '' }) => id.length === length);
    const documents = some.map(({ id = '', document }) => {
      const { stream, bytes } = addressed(document, streams);
      return { head: headOf(frame(length, stream), id), bytes };
    });
    return batchOf(documents, frame(length));
  });
}

/**
 * Where a document goes: undefined for the base. With the base in place of a data stream that is no more, since a stream takes no
 * documents of another.
 */
function addressed(document: Buffer, { base, has }: Streams): { stream?: DataStream; bytes: Buffer } {
  const text = document.toString('latin1');
  const last = [...text.matchAll(DATA_STREAM)].at(-1);
  if (last === undefined) return { bytes: document };
  const [dataset = '', namespace = ''] = last.slice(1).map((part) => Buffer.from(part, 'latin1').toString());
  if (dataset === base.dataset && namespace === base.namespace) return { bytes: document };
  if (has({ dataset, namespace })) return { stream: { dataset, namespace }, bytes: document };
  const wanted = Buffer.from(
    `"data_stream":${JSON.stringify({ type: 'logs', dataset: base.dataset, namespace: base.namespace })}`,
  );
  const rest = document.subarray(last.index + last[0].length);
  return { bytes: Buffer.concat([document.subarray(0, last.index), wanted, rest]) };
}
