/** Asks Elasticsearch a question about data streams, a few times if need be, and tells an answer from half of one. */
import { fullJitter, pause } from '../../util/backoff.ts';
import { OperatorError } from '../../util/errors.ts';
import { parse, type Answer, type Failure } from './answer.ts';
import { authorization, bareNode, type ElasticsearchCredentials } from './credentials.ts';
import type { Way } from './client.ts';
import { Wire } from './wire.ts';

export interface QuestionsOptions extends ElasticsearchCredentials, Way {
  /** Node URLs, perhaps with `user:password@`. */
  readonly nodes: readonly string[];
  /** The data streams that are asked: names and patterns. */
  readonly streams: readonly string[];
  /** For one request as a whole. */
  readonly timeoutMs: number;
  readonly random?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const TRIES = 5;

export class Questions {
  readonly #options: QuestionsOptions;
  readonly #wire: Wire;
  /** The addresses, fit to print. */
  readonly nodes: string;

  /** Connects with the first question. */
  constructor(options: QuestionsOptions) {
    const bare = options.nodes.map(bareNode);
    this.#options = options;
    this.nodes = bare.join(', ');
    this.#wire = new Wire({ ...options, nodes: bare });
  }

  /**
   * Asks until there is an answer, a few times. undefined: it is refused to us. Rejects when stopped.
   * @throws OperatorError when there is no answer
   */
  async ask(what: string, query: string, body: object | undefined, stop: AbortSignal): Promise<Answer | undefined> {
    const { streams, nodes, timeoutMs, random = Math.random, wait = pause } = this.#options;
    // One of several may not be there yet.
    const asked = [query, ...(streams.length > 1 ? ['ignore_unavailable=true'] : [])]
      .filter((part) => part !== '')
      .join('&');
    let fault = '';
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (attempt > 0) await wait(fullJitter(attempt, random), stop);
      const answer = await this.#wire.exchange(
        {
          method: 'POST',
          path: `/${encodeURIComponent(streams.join(','))}/${what}`,
          ...(asked === '' ? {} : { query: asked }),
          ...(body && { body: Buffer.from(JSON.stringify(body)) }),
          authorization: authorization(this.#options, nodes),
          timeoutMs,
        },
        stop,
      );
      const said = judge(answer);
      if (said === 'answer') return answer as Answer;
      if (said === 'refused') return undefined;
      fault = said.fault;
      if (said.final) break;
    }
    throw new OperatorError(`${this.nodes} does not say what it holds (${fault}); check elasticsearch.nodes.`);
  }

  async close(): Promise<void> {
    await this.#wire.close();
  }
}

function judge(answer: Answer | Failure): 'answer' | 'refused' | { fault: string; final: boolean } {
  if ('failed' in answer) return { fault: answer.message, final: false };
  const { status } = answer;
  if (status === 401 || status === 403) return 'refused';
  const body = parse(answer) as { timed_out?: boolean; _shards?: { failed?: number }; error?: ErrorBody } | undefined;
  if (status === 200) {
    if (body === undefined) return { fault: 'its answer is no JSON', final: false };
    const isWhole = body.timed_out !== true && (body._shards?.failed ?? 0) === 0;
    return isWhole ? 'answer' : { fault: 'not all of its shards answer', final: false };
  }
  const { type, reason } = body?.error ?? {};
  if (status === 404 && type === 'index_not_found_exception') return 'answer';
  const fault = [String(status), type, reason]
    .filter((part) => part !== undefined)
    .join(' ')
    .slice(0, 300);
  return { fault, final: status !== 429 && status < 500 };
}

interface ErrorBody {
  readonly type?: string;
  readonly reason?: string;
}
