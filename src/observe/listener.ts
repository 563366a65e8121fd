/**
 * A port that answers every client, however many ask. No new connection is refused for lack of room. When the port is full, it
 * closes a connection of the address that has the most: the one that has waited longest without a request, else the one that was
 * answered first. So idle clients never keep out a probe, and a client that connects again and again closes its own connections.
 *
 * The event loop takes one new connection in a turn, and each has one request. So files are read in every turn, also in a flood.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { words, type Answer } from './answer.ts';
import { Connection } from './connection.ts';
import type { Request } from './request.ts';

export interface ListenerOptions {
  /** The most open connections. Each takes a descriptor, and log files need descriptors too. */
  readonly most: number;
  readonly headMs: number;
  readonly answerMs: number;
  /** Rejects only for a bug, which ends the process. `remote` is the address of the client. */
  readonly respond: (request: Request, remote: string) => Answer | Promise<Answer>;
}

/** Answers up to this size are always sent: their sum is small, whatever the clients do. */
const SMALL_BYTES = 64 * 1024;
/** The most bytes of larger answers together. A single one may have more. */
const LARGE_BYTES = 8 * 1024 * 1024;

/** The most open connections while descriptors are short, and how long they count as short. */
const FEW = 8;
const SHORT_MS = 60_000;

const BUSY = words(503, 'too much is being answered already\n', { 'retry-after': '1' });

export class Listener {
  readonly #server: Server;
  readonly #options: ListenerOptions;
  /** Connections without a request yet, the oldest first. */
  readonly #waiting = new Set<Connection>();
  /** Connections with a request, the oldest request first, with the bytes of their large answers. */
  readonly #answered = new Map<Connection, number>();
  #largeBytes = 0;
  #shortUntil = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    // Half open: otherwise node closes when the client does, and not as connection.ts wants it.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#welcome(socket));
  }

  /** Resolves with the port; for 0 with the one that the system chose. Rejects with the system's error. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        // Accepting may fail later. A client then gets no answer, and logs flow on.
        this.#server.on('error', () => {});
        // The port must not keep a process alive that is done.
        this.#server.unref();
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Called when descriptors are short: keeps few connections, and takes no more for a while. */
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
    if (!this.#waiting.delete(connection)) return; // It was closed to make room.
    this.#answered.set(connection, 0);
    if ('status' in what) return connection.answer(what, true);
    const answer = await this.#options.respond(what, connection.remote);
    if (!this.#answered.has(connection)) return;
    if (what.method === 'HEAD') connection.answer(answer, false);
    else connection.answer(this.#fits(connection, answer.body.length) ? answer : BUSY, true);
  }

  /** Whether an answer may be sent. A large one counts until its connection is closed, since the kernel holds it until then. */
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
