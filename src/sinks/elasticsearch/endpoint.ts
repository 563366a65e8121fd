/**
 * The `_bulk` endpoint of one data stream, at which documents may name others: posts a body and says what the answer means. Finds out
 * once which server it is, asks it only what it understands, and uses the credentials of the moment.
 */
import type { Log } from '../../types.ts';
import type { Answer, Ask, Failure } from './answer.ts';
import { judge, judgeStatus, type Verdict } from './verdict.ts';
import { authorization, type ElasticsearchCredentials } from './credentials.ts';
import { bulkQuery, PRODUCT, recognise, refusedParameters, type Flavor } from './server.ts';
import { standingSentence, type Destination } from './sentences.ts';
import { examplesOf } from './stream-names.ts';
import { standingOf } from './standing.ts';
import type { Wire } from './wire.ts';
import type { Blocker } from './words.ts';

export interface EndpointOptions extends ElasticsearchCredentials {
  readonly wire: Wire;
  readonly destination: Destination;
  /** As configured: they may carry `user:password@`. */
  readonly nodes: readonly string[];
  readonly flavor: Flavor | 'auto';
  readonly gzipped: boolean;
  readonly timeoutMs: number;
  readonly request: (outcome: string, ms: number) => void;
  /** What is wrong with the file of a secret, in a sentence, while the secret before it is used. */
  readonly secretTrouble?: (() => string | undefined) | undefined;
  readonly log: Log;
}

export interface Reply {
  /** Of the body. What is wrong with the request itself is corrected before this is returned. */
  readonly verdict: Exclude<Verdict, { kind: 'parameter' }>;
  /** The Retry-After header, if any. */
  readonly retryAfter: string | undefined;
}

interface Posted {
  readonly verdict: Verdict;
  readonly retryAfter: string | undefined;
}

/** Questions other than bulk requests are answered in milliseconds or not at all. */
const QUESTION_TIMEOUT_MS = 10_000;

/**
 * How long we wait for a sign of life: short, so that a recovery is noticed soon. Every tenth time longer, for a server that
 * needs more.
 */
const SIGN_MS = 3000;

/** These concern who asks, whatever is asked. */
const STOPS_ALL: ReadonlySet<Blocker> = new Set(['credentials', 'proxy']);

