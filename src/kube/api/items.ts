/**
 * Reads a list as it arrives: hands over one parsed item at a time and keeps what stands around them. A server that answers
 * from its cache ignores `limit`, and 250 pods of 8 kB are 2 MB of JSON that would be 10 MB of objects at once.
 *
 * No parser: it counts brackets outside of strings. The items are the objects in the one array that is a direct member of the
 * top-level object; everything is checked by JSON.parse in the end.
 */
import { Buffer } from 'node:buffer';
import { ApiError } from './apierror.ts';
import { asObject, asText, parseJson } from '../../util/json.ts';

export interface ListMeta {
  /** Where a watch begins. */
  readonly resourceVersion: string | undefined;
  /** There is more: pass it on to get the next page. */
  readonly continue: string | undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
/** etcd refuses objects over 1.5 MiB; what stands around the items is some hundred bytes. */
const LARGEST_ITEM = 16 * 1024 * 1024;

export class ListReader {
  readonly #item: (value: unknown) => void;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Between the [ and ] of the items. */
  #inItems = false;
  /** Bytes of the item, or of what stands around the items, that came with former chunks. */
  #pieces: Buffer[] = [];
  #piecesBytes = 0;
  #around = '';

  constructor(item: (value: unknown) => void) {
    this.#item = item;
  }

  /** @param chunk copied where it is kept. @throws ApiError if this cannot be a list */
  write(chunk: Buffer): void {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (byte === QUOTE) {
        this.#inString = true;
      } else if (byte === 0x7b || byte === 0x5b) {
        if (this.#inItems && this.#depth === 2) {
          this.#takeAround(chunk, start, at);
          start = at;
        }
        this.#depth++;
        if (byte === 0x5b && this.#depth === 2) this.#inItems = true;
      } else if (byte === 0x7d || byte === 0x5d) {
        this.#depth--;
        if (this.#inItems && this.#depth === 2) {
          this.#item(parsed(this.#take(chunk, start, at + 1)));
          start = at + 1;
        } else if (this.#depth === 1) this.#inItems = false;
      } else if (byte === COMMA && this.#inItems && this.#depth === 2) {
        this.#takeAround(chunk, start, at);
        start = at + 1;
      }
    }
    if (start < chunk.length) {
      this.#pieces.push(Buffer.from(chunk.subarray(start)));
      this.#piecesBytes += chunk.length - start;
      if (this.#piecesBytes > LARGEST_ITEM) throw new ApiError('garbled', 'answered with an object without end');
    }
  }

  /** @throws ApiError if it was no list, or not all of it */
  end(): ListMeta {
    this.#takeAround(Buffer.alloc(0), 0, 0);
    const { metadata } = asObject(parsed(this.#around));
    return {
      resourceVersion: asText(asObject(metadata)['resourceVersion']),
      continue: asText(asObject(metadata)['continue']),
    };
  }

  #takeAround(chunk: Buffer, start: number, end: number): void {
    this.#around += this.#take(chunk, start, end);
    if (this.#around.length > LARGEST_ITEM) throw new ApiError('garbled', 'answered with something that is not a list');
  }

  #take(chunk: Buffer, start: number, end: number): string {
    if (this.#pieces.length === 0) return chunk.toString('utf8', start, end);
    this.#pieces.push(chunk.subarray(start, end));
    const whole = Buffer.concat(this.#pieces).toString('utf8');
    this.#pieces = [];
    this.#piecesBytes = 0;
    return whole;
  }
}

function parsed(json: string): unknown {
  const value = parseJson(json);
  if (value === undefined) throw new ApiError('garbled', 'answered with something that is not a list in JSON');
  return value;
}
