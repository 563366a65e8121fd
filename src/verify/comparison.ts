/**
 * A sink that stores nothing: of every document it is sent it finds out whether the real sink holds it. So what is compared
 * has gone the same way as what was shipped.
 */
import type { Batch, Frame, Sink } from '../types.ts';
import type { Findings, Outcome } from './findings.ts';
import type { OldestFiles } from './oldest.ts';
import type { OpenEnds } from './openends.ts';
import { object, sighting, type Sighting } from './sighting.ts';

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
  readonly openEnds: OpenEnds;
  readonly oldestFiles: OldestFiles;
  readonly findings: Findings;
}

interface Document {
  readonly seen: Sighting;
  readonly message: string;
}

export class Comparison implements Sink {
  readonly #options: ComparisonOptions;
  /** Answers come in any order and are taken in the order of reading: this settles when those to all batches so far were. */
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
    const seen = documents.map((document) => document.seen);
    const held = await this.#options.holds(seen, stop);
    await before;
    for (const [i, document] of documents.entries()) this.#judge(document, held[i]!);
  }

  #judge({ seen, message }: Document, isHeld: boolean): void {
    const { oldestFiles, findings } = this.#options;
    const outcome = this.#outcome(seen, isHeld);
    findings.add(seen, oldestFiles.mayHold(seen, message, outcome) ? 'begun' : outcome);
  }

  #outcome(seen: Sighting, isHeld: boolean): Outcome {
    const { rejected, openEnds, youngerThan } = this.#options;
    if (isHeld) return 'stored';
    if (rejected(seen)) return 'rejected';
    if (openEnds.has(seen)) return 'open';
    return Date.parse(seen.time) > youngerThan ? 'young' : 'missing';
  }
}

/** Without gaps: they were made while reading here, and mark what cannot be compared. */
function documentsOf({ bytes, ends, count, frame }: Batch): Document[] {
  const documents: Document[] = [];
  for (let i = 0, start = 0; i < count; start = ends[i++]!) {
    const from = start + frame.bytes.length;
    const document: unknown = JSON.parse(bytes.toString('utf8', from, ends[i]));
    const seen = sighting(document, bytes.toString('latin1', start, from));
    if (seen === undefined) throw new Error('a document of our own that does not say where it comes from');
    if (!seen.isGap) documents.push({ seen, message: String(object(document)['message']) });
  }
  return documents;
}
