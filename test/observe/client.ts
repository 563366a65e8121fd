/** A client that says exactly what a test wants, byte for byte. */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

export interface Client {
  readonly socket: Socket;
  /** What was answered so far. */
  heard(): string;
  /** True once the connection is closed, however that came. */
  closed(): boolean;
}

/** Connected when it resolves. Nothing is thrown: a connection that fails is closed. */
export async function dial(port: number, { from = '127.0.0.1', reads = true } = {}): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen: true });
  let heard = '';
  let closed = false;
  socket.on('error', () => {});
  socket.on('close', () => (closed = true));
  socket.on('end', () => socket.end());
  if (reads) socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', () => resolve());
  });
  return { socket, heard: () => heard, closed: () => closed };
}

/** Says something and gives back all that is answered until the connection is closed. */
export async function ask(port: number, text: string): Promise<string> {
  const { socket, heard, closed } = await dial(port);
  socket.write(text, 'latin1');
  if (!closed()) await new Promise((resolve) => socket.once('close', resolve));
  return heard();
}

/**
 * The connections of a port for which the kernel may keep bytes, also when no process has them any more: all but those that
 * are over on both sides and only remembered.
 */
export function keptByKernel(port: number): string[] {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const [TIME_WAIT, LISTENING] = ['06', '0A'];
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .slice(1)
    .filter((line) => {
      const [, address, , state] = line.trim().split(/\s+/);
      return address?.endsWith(local) === true && state !== LISTENING && state !== TIME_WAIT;
    });
}
