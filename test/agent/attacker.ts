/**
 * What an unfriendly neighbour does to a port: it sends raw bytes, and reads, stalls or leaves. All of it stays on this
 * machine; the neighbour has an address of its own, as a pod has, unless told otherwise.
 */
import { connect, type Socket } from 'node:net';

/** How a client treats the answer. */
export type Reading = 'all' | 'never' | 'slowly';

export class Attacker {
  readonly #port: number;
  readonly #address: string;
  readonly #open = new Set<Socket>();
  /** Connections made. */
  made = 0;
  /** Bytes of answers read. */
  readBytes = 0;

  constructor(url: string, address = '127.0.0.2') {
    this.#address = address;
    this.#port = Number(new URL(url).port);
  }

  /** Connections that are open. */
  get open(): number {
    return this.#open.size;
  }

  /** Opens a connection and sends something; resolves when it is connected, or will never be. */
  async send(data: string, reading: Reading = 'all'): Promise<Socket> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', localAddress: this.#address, allowHalfOpen: true });
    this.#open.add(socket);
    this.made++;
    socket.on('error', () => {});
    socket.on('close', () => this.#open.delete(socket));
    if (reading === 'never') socket.pause();
    else
      socket.on('data', (chunk: Buffer) => {
        this.readBytes += chunk.length;
        if (reading === 'all') return;
        socket.pause();
        setTimeout(() => socket.resume(), 20);
      });
    socket.on('end', () => socket.end());
    await new Promise<void>((resolve) => {
      socket.once('connect', resolve);
      socket.once('close', () => resolve());
    });
    if (data !== '') socket.write(data, 'latin1');
    return socket;
  }

  /** Clients that do something one after the other, each as fast as it can, until the time is over. */
  async flood(clients: number, ms: number, each: () => Promise<unknown>): Promise<void> {
    const end = performance.now() + ms;
    const client = async (): Promise<void> => {
      while (performance.now() < end) await each();
    };
    await Promise.all(Array.from({ length: clients }, client));
  }

  /** Sends and reads until the connection is closed. */
  async ask(data: string): Promise<void> {
    const socket = await this.send(data);
    if (!socket.closed) await new Promise((closed) => socket.once('close', closed));
  }

  /** Drops every connection. */
  leave(): void {
    for (const socket of this.#open) socket.destroy();
  }
}

export function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
}
