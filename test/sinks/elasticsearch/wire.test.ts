/** One exchange after the other, for months: what is left of each, and where the next one goes. */
import { getEventListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Wire, type Request } from '../../../src/sinks/elasticsearch/wire.ts';

const ASK: Request = { method: 'GET', path: '/', authorization: undefined, timeoutMs: 10_000 };

const servers: Server[] = [];
const wires: Wire[] = [];
afterEach(async () => {
  for (const wire of wires.splice(0)) await wire.close();
  for (const server of servers.splice(0)) server.closeAllConnections();
});

/** A node that answers every request with this status. */
async function node(status: number) {
  const seen = { url: '', requests: 0, connections: 0 };
  const server = createServer((request, response) => {
    seen.requests++;
    request.resume();
    response.writeHead(status).end('{}');
  });
  servers.push(server);
  server.on('connection', () => seen.connections++);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  seen.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { seen, stop: () => new Promise<void>((closed) => server.close(() => closed()).closeAllConnections()) };
}

function wireTo(nodes: string[], ca: () => Buffer | undefined = () => undefined): Wire {
  const wire = new Wire({ nodes, ca });
  wires.push(wire);
  return wire;
}

test('an exchange leaves nothing behind on the signal that may stop it, whether or not it was answered', async () => {
  const { seen, stop } = await node(200);
  const wire = wireTo([seen.url]);
  const { signal } = new AbortController();
  const left = (): number => getEventListeners(signal, 'abort').length;
  const both = [wire.exchange(ASK, signal), wire.exchange(ASK, signal)];
  expect(left()).toBe(2);
  expect(await Promise.all(both)).toMatchObject([{ status: 200 }, { status: 200 }]);
  expect(left()).toBe(0);
  await stop();
  expect(await wire.exchange(ASK, signal)).toMatchObject({ failed: 'connection' });
  expect(left()).toBe(0);
});

test('a connection is used again, also while a CA file is read anew for each exchange and says the same', async () => {
  const { seen } = await node(200);
  const wire = wireTo([seen.url], () => Buffer.from('the same'));
  for (let i = 0; i < 5; i++) await wire.exchange(ASK, new AbortController().signal);
  expect(seen).toMatchObject({ requests: 5, connections: 1 });
});

test.each([
  [502, 1],
  [503, 1],
  [504, 1],
  // It is there, and says what it thinks of the request.
  [429, 5],
  [500, 5],
  [501, 5],
  [505, 5],
])('a node that answers %i gets %i of ten requests', async (status, requests) => {
  const [one, other] = [await node(status), await node(200)];
  const wire = wireTo([one.seen.url, other.seen.url]);
  for (let i = 0; i < 10; i++) await wire.exchange(ASK, new AbortController().signal);
  expect([one.seen.requests, other.seen.requests]).toEqual([requests, 10 - requests]);
});
