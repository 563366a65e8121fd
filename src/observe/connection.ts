/**
 * One connection: one request is read, one answer is written, and that is all. It ends by itself at a deadline, whether the
 * client does not ask, does not read or does not close.
 */
import type { Socket } from 'node:net';
import { headOf, type Answer } from './answer.ts';
import { MAX_HEAD, readRequest, type Request } from './request.ts';

/** What a client may send beyond its request, a body say, and still get its answer. It is not looked at. */
const IGNORED_BYTES = 64 * 1024;

export interface ConnectionOptions {
  /** The longest a request may take to come, and an answer to be fetched. */
  readonly headMs: number;
  readonly answerMs: number;
  /** The request has come, or must be refused with an answer. Called once at most. */
  readonly asked: (what: Request | Answer) => void;
  readonly closed: () => void;
}

export class Connection {
  /** The address of the client; '' if it is gone already. */
  readonly remote: string;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  #deadline: NodeJS.Timeout;
  #head = '';
  #received = 0;
  #asked = false;
  #isEnding = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.remote = socket.remoteAddress ?? '';
    this.#socket = socket;
    this.#options = options;
    this.#deadline = setTimeout(() => this.cut(), options.headMs);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('end', () => this.cut()); // Whoever has no more to say is gone, or has what it asked for.
    socket.on('error', () => {}); // It closes then.
    socket.on('close', () => {
      clearTimeout(this.#deadline);
      options.closed();
    });
  }

  /** Answers, and closes when the client has fetched it. */
  answer(answer: Answer, withBody: boolean): void {
    this.#socket.cork();
    this.#socket.write(headOf(answer), 'latin1');
    if (withBody) this.#socket.write(answer.body);
    this.#socket.end();
  }

  /**
   * Ends it at once, with a reset: after an ordinary close the kernel would go on to keep what a client does not fetch, for
   * a minute and on our account.
   */
  cut(): void {
    const socket = this.#socket;
    const ending = socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished;
    if (socket.destroyed || this.#isEnding) return;
    // While the end of the stream is on its way to the kernel, for a turn of the event loop, node cannot reset.
    if (ending) {
      this.#isEnding = true;
      socket.once('finish', () => {
        this.#isEnding = false;
        this.cut();
      });
      return;
    }
    socket.resetAndDestroy();
    socket.destroy(); // The line before waits for what is not written yet.
  }

  #take(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#asked) {
      if (this.#received > MAX_HEAD + IGNORED_BYTES) this.cut();
      return;
    }
    this.#head += chunk.toString('latin1', 0, MAX_HEAD - this.#head.length);
    const what = readRequest(this.#head);
    if (what === undefined) return;
    this.#asked = true;
    this.#head = '';
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.cut(), this.#options.answerMs);
    this.#options.asked(what);
  }
}
