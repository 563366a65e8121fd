/**
 * Lets as many bulk requests go at a time as the server takes. The others wait here, in the order in which they came. What a request
 * waits for afterwards, before it is sent again, keeps no other one from going.
 */
import { unlessAborted } from '../../util/unless-aborted.ts';
import { Concurrency } from './concurrency.ts';
import type { Endpoint, Reply } from './endpoint.ts';

export class Gate {
  readonly #endpoint: Pick<Endpoint, 'post'>;
  readonly #concurrency: Concurrency;
  readonly #waiting: (() => void)[] = [];
  #onTheirWay = 0;

  /** @param most requests at a time, 1 at least */
  constructor(endpoint: Pick<Endpoint, 'post'>, most: number) {
    this.#endpoint = endpoint;
    this.#concurrency = new Concurrency(most);
  }

  /** Requests that may be on their way now. */
  get limit(): number {
    return this.#concurrency.limit;
  }

  /** Posts a body as soon as it may, as Endpoint.post() does. Borrows it. Rejects only when stopped, at once if it waits. */
  async post(body: Buffer, count: number, stop: AbortSignal): Promise<Reply> {
    await this.#enter(stop);
    try {
      const { round } = this.#concurrency;
      const reply = await this.#endpoint.post(body, count, stop);
      this.#concurrency.learn(reply.verdict, round);
      return reply;
    } finally {
      this.#leave();
    }
  }

  async #enter(stop: AbortSignal): Promise<void> {
    stop.throwIfAborted();
    if (this.#waiting.length === 0 && this.#onTheirWay < this.#concurrency.limit) {
      this.#onTheirWay++;
      return;
    }
    let go = (): void => undefined;
    const turn = new Promise<void>((resolve) => (go = resolve));
    this.#waiting.push(go);
    try {
      await unlessAborted(turn, stop);
    } catch (error) {
      const place = this.#waiting.indexOf(go);
      if (place >= 0) this.#waiting.splice(place, 1);
      else this.#leave();
      throw error;
    }
  }

  #leave(): void {
    this.#onTheirWay--;
    while (this.#waiting.length > 0 && this.#onTheirWay < this.#concurrency.limit) {
      this.#onTheirWay++;
      this.#waiting.shift()!();
    }
  }
}
