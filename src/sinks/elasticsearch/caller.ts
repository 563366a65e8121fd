/** Asks Elasticsearch or Kibana anything, once, with the credentials of the settings: for a person who waits for the answer. */
import { OperatorError } from '../../util/errors.ts';
import type { Answer } from './answer.ts';
import { authorization, bareNode, type ElasticsearchCredentials } from './credentials.ts';
import type { Way } from './client.ts';
import { Wire, type Request } from './wire.ts';

export interface CallerOptions extends ElasticsearchCredentials, Way {
  /** Addresses, perhaps with `user:password@`. */
  readonly nodes: readonly string[];
  /** The setting that they come from, for a sentence. */
  readonly setting: string;
  /** For one request as a whole. */
  readonly timeoutMs: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is asked, besides who asks. */
export type Question = Pick<Request, 'method' | 'path' | 'query' | 'body' | 'contentType'>;

export class Caller {
  /** Where it asks, fit to print. */
  readonly place: string;
  readonly #options: CallerOptions;
  readonly #wire: Wire;

  /** Connects with the first question. */
  constructor(options: CallerOptions) {
    const bare = options.nodes.map(bareNode);
    this.#options = options;
    this.place = bare.join(', ');
    this.#wire = new Wire({ ...options, nodes: bare });
  }

  /**
   * The answer, of whatever status but those below.
   * @throws OperatorError when there is none, or when it is about who asks (401)
   */
  async ask(question: Question): Promise<Answer> {
    const { nodes, setting, timeoutMs, headers = {} } = this.#options;
    const who = { authorization: authorization(this.#options, nodes), timeoutMs, headers };
    const answer = await this.#wire.exchange({ ...question, ...who }, new AbortController().signal);
    if ('failed' in answer)
      throw new OperatorError(
        `${this.place} cannot be reached (${answer.message}); check ${setting}, and elasticsearch.ca_file.`,
      );
    if (answer.status === 401)
      throw new OperatorError(
        `${this.place} refuses the credentials (401); check elasticsearch.api_key or .username and .password.`,
      );
    return answer;
  }

  async close(): Promise<void> {
    await this.#wire.close();
  }
}
