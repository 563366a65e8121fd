import { createServer, type AddressInfo } from 'node:net';
import { request as httpRequest } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { serveHttp, type Health, type HttpEndpoints, type HttpSettings } from '../../src/observe/http.ts';
import { OperatorError } from '../../src/util/errors.ts';
import { ask } from './client.ts';

let live: Health = { ok: true, reasons: [] };
let ready: Health = { ok: true, reasons: [] };
const open: HttpEndpoints[] = [];
afterEach(async () => {
  live = ready = { ok: true, reasons: [] };
  for (const endpoints of open.splice(0)) await endpoints.close();
});

async function serve(port = 0, host = '127.0.0.1', settings: Partial<HttpSettings> = {}): Promise<HttpEndpoints> {
  const endpoints = await serveHttp(
    { listen: { host, port }, probes: null, status: 'loopback', ...settings },
    {
      metrics: { text: () => Promise.resolve('a 1\n'), contentType: 'text/plain; version=0.0.4; charset=utf-8' },
      live: () => live,
      ready: () => ready,
      status: () => ({ sources: [{ path: 'ü' }] }),
    },
  );
  open.push(endpoints);
  return endpoints;
}

const portOf = (url: string): number => Number(new URL(url).port);

describe('the endpoints', () => {
  it('tell metrics, status and what there is', async () => {
    const { url } = await serve();
    const metrics = await fetch(`${url}/metrics`);
    expect([metrics.status, metrics.headers.get('content-type'), await metrics.text()]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'a 1\n',
    ]);
    const status = await fetch(`${url}/status?pretty`);
    expect(status.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await status.json()).toEqual({ sources: [{ path: 'ü' }] });
    expect(await (await fetch(url)).text()).toMatch(/^podferry\n/);
  });

  it('tell health, with reasons', async () => {
    const { url } = await serve();
    expect([(await fetch(`${url}/livez`)).status, (await fetch(`${url}/readyz`)).status]).toEqual([200, 200]);
    ready = { ok: false, reasons: ['the first sweep is not done'] };
    const answer = await fetch(`${url}/readyz`);
    expect([answer.status, await answer.text()]).toEqual([503, 'not ok\nthe first sweep is not done\n']);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    live = { ok: false, reasons: ['stuck'] };
    expect((await fetch(`${url}/livez`)).status).toBe(503);
  });

  it('are for reading only, and no others', async () => {
    const { url } = await serve();
    const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '4', '']);
    const post = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/metrics/../../etc/passwd`)).status).toBe(404);
  });

  it('close at once, with a client still connected', async () => {
    const endpoints = await serve();
    const hanging = httpRequest(`${endpoints.url}/metrics`, { headers: { connection: 'keep-alive' } });
    hanging.on('error', () => {});
    hanging.flushHeaders();
    await fetch(`${endpoints.url}/livez`);
    await endpoints.close();
    await expect(fetch(`${endpoints.url}/livez`)).rejects.toThrow();
    hanging.destroy();
  });
});

describe('the probes on a port of their own', () => {
  it('tell health and nothing else', async () => {
    const { url, probesUrl } = await serve(0, '127.0.0.1', { probes: { host: '127.0.0.1', port: 0 } });
    expect(probesUrl).not.toBe(url);
    ready = { ok: false, reasons: ['the first sweep is not done'] };
    const answers = await Promise.all(
      ['/livez', '/readyz', '/metrics', '/status', '/'].map((path) => fetch(probesUrl + path)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 503, 404, 404, 200]);
    expect(await answers[1]!.text()).toBe('not ok\nthe first sweep is not done\n');
    // `podferry check` knows us by it.
    expect(await answers[4]!.text()).toMatch(/^podferry\n/);
  });

  it('may be the only ones', async () => {
    const { url, probesUrl } = await serve(0, '', { listen: null, probes: { host: '127.0.0.1', port: 0 } });
    expect([url, (await fetch(`${probesUrl}/livez`)).status]).toEqual(['', 200]);
  });
});

describe('/status names every pod', () => {
  const elsewhere = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  const get = (host: string) => `GET /status HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

  it.each(['localhost', 'localhost:9464', 'LOCALHOST:1', '127.0.0.1', '127.1.2.3:9464', '[::1]', '[::1]:9464'])(
    'and is told on loopback to who asks %s',
    async (host) => {
      expect(await ask(portOf((await serve()).url), get(host))).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  it.each([
    'evil.example',
    'evil.example:9464',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost@evil',
    '',
  ])('and not to a page that leads a browser there by the name %j', async (host) => {
    const port = portOf((await serve()).url);
    expect(await ask(port, get(host))).toMatch(/^HTTP\/1\.1 403 [^]*kubectl -n podferry port-forward[^]*http\.status/);
    expect(await ask(port, `GET http://${host}/status HTTP/1.1\r\nHost: localhost\r\n\r\n`)).not.toMatch(/ 200 /);
    expect(await ask(port, get(host).replace('/status', '/metrics'))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.skipIf(elsewhere === undefined)('and not to other machines, unless that is wanted', async () => {
    const closed = await serve(0, '0.0.0.0');
    const there = (url: string, path: string) => `http://${elsewhere}:${portOf(url)}${path}`;
    expect((await fetch(there(closed.url, '/status'))).status).toBe(403);
    expect((await fetch(there(closed.url, '/status'), { headers: { host: 'localhost' } })).status).toBe(403);
    expect((await fetch(there(closed.url, '/metrics'))).status).toBe(200);
    const opened = await serve(0, '0.0.0.0', { status: 'anywhere' });
    expect((await fetch(there(opened.url, '/status'))).status).toBe(200);
  });

  it('and is told on loopback where both families are listened to', async () => {
    const { url } = await serve(0, '::');
    expect((await fetch(`http://127.0.0.1:${portOf(url)}/status`)).status).toBe(200);
    expect((await fetch(`http://[::1]:${portOf(url)}/status`)).status).toBe(200);
  });
});

describe('an address that cannot be used', () => {
  it('is the operator’s mistake: taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as AddressInfo;
    const failed = await serve(port).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(OperatorError);
    expect(String(failed)).toContain(`http.listen 127.0.0.1:${port} cannot be used: another process listens there`);
    const probes = { host: '127.0.0.1', port };
    await expect(serve(0, '127.0.0.1', { probes })).rejects.toThrow(`http.probes 127.0.0.1:${port} cannot be used`);
    holder.close();
  });

  it('is the operator’s mistake: not of this machine', async () => {
    await expect(serve(0, '192.0.2.1')).rejects.toThrow('this machine has no such address');
  });
});
