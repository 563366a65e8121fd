/**
 * A port that answers, whoever asks and how often. Nobody is refused for want of room: when there are as many connections as
 * there may be, one of the address that has most of them gives way: the one that has waited longest without asking, or else
 * the one that has been answered longest. So idle clients never keep out a probe, and who connects without end only drives
 * out its own connections.
 *
 * The event loop takes one new connection a turn, and each has one request: in a flood, files are read in every turn too.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { words, type Answer } from './answer.ts';
import { Connection } from './connection.ts';
import type { Request } from './request.ts';

export interface ListenerOptions {
  /** Open connections at most. Each is a descriptor, and log files need them too. */
  readonly most: number;
  readonly headMs: number;
  readonly answerMs: number;
  /** Rejects for our own bugs only, which ends the process. `remote` is the address of the client. */
  readonly respond: (request: Request, remote: string) => Answer | Promise<Answer>;
}

/** Answers up to this size always go: it is a small sum, whatever the clients do. */
const SMALL_BYTES = 64 * 1024;
/** What larger answers may hold together; more only for one that is alone. */
const LARGE_BYTES = 8 * 1024 * 1024;

/** Open connections at most while descriptors are short, and how long they count as short. */
const FEW = 8;
const SHORT_MS = 60_000;

const BUSY = words(503, 'too much is being answered already\n', { 'retry-after': '1' });

export class Listener {
  readonly #server: Server;
  readonly #options: ListenerOptions;
  /** Those that have not asked yet, the oldest first. */
  readonly #waiting = new Set<Connection>();
  /** Those that have, the longest first, with the bytes of their large answers. */
  readonly #answered = new Map<Connection, number>();
  #largeBytes = 0;
  #shortUntil = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    // Half open: node would close by itself when the client does, and not as connection.ts wants it.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#welcome(socket));
  }

  /** The port; for 0 the one the system chose. Rejects with the system's error. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        // Accepting may fail later on: then a client goes unanswered, and logs flow on.
        this.#server.on('error', () => {});
        // A probe is no reason to keep a process alive that is done.
        this.#server.unref();
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Descriptors are short: keeps few connections, and for a while no more than that. */
  save(): void {
    this.#shortUntil = performance.now() + SHORT_MS;
    while (this.#size > FEW) this.#makeRoom();
  }

  /** Closes at once, connections included. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const each of [...this.#waiting, ...this.#answered.keys()]) each.cut();
    return closed;
  }

  get #size(): number {
    return this.#waiting.size + this.#answered.size;
  }

  #welcome(socket: Socket): void {
    if (this.#size >= (performance.now() < this.#shortUntil ? FEW : this.#options.most)) this.#makeRoom();
    const { headMs, answerMs } = this.#options;
    const connection: Connection = new Connection(socket, {
      headMs,
      answerMs,
      asked: (what) => void this.#answer(connection, what),
      closed: () => this.#forget(connection),
    });
    this.#waiting.add(connection);
  }

  #makeRoom(): void {
    const inOrder = [...this.#waiting, ...this.#answered.keys()];
    const counts = new Map<string, number>();
    for (const { remote } of inOrder) counts.set(remote, (counts.get(remote) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const one = inOrder.find(({ remote }) => counts.get(remote) === most);
    if (one === undefined) return;
    this.#forget(one);
    one.cut();
  }

  async #answer(connection: Connection, what: Request | Answer): Promise<void> {
    if (!this.#waiting.delete(connection)) return; // It gave way.
    this.#answered.set(connection, 0);
    if ('status' in what) return connection.answer(what, true);
    const answer = await this.#options.respond(what, connection.remote);
    if (!this.#answered.has(connection)) return;
    if (what.method === 'HEAD') connection.answer(answer, false);
    else connection.answer(this.#fits(connection, answer.body.length) ? answer : BUSY, true);
  }

  /** Whether an answer may go. What is large counts until its connection is closed: the kernel holds it till then. */
  #fits(connection: Connection, bytes: number): boolean {
    if (bytes <= SMALL_BYTES) return true;
    if (this.#largeBytes > 0 && this.#largeBytes + bytes > LARGE_BYTES) return false;
    this.#answered.set(connection, bytes);
    this.#largeBytes += bytes;
    return true;
  }

  #forget(connection: Connection): void {
    this.#largeBytes -= this.#answered.get(connection) ?? 0;
    this.#waiting.delete(connection);
    this.#answered.delete(connection);
  }
}
