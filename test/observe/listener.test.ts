/** A port under clients that do as they like: one request a connection, who gives way to whom, and what is cut off when. */
import { afterEach, describe, expect, test } from 'vitest';
import { words, type Answer } from '../../src/observe/answer.ts';
import { Listener, type ListenerOptions } from '../../src/observe/listener.ts';
import { until } from '../helpers/until.ts';
import { ask, dial, keptByKernel, type Client } from './client.ts';

const ASK = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const LONG = 60_000;

const open: Listener[] = [];
const clients: Client[] = [];
afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  for (const listener of open.splice(0)) await listener.close();
});

async function listen(options: Partial<ListenerOptions> = {}): Promise<number> {
  const respond = (): Answer => words(200, 'hello');
  const listener = new Listener({ most: 3, headMs: LONG, answerMs: LONG, respond, ...options });
  open.push(listener);
  return listener.listen('127.0.0.1', 0);
}

async function client(...how: Parameters<typeof dial>): Promise<Client> {
  const one = await dial(...how);
  clients.push(one);
  return one;
}

const large = (bytes: number): Answer => ({ status: 200, type: 'text/plain', body: Buffer.alloc(bytes, 'x') });

describe('one request a connection', () => {
  test('of two thousand in one piece the first is answered, the others are not even looked at', async () => {
    let asked = 0;
    const port = await listen({ respond: () => words(200, String(++asked)) });
    const heard = await ask(port, ASK.repeat(2000));
    expect(heard.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(heard).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n\r\n1$/);
    expect(asked).toBe(1);
  });

  test('it may come byte by byte', async () => {
    const port = await listen();
    const slow = await client(port);
    for (const byte of ASK) slow.socket.write(byte);
    await until(() => slow.closed(), 'answered');
    expect(slow.heard()).toMatch(/hello$/);
  });

  test('what is refused is told why: a body is not waited for, nor asked for', async () => {
    const port = await listen();
    const heard = await ask(port, 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n');
    expect(heard).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n[^]*only GET and HEAD\n$/);
  });

  test('a HEAD is answered without the body, and with its length', async () => {
    const port = await listen();
    const heard = await ask(port, ASK.replace('GET', 'HEAD'));
    expect(heard).toMatch(/content-length: 5\r\n[^]*\r\n\r\n$/);
  });

  test('who goes on sending after it is cut off', async () => {
    const port = await listen();
    const loud = await client(port);
    loud.socket.write(ASK);
    let sent = 0;
    const more = (): void =>
      void (loud.socket.writable && sent++ < 10_000 && loud.socket.write(Buffer.alloc(1024), more));
    more();
    await until(() => loud.closed(), 'cut off');
    expect(sent).toBeLessThan(10_000);
  });
});

describe('when there are as many connections as there may be', () => {
  test('the one that has waited longest gives way, and a probe is answered', async () => {
    const port = await listen();
    const idle = [await client(port), await client(port), await client(port)];
    expect(await ask(port, ASK)).toMatch(/hello$/);
    await until(() => idle[0]!.closed(), 'the oldest is closed');
    expect(idle.map((each) => each.closed())).toEqual([true, false, false]);
  });

  test('five thousand that say nothing, or half of it, keep out nobody', { timeout: 60_000 }, async () => {
    const port = await listen({ most: 32 });
    for (let wave = 0; wave < 50; wave++) {
      const idle = await Promise.all(Array.from({ length: 100 }, () => client(port)));
      for (const { socket } of idle) socket.write(ASK.slice(0, wave % ASK.length));
      expect(await ask(port, ASK)).toMatch(/hello$/);
    }
    await until(() => clients.filter((each) => !each.closed()).length <= 32, 'the others are closed');
  });

  test('one that is being answered is spared while another waits; after that, the longest goes', async () => {
    let asked = 0;
    const port = await listen({ respond: () => (asked++, new Promise(() => {})) });
    const [first, second] = [await client(port), await client(port)];
    first.socket.write(ASK);
    await until(() => asked === 1, 'the first is being answered');
    second.socket.write(ASK);
    await until(() => asked === 2, 'the second too');
    const idle = await client(port);
    const third = await client(port);
    await until(() => idle.closed(), 'the idle one gives way');
    third.socket.write(ASK);
    await until(() => asked === 3, 'the third is being answered');
    await client(port);
    await until(() => first.closed(), 'the one that was answered longest gives way');
    expect([second.closed(), third.closed()]).toEqual([false, false]);
  });

  test('the address that has most of them gives way, so that one client drives out only itself', async () => {
    const port = await listen();
    const probe = await client(port, { from: '127.0.0.1' });
    for (let i = 0; i < 50; i++) await client(port, { from: '127.0.0.2' });
    probe.socket.write(ASK);
    await until(() => probe.closed(), 'the probe is answered');
    expect(probe.heard()).toMatch(/hello$/);
  });
});

