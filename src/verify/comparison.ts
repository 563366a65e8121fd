/**
 * A sink that stores nothing: of every document it is sent it finds out whether the real sink holds it. So what is compared
 * has gone the same way as what was shipped.
 */
import type { Batch, Sink } from '../types.ts';
import type { Findings } from './findings.ts';
import { sighting, type Sighting } from './sighting.ts';

/** Which of these documents the sink holds: an answer for each, in their order. */
export type Holds = (documents: readonly Sighting[], stop: AbortSignal) => Promise<readonly boolean[]>;

export interface ComparisonOptions {
  readonly holds: Holds;
  /** The server refused it for good, and it was kept aside. */
  readonly rejected: (document: Sighting) => boolean;
  /** Told of what is to end the comparison. Afterwards send() rejects. */
  readonly failed: (error: Error) => void;
  /** What is missing and younger than this, in ms since 1970, may be on its way. */
  readonly youngerThan: number;
  readonly findings: Findings;
}

export class Comparison implements Sink {
  readonly #options: ComparisonOptions;

  constructor(options: ComparisonOptions) {
    this.#options = options;
  }

  async send(batch: Batch, stop: AbortSignal): Promise<void> {
    const { holds, rejected, failed, youngerThan, findings } = this.#options;
    const documents = documentsOf(batch);
    try {
      const held = await holds(documents, stop);
      for (const [i, document] of documents.entries()) {
        const isYoung = Date.parse(document.time) > youngerThan;
        const outcome = held[i] ? 'stored' : rejected(document) ? 'rejected' : isYoung ? 'young' : 'missing';
        findings.add(document, outcome, [batch.seq, i]);
      }
    } catch (error) {
      failed(error as Error);
      throw error;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Without gaps: they were made while reading here, and mark what cannot be compared. */
function documentsOf({ bytes, ends, count, actionBytes }: Batch): Sighting[] {
  const documents: Sighting[] = [];
  for (let i = 0, start = 0; i < count; start = ends[i++]!) {
    const { create } = JSON.parse(bytes.toString('latin1', start, start + actionBytes)) as { create: { _id?: string } };
    const document: unknown = JSON.parse(bytes.toString('utf8', start + actionBytes, ends[i]));
    const seen = sighting(document, create._id);
    if (seen === undefined) throw new Error('a document of our own that does not say where it comes from');
    if (!seen.isGap) documents.push(seen);
  }
  return documents;
}