export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #path: string;
  /** undefined: not known yet. */
  #flavor: Flavor | undefined;
  #asking: Promise<Reply | undefined> | undefined;
  #refused: readonly string[] = [];

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#path = `/${encodeURIComponent(options.destination.target)}/_bulk`;
    this.#flavor = options.flavor === 'auto' ? undefined : options.flavor;
  }

  /** Posts a body of `count` documents, gzipped or not as configured. Borrows it. Rejects only when stopped. */
  async post(body: Buffer, count: number, stop: AbortSignal): Promise<Reply> {
    for (let renewed = false; ;) {
      const used = this.#authorization();
      const unknown = await this.#identify(stop);
      const query = this.#query();
      const { verdict, retryAfter } = unknown ?? (await this.#post(body, count, query, stop));
      if (verdict.kind === 'parameter') {
        this.#refused = [...this.#refused, ...refusedParameters(verdict.detail)];
        // Changed: by this answer, or by one to another batch meanwhile.
        if (this.#query() !== query) continue;
        return { verdict: { kind: 'hold', blocker: 'refused', detail: `400 ${verdict.detail}` }, retryAfter };
      }
      // The secret may have been rotated meanwhile: the new one is tried at once, and only once.
      if (!renewed && refusesUs(verdict) && this.#authorization() !== used) {
        renewed = true;
        continue;
      }
      return { verdict, retryAfter };
    }
  }

  /** Resolves when the server answers anything at all: tries, with `rest` between them. Rejects only when stopped. */
  async answers(rest: (spentMs: number) => Promise<void>, stop: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries++) {
      const started = performance.now();
      const patienceMs = tries % 10 === 0 ? QUESTION_TIMEOUT_MS : SIGN_MS;
      if (!('failed' in (await this.asking(stop, patienceMs)('/')))) return;
      await rest(performance.now() - started);
    }
  }

  /** Asks something else of the same server, as JSON. */
  asking(stop: AbortSignal, patienceMs = QUESTION_TIMEOUT_MS): Ask {
    const { wire, timeoutMs } = this.#options;
    return (path, body) =>
      wire.exchange(
        {
          method: body === undefined ? 'GET' : 'POST',
          path,
          ...(body && { body: Buffer.from(JSON.stringify(body)) }),
          authorization: this.#authorization(),
          timeoutMs: Math.min(timeoutMs, patienceMs),
        },
        stop,
      );
  }

  async #post(body: Buffer, count: number, query: string, stop: AbortSignal): Promise<Posted> {
    const { wire, gzipped, timeoutMs } = this.#options;
    const started = performance.now();
    const answer = await wire.exchange(
      {
        method: 'POST',
        path: this.#path,
        query,
        body,
        contentType: 'application/x-ndjson',
        gzipped,
        authorization: this.#authorization(),
        timeoutMs,
      },
      stop,
    );
    // The first answer may have come from a proxy that hid what the server is.
    if (this.#flavor === 'unknown' && 'product' in answer && answer.product === PRODUCT) this.#flavor = 'elasticsearch';
    const verdict = judge(answer, count);
    this.#options.request(outcomeOf(verdict), performance.now() - started);
    return { verdict, retryAfter: retryAfterOf(answer) };
  }

  #query(): string {
    return bulkQuery(this.#flavor ?? 'unknown', this.#refused);
  }

  /** Finds out which server it is, once for all sends. Returns what keeps any request from being sent. */
  #identify(stop: AbortSignal): Promise<Reply | undefined> | undefined {
    if (this.#flavor !== undefined) return undefined;
    this.#asking ??= this.#askOnce(stop).finally(() => (this.#asking = undefined));
    return this.#asking.catch(() => {
      // Stopped: by our signal, or by that of the send that began to ask.
      stop.throwIfAborted();
      return this.#identify(stop);
    });
  }

  async #askOnce(stop: AbortSignal): Promise<Reply | undefined> {
    const ask = this.asking(stop);
    const answer = await ask('/');
    const verdict = 'failed' in answer ? judge(answer, 0) : answer.status === 200 ? undefined : judgeStatus(answer);
    // Any other refusal (a key that may only write gets 403) concerns the question, not the bulk request.
    if (verdict?.kind === 'again' || (verdict?.kind === 'hold' && STOPS_ALL.has(verdict.blocker)))
      return { verdict, retryAfter: retryAfterOf(answer) };
    this.#flavor = recognise(answer as Answer).flavor;
    await this.#warnOfStanding(ask);
    return undefined;
  }

  /** Once: what is worse than it could be does not keep documents from being stored. */
  async #warnOfStanding(ask: Ask): Promise<void> {
    const { destination, log } = this.#options;
    for (const stream of examplesOf(destination)) {
      const sentence = standingSentence(await standingOf(ask, stream), this.#flavor, stream, destination);
      if (sentence !== undefined) log.warn(sentence);
    }
  }

  #authorization(): string | undefined {
    const { log, nodes, secretTrouble } = this.#options;
    const header = authorization(this.#options, nodes);
    const trouble = secretTrouble?.();
    if (trouble !== undefined) log.throttled('secret', trouble);
    return header;
  }
}

function refusesUs(verdict: Verdict): boolean {
  return verdict.kind === 'hold' && (verdict.blocker === 'credentials' || verdict.blocker === 'privileges');
}

function retryAfterOf(answer: Answer | Failure): string | undefined {
  return 'failed' in answer ? undefined : answer.retryAfter;
}

/** A word for counting: there are few of them. */
function outcomeOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'stored':
      return 'ok';
    case 'items':
      return verdict.items.some(({ kind }) => kind === 'again' || kind === 'hold') ? 'partial' : 'ok';
    case 'again':
      return verdict.reason;
    case 'hold':
      return verdict.blocker;
    default:
      return verdict.kind;
  }
}
