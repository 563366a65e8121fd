/**
 * Delivers one slice of a batch: sends it, acts on the verdict, waits, sends it again. Shared by all batches on their way, so that
 * what one learns of the server the others know.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Log } from '../../types.ts';
import { retryAfterMs } from '../../util/retry-after.ts';
import { fullJitter, slow } from '../../util/backoff.ts';
import type { Refusal } from '../deadletter/line.ts';
import type { ItemVerdict, Verdict } from './verdict.ts';
import { Ceiling } from './ceiling.ts';
import type { Endpoint } from './endpoint.ts';
import type { BulkSlice } from './bulk-slice.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import { againSentence, holdSentence, type Destination } from './sentences.ts';
import { Outage, WORTH_A_WORD_MS } from '../batch/outage.ts';

export interface DeliveryOptions {
  readonly destination: Destination;
  /** The nodes of the cluster; only their number counts here. */
  readonly nodes: readonly string[];
  readonly endpoint: Endpoint;
  readonly acknowledgements: Acknowledgements;
  readonly compression: 'gzip' | 'none';
  readonly maxRequestBytes?: number | undefined;
  readonly retried: (reason: string) => void;
  readonly log: Log;
  readonly random: () => number;
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
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

type Setback = Extract<Verdict | ItemVerdict, { kind: 'again' | 'hold' }>;

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #endpoint: Endpoint;
  readonly #acknowledgements: Acknowledgements;
  readonly #outage: Outage;
  readonly #ceiling: Ceiling;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#endpoint = options.endpoint;
    this.#acknowledgements = options.acknowledgements;
    this.#outage = new Outage('elasticsearch', options.log, options.now);
    this.#ceiling = new Ceiling(options.maxRequestBytes);
  }

  /** Sends until every document is acknowledged, or has to go in another form. Rejects only when stopped. */
  async deliver(whole: BulkSlice, stop: AbortSignal): Promise<Left> {
    let slice = whole;
    let body: Buffer | undefined;
    let attempt = 0;
    let storedBefore = this.#acknowledgements.stored;
    for (;;) {
      if (slice.count > 1 && slice.length > this.#ceiling.bytes) return { next: slice.cut(this.#ceiling.bytes) };
      body ??= await this.#encode(slice.bytes);
      const { verdict, retryAfter } = await this.#endpoint.post(body, slice.count, stop);
      let setback: Setback;
      switch (verdict.kind) {
        case 'stored':
          this.#acknowledgements.all(slice);
          this.#taken();
          return NOTHING;
        case 'items': {
          const left = await this.#acknowledgements.items(slice, verdict.items, stop);
          if (left.length === 0) {
            this.#taken();
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
          this.#setback({ kind: 'hold', blocker: 'refused', detail: `400 ${verdict.refusal.type}` }, 0, undefined);
          return { later: slice };
        default:
          setback = verdict;
      }
      await this.#options.wait(this.#setback(setback, attempt++, retryAfter), stop);
    }
  }

  /** Counts a setback, says what is wrong, and returns for how many milliseconds to wait. */
  #setback(setback: Setback, attempt: number, retryAfter: string | undefined): number {
    const { kind, detail } = setback;
    if (kind === 'hold') {
      this.#options.retried(setback.blocker);
      this.#outage.begin(setback.blocker, holdSentence(setback.blocker, detail, this.#options.destination));
      return slow(this.#options.random);
    }
    const { reason } = setback;
    this.#options.retried(reason);
    const { destination } = this.#options;
    const asked = retryAfterMs(retryAfter, this.#options.now());
    if (asked >= WORTH_A_WORD_MS)
      this.#outage.begin(`${reason} retry-after`, againSentence(reason, detail, destination, asked));
    // A single reset connection or full queue is normal, and not worth a sentence.
    else if (attempt > 0 || reason === 'timeout')
      this.#outage.begin(reason, againSentence(reason, detail, destination));
    // The pool tries the next node at once.
    if (reason === 'connection' && attempt < this.#options.nodes.length - 1) return 0;
    return asked + fullJitter(attempt, this.#options.random);
  }

  #taken(): void {
    this.#outage.over();
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
