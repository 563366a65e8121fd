/**
 * Delivers one slice of a batch: sends it, acts on the verdict, waits, sends it again. Shared by all batches on their way, so that
 * what one learns of the server the others know.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Log } from '../../types.ts';
import type { Refusal } from '../deadletter/line.ts';
import { REPAIRED } from './words.ts';
import { Ceiling } from './ceiling.ts';
import type { Gate } from './gate.ts';
import type { BulkSlice } from './bulk-slice.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import { Setbacks, type Setback, type SetbacksOptions } from './setbacks.ts';

export interface DeliveryOptions extends SetbacksOptions {
  /** Through it all bodies go. */
  readonly gate: Pick<Gate, 'post'>;
  readonly acknowledgements: Acknowledgements;
  readonly compression: 'gzip' | 'none';
  readonly maxRequestBytes?: number | undefined;
  readonly log: Log;
}

/** What is left of a slice to be delivered. */
export interface Left {
  /** Pieces of it, each to be sent in a request of its own. */
  readonly next?: readonly BulkSlice[];
  /** One refused document. That others are taken proves that the fault is its own. */
  readonly later?: BulkSlice;
}

const NOTHING: Left = {};

/** Bytes. No limit of bodies is this low: a server that finds so small a document too large refuses everything. */
const NEVER_TOO_LARGE = 1024;
/** Tries of documents that Elasticsearch fails on (item status 500) while it stores others, before they are given up. */
const TRIES_AT_500 = 20;

const compress = promisify(gzip);

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #gate: Pick<Gate, 'post'>;
  readonly #acknowledgements: Acknowledgements;
  readonly #setbacks: Setbacks;
  readonly #ceiling: Ceiling;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#gate = options.gate;
    this.#acknowledgements = options.acknowledgements;
    this.#setbacks = new Setbacks(options);
    this.#ceiling = new Ceiling(options.maxRequestBytes);
  }

  /** Why the last documents were not stored, in a sentence that anybody may read; undefined: they were, or there were none. */
  get refusal(): string | undefined {
    return this.#setbacks.refusal;
  }

  /** Sends until every document is acknowledged, or has to go in another form. Rejects only when stopped. */
  async deliver(slice: BulkSlice, stop: AbortSignal): Promise<Left> {
    const mended: BulkSlice[] = [];
    const { next = [], ...left } = await this.#deliver(slice, (one) => mended.push(one), stop);
    return { ...left, next: [...mended, ...next] };
  }

  /** @param mend told of documents that are to be sent in another form */
  async #deliver(whole: BulkSlice, mend: (mended: BulkSlice) => void, stop: AbortSignal): Promise<Left> {
    let slice = whole;
    let body: Buffer | undefined;
    let attempt = 0;
    let storedBefore = this.#acknowledgements.stored;
    for (;;) {
      const most = Math.min(this.#ceiling.bytes, this.#setbacks.most);
      if (slice.count > 1 && slice.length > most) return { next: slice.cut(most) };
      body ??= await this.#encode(slice.bytes);
      const { verdict, retryAfter } = await this.#gate.post(body, slice.count, stop);
      let setback: Setback;
      switch (verdict.kind) {
        case 'stored':
          this.#acknowledgements.all(slice);
          this.#taken(slice);
          return NOTHING;
        case 'items': {
          const { again: left, mended } = await this.#acknowledgements.items(slice, verdict.items, stop);
          if (mended !== undefined) {
            this.#options.retried(REPAIRED);
            mend(mended);
          }
          if (left.length === 0) {
            this.#taken(slice);
            return NOTHING;
          }
          if (left.length < slice.count) {
            body = undefined;
            attempt = 0;
            storedBefore = this.#acknowledgements.stored;
          }
          const setbacks = left.map((i) => verdict.items[i] as Setback);
          if (attempt >= TRIES_AT_500 && this.#acknowledgements.stored > storedBefore && setbacks.every(is500)) {
            const refusal = (i: number): Refusal => (verdict.items[i] as { refusal: Refusal }).refusal;
            await this.#acknowledgements.reject(slice, left, refusal, stop);
            return NOTHING;
          }
          slice = slice.keep(left);
          setback = setbacks.find(({ kind }) => kind === 'again') ?? setbacks[0]!;
          break;
        }
        case 'too_large':
          if (slice.count > 1) {
            this.#ceiling.refused(slice.length);
            continue;
          }
          if (slice.length >= NEVER_TOO_LARGE) return this.#giveUp(slice, tooLarge(slice.length), stop);
          setback = { kind: 'hold', blocker: 'refused', detail: `413 for a body of ${slice.length} bytes` };
          break;
        case 'malformed':
          if (slice.count > 1) return { next: slice.cut(slice.length / 2) };
          if (this.#acknowledgements.stored > 0) return this.#giveUpMalformed(slice, verdict.refusal, stop);
          this.#setbacks.tell({ kind: 'hold', blocker: 'refused', detail: `400 ${verdict.refusal.type}` }, 0, 0);
          return { later: slice };
        default:
          setback = verdict;
      }
      const nothingIsStored = this.#acknowledgements.stored === storedBefore;
      await this.#setbacks.rest(setback, attempt++, retryAfter, nothingIsStored ? slice.length : undefined, stop);
    }
  }

  #taken({ length }: BulkSlice): void {
    this.#setbacks.over(length);
    this.#ceiling.taken();
  }

  async #giveUp(slice: BulkSlice, refusal: Refusal, stop: AbortSignal): Promise<Left> {
    await this.#acknowledgements.reject(slice, [0], () => refusal, stop);
    return NOTHING;
  }

  #giveUpMalformed(slice: BulkSlice, refusal: Refusal, stop: AbortSignal): Promise<Left> {
    this.#options.log.error(
      `Elasticsearch cannot read a document of ${slice.length} bytes (400 ${refusal.type}); it is set aside as rejected. ` +
        'This is a mistake of podferry: please report it with the line it left in the dead-letter store.',
    );
    return this.#giveUp(slice, refusal, stop);
  }

  /** Level 1, in another thread: higher levels cost more CPU than their bytes are worth. Uncompressed, the slab itself is sent. */
  async #encode(bytes: Buffer): Promise<Buffer> {
    return this.#options.compression === 'none' ? bytes : compress(bytes, { level: 1, chunkSize: 64 * 1024 });
  }
}

function is500(setback: Setback): boolean {
  return setback.kind === 'again' && setback.reason === 'item_500';
}

function tooLarge(bytes: number): Refusal {
  return {
    status: 413,
    type: 'too_large',
    reason: `a body of ${bytes} bytes is more than the server, or a proxy before it, takes (http.max_content_length)`,
  };
}
