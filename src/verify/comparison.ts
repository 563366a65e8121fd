/**
 * A sink that stores nothing. It finds out of every document whether the real sink holds it. What is compared has so gone the
 * same way as what was shipped.
 */
import type { Batch, Frame, Sink } from '../types.ts';
import { asObject } from '../util/json.ts';
import type { Findings, Outcome } from './findings.ts';
import type { OldestFiles } from './oldest.ts';
import type { OpenEnds } from './openends.ts';
import { referenceTo, type DocumentReference } from './document-reference.ts';

/** Which of these documents the sink holds: an answer for each, in their order. */
export type Holds = (documents: readonly DocumentReference[], stop: AbortSignal) => Promise<readonly boolean[]>;

export interface ComparisonOptions {
  readonly holds: Holds;
  /** Whether the server rejected it for good and the dead-letter file kept it. */
  readonly rejected: (document: DocumentReference) => boolean;
  /** Called with the error that ends the comparison. Afterwards send() rejects. */
  readonly failed: (error: Error) => void;
  /** What is missing and younger than this, in ms since 1970, may be on its way. */
  readonly youngerThan: number;
  readonly openEnds: OpenEnds;
  readonly oldestFiles: OldestFiles;
  readonly findings: Findings;
}

interface Document {
  readonly reference: DocumentReference;
  readonly message: string;
}

export class Comparison implements Sink {
  readonly #options: ComparisonOptions;
  /** Answers come in any order and are judged in the order of reading. This settles when all batches so far are judged. */
  #before = Promise.resolve();

  constructor(options: ComparisonOptions) {
    this.#options = options;
  }

  /** The id, and nothing else. */
  frame(idBytes: number): Frame {
    return { bytes: Buffer.alloc(idBytes), idFrom: 0, idTo: idBytes };
  }

  async send(batch: Batch, stop: AbortSignal): Promise<void> {
    const judged = this.#judgeAll(documentsOf(batch), this.#before, stop);
    this.#before = judged.catch(() => {});
    try {
      await judged;
    } catch (error) {
      this.#options.failed(error as Error);
      throw error;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #judgeAll(documents: readonly Document[], before: Promise<void>, stop: AbortSignal): Promise<void> {
    const references = documents.map(({ reference }) => reference);
    const held = await this.#options.holds(references, stop);
    await before;
    for (const [i, document] of documents.entries()) this.#judge(document, held[i]!);
  }

  #judge({ reference, message }: Document, isHeld: boolean): void {
    const { oldestFiles, findings } = this.#options;
    const outcome = this.#outcome(reference, isHeld);
    findings.add(reference, oldestFiles.mayHold(reference, message, outcome) ? 'begun' : outcome);
  }

  #outcome(reference: DocumentReference, isHeld: boolean): Outcome {
    const { rejected, openEnds, youngerThan } = this.#options;
    if (isHeld) return 'stored';
    if (rejected(reference)) return 'rejected';
    if (openEnds.has(reference)) return 'open';
    return Date.parse(reference.time) > youngerThan ? 'young' : 'missing';
  }
}

/** The documents of a batch without gaps. A gap was made while reading here, and nothing can be compared with it. */
function documentsOf({ bytes, ends, count, frame }: Batch): Document[] {
  const documents: Document[] = [];
  for (let i = 0, start = 0; i < count; start = ends[i++]!) {
    const from = start + frame.bytes.length;
    const document: unknown = JSON.parse(bytes.toString('utf8', from, ends[i]));
    const reference = referenceTo(document, bytes.toString('latin1', start, from));
    if (reference === undefined) throw new Error('a document of our own that does not say where it comes from');
    if (!reference.isGap) documents.push({ reference, message: String(asObject(document)['message']) });
  }
  return documents;
}
