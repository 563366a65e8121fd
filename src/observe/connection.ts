/**
 * One connection: one request is read, and one answer is written. A deadline ends it if the client does not ask, does not read
 * or does not close.
 */
import type { Socket } from 'node:net';
import { headOf, type Answer } from './answer.ts';
import { MAX_HEAD, readRequest, type Request } from './request.ts';

/** How much a client may send after its request, such as a body, and still get its answer. These bytes are ignored. */
const IGNORED_BYTES = 64 * 1024;

export interface ConnectionOptions {
  /** How long a request may take to arrive, and the client to fetch the answer. */
  readonly headMs: number;
  readonly answerMs: number;
  /** Told of the request, or of the answer that refuses it. Called once at most. */
  readonly asked: (what: Request | Answer) => void;
  readonly closed: () => void;
}

export class Connection {
  /** The address of the client; '' if it has gone already. */
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
    socket.on('end', () => this.cut()); // The client is gone, or has its answer.
    socket.on('error', () => {}); // 'close' follows.
    socket.on('close', () => {
      clearTimeout(this.#deadline);
      options.closed();
    });
  }

  /** Writes the answer, and closes when the client has fetched it. */
  answer(answer: Answer, withBody: boolean): void {
    this.#socket.cork();
    this.#socket.write(headOf(answer), 'latin1');
    if (withBody) this.#socket.write(answer.body);
    this.#socket.end();
  }

  /**
   * Ends it at once, with a reset. After an ordinary close the kernel would keep for a minute what the client does not fetch,
   * and count that memory as ours.
   */
  cut(): void {
    const socket = this.#socket;
    const ending = socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished;
    if (socket.destroyed || this.#isEnding) return;
    // For one turn of the event loop, while the end of the stream is on its way to the kernel, node cannot reset.
    if (ending) {
      this.#isEnding = true;
      socket.once('finish', () => {
        this.#isEnding = false;
        this.cut();
      });
      return;
    }
    socket.resetAndDestroy();
    socket.destroy(); // resetAndDestroy() alone waits for unwritten bytes.
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
