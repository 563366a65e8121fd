/** A connection that is cut at an awkward moment. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { words } from '../../src/observe/answer.ts';
import { Connection } from '../../src/observe/connection.ts';
import { until } from '../helpers/until.ts';
import { dial, keptByKernel } from './client.ts';

/** Runs something in the same turn of the event loop, or later in it, or in the next one. */
const MOMENTS: Record<string, (what: () => void) => void> = {
  'at once': (what) => what(),
  'in a microtask': queueMicrotask,
  'in the next turn': setImmediate,
};

test.each(Object.keys(MOMENTS))(
  'cut %s after it was answered, it is closed and its descriptor is free',
  async (moment) => {
    let closed = 0;
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const connection: Connection = new Connection(socket, {
        headMs: 60_000,
        answerMs: 60_000,
        asked() {
          connection.answer(words(200, 'hello'), true);
          MOMENTS[moment]!(() => connection.cut());
        },
        closed: () => closed++,
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { socket } = await dial(port);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => closed === 1 && keptByKernel(port).length === 0, 'closed');
    server.close();
    await once(server, 'close'); // No connection is left.
    expect(closed).toBe(1);
  },
);
