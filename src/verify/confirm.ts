/**
 * Which gaps tell of lines that are stored all the same. Bytes that nobody confirmed before an agent was killed count as lost once
 * their file is gone, though their documents may have been on their way, and have arrived.
 *
 * The bytes are gone, so only documents can prove it. A document says where its line begins, and so much is sure of its length that
 * no other line fits in between. Where that is not so (records dropped by a rule, lines of JSON with much white space, long lines in
 * many parts), nothing is said.
 */
import { asObject } from '../util/json.ts';
import { sourceOf } from './document-reference.ts';

/** A document, and its id. */
export interface Identified {
  readonly id: string;
  readonly document: unknown;
}

/** The documents of a log's lines that begin in [from, to), or of all its gaps, in the order of their offsets. */
export type DocumentsOf = (
  what: 'lines' | 'gaps',
  path: string,
  from: number,
  to: number,
) => AsyncIterable<readonly Identified[]>;

/** Bytes of the shortest line there can be: `2026-11-26T01:02:03Z stdout F ` and its line feed. */
const SHORTEST_LINE = 31;
/** Of a line that a stack trace joins to the one before, without its line feed. */
const HEADER = SHORTEST_LINE - 1;

/**
 * How many gaps of these logs are stored from their first to their last line, as far as somebody saw how much there was. Rejects as `documentsOf` does.
 * @param gapOf the middle of the id of a gap in the source with this fingerprint
 */
export async function confirmedGaps(
  paths: readonly string[],
  documentsOf: DocumentsOf,
  gapOf: (fingerprint: string) => string,
): Promise<number> {
  let confirmed = 0;
  for (const path of paths) {
    for await (const gaps of documentsOf('gaps', path, 0, Number.MAX_SAFE_INTEGER)) {
      for (const { id, document } of gaps) {
        const { log, podferry } = asObject(document);
        const { lost_bytes: bytes } = asObject(podferry);
        const { offset } = asObject(log);
        if (typeof bytes !== 'number' || typeof offset !== 'number') continue;
        const stretch = new Stretch(offset, offset + bytes);
        for await (const lines of documentsOf('lines', path, offset, offset + bytes))
          for (const line of lines) if (gapOf(sourceOf(line.id)) === sourceOf(id)) stretch.add(line.document);
        if (stretch.isCovered) confirmed++;
      }
    }
  }
  return confirmed;
}

/** A stretch of a file, and the documents of it that are stored. */
export class Stretch {
  readonly #to: number;
  /** So far the lines that are stored reach, at least. */
  #at: number;
  #hasHole = false;

  constructor(from: number, to: number) {
    this.#at = from;
    this.#to = to;
  }

  /** Documents come in the order of their offsets. */
  add(document: unknown): void {
    const offset = Number(asObject(asObject(document)['log'])['offset']);
    this.#hasHole ||= offset - this.#at >= SHORTEST_LINE;
    this.#at = Math.max(this.#at, offset) + leastBytes(document);
  }

  /** No line that is not stored fits into it. */
  get isCovered(): boolean {
    return !this.#hasHole && this.#to - this.#at < SHORTEST_LINE;
  }
}

/** Bytes that the lines of a document have on disk at least. */
export function leastBytes(document: unknown): number {
  const { '@timestamp': time, message, stream, json, podferry } = asObject(document);
  const { unparsed, size } = asObject(podferry);
  const text = typeof message === 'string' ? message : '';
  if (unparsed === true) return Buffer.byteLength(text) + 1;
  const header = `${String(time)} ${String(stream)} F `.length;
  if (typeof json === 'object' && json !== null) {
    const members = Buffer.byteLength(JSON.stringify(text === '' ? json : { ...json, '': text }));
    // The message may be the whole line, which holds the members too: it does if it has none, or some are left out of `json`.
    return header + (text.startsWith('{') ? Math.min(members, Buffer.byteLength(text)) : members) + 1;
  }
  // What is cut says how long it was. Of joined lines each has a header.
  const joined = text.split('\n').length - 1;
  return header + (typeof size === 'number' ? size : Buffer.byteLength(text)) + joined * HEADER + 1;
}
