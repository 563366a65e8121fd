/**
 * For `podferry explain`: what became of each record, told by the stage itself at its way out. Nobody else watches, and then nothing of
 * this is made.
 */
import { Buffer } from 'node:buffer';
import type { Meta, Source } from '../../types.ts';
import { ID_BYTES, write24, write48 } from '../encode/id.ts';
import type { Line, Stream } from '../format/line.ts';

/** A record, and what became of it. The buffers are the receiver's. */
export interface Seen {
  readonly source: Source;
  readonly meta: Meta;
  /** Offset at which it begins in its file; where it begins and ends in the container log, other streams between included. */
  readonly start: number;
  readonly logStart: number;
  readonly logEnd: number;
  readonly time: string;
  readonly stream: Stream;
  readonly id: string;
  /** As the container wrote it, as far as it is kept, and how long it was if it is cut (else 0). */
  readonly content: Buffer;
  readonly size: number;
  /** What redacting has left; undefined: nothing was found. */
  readonly shown: Buffer | undefined;
  /** How much was found of each kind, by its name in the mark. */
  readonly redacted: ReadonlyMap<string, number>;
  /** It was gathered: of partial lines, or of so many lines joined as a trace of this kind (traces/kinds.ts). */
  readonly isGathered: boolean;
  readonly lines: number;
  readonly kind: number;
  /** What the filter says (encode/filter.ts). */
  readonly verdict: number;
  /** The document with its LF, without what a sink wants in front; undefined: dropped. */
  readonly document: Buffer | undefined;
}

export interface Watcher {
  seen(record: Seen): void;
  /** The last record of this stream goes on, and comes again. */
  takenBack(stream: Stream): void;
}

/** The id of a record with this first line. */
export function idOf({ source, high, low, start }: Line): string {
  const id = Buffer.alloc(ID_BYTES);
  write24(id, 0, high);
  write24(id, 4, low);
  id.write(source!.fingerprint, 8, 'latin1');
  write48(id, 20, start);
  return id.toString('latin1');
}