test('where descriptors are short only eight are kept, for a while, and a probe is answered all the same', async () => {
  const port = await listen({ most: 100 });
  const idle: Client[] = [];
  for (let i = 0; i < 20; i++) idle.push(await client(port));
  expect(await ask(port, ASK)).toMatch(/hello$/);
  open[0]!.save();
  await until(() => idle.filter((each) => !each.closed()).length <= 8, 'the others are closed');
  for (let i = 0; i < 20; i++) idle.push(await client(port));
  expect(await ask(port, ASK)).toMatch(/hello$/);
  await until(() => idle.filter((each) => !each.closed()).length <= 7, 'there are no more than eight');
});

describe('what takes too long is cut off', () => {
  test('a request that does not come', async () => {
    const port = await listen({ headMs: 50 });
    const half = await client(port);
    half.socket.write(ASK.slice(0, -1));
    await until(() => half.closed(), 'cut off');
    expect(half.heard()).toBe('');
  });

  test('an answer that is not fetched; till then others are told to come again, unless their answer is small', async () => {
    let bytes = 5_000_000;
    const port = await listen({ answerMs: 500, respond: () => large(bytes) });
    const lazy = await client(port, { reads: false });
    lazy.socket.write(ASK);
    await until(() => lazy.socket.bytesRead > 0 || keptByKernel(port).length > 0, 'it is being answered');
    await until(async () => /^HTTP\/1\.1 503[^]*retry-after: 1\r\n/.test(await ask(port, ASK)), 'there is no room');
    bytes = 60_000;
    expect(await ask(port, ASK)).toMatch(/^HTTP\/1\.1 200/);
    bytes = 5_000_000;
    await until(async () => (await ask(port, ASK)).startsWith('HTTP/1.1 200'), 'the lazy one is cut off');
    await until(() => keptByKernel(port).length === 0, 'nor does the kernel keep anything of it');
  });

  test('a client that does not close', async () => {
    const port = await listen({ answerMs: 50 });
    const lazy = await client(port);
    lazy.socket.removeAllListeners('end');
    lazy.socket.write(ASK);
    await until(() => lazy.heard().endsWith('hello'), 'answered');
    await until(() => keptByKernel(port).length === 0, 'cut off');
  });
});

describe('clients that leave', () => {
  // What the client takes in unread, what the kernel takes from us beyond that, and more than both.
  const SIZES = [60_000, 400_000, 5_000_000];
  test.each(['end', 'destroy', 'resetAndDestroy'] as const)('%s: the kernel keeps nothing for them', async (leave) => {
    let bytes = 0;
    const port = await listen({ most: 100, respond: () => large(bytes) });
    for (bytes of SIZES) {
      const [early, late] = [await client(port, { reads: false }), await client(port, { reads: false })];
      for (const { socket } of [early, late]) socket.write(ASK);
      early.socket[leave]();
      await until(() => keptByKernel(port).length === 1, `${bytes} bytes for who left are not kept`);
      late.socket[leave]();
      await until(() => keptByKernel(port).length === 0, `${bytes} bytes for who left later are not kept`);
    }
    expect(await ask(port, ASK)).toMatch(/x$/);
  });

  test('while their answer is being made', async () => {
    let made: (answer: Answer) => void;
    let asked = 0;
    const port = await listen({ respond: () => (asked++, new Promise((resolve) => (made = resolve))) });
    const one = await client(port);
    one.socket.write(ASK);
    await until(() => asked === 1, 'asked');
    one.socket.destroy();
    await until(() => keptByKernel(port).length === 0, 'gone');
    made!(words(200, 'too late'));
    await until(() => one.closed(), 'closed');
    expect(one.heard()).toBe('');
  });
});
