import { createServer, type AddressInfo } from 'node:net';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { serveHttp, type Health, type HttpEndpoints } from '../../src/observe/http.ts';
import { OperatorError } from '../../src/util/errors.ts';

let live: Health = { ok: true, reasons: [] };
let ready: Health = { ok: true, reasons: [] };
const open: HttpEndpoints[] = [];
afterEach(async () => {
  live = ready = { ok: true, reasons: [] };
  for (const endpoints of open.splice(0)) await endpoints.close();
});

async function serve(port = 0, host = '127.0.0.1'): Promise<HttpEndpoints> {
  const endpoints = await serveHttp({
    host,
    port,
    metrics: { text: () => Promise.resolve('a 1\n'), contentType: 'text/plain; version=0.0.4; charset=utf-8' },
    live: () => live,
    ready: () => ready,
    status: () => ({ sources: [{ path: 'ü' }] }),
  });
  open.push(endpoints);
  return endpoints;
}

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

describe('an address that cannot be had', () => {
  it('is the operator’s mistake: taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as AddressInfo;
    const failed = await serve(port).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(OperatorError);
    expect(String(failed)).toContain(`http.listen 127.0.0.1:${port} cannot be had: another process listens there`);
    holder.close();
  });

  it('is the operator’s mistake: not of this machine', async () => {
    await expect(serve(0, '192.0.2.1')).rejects.toThrow('this machine has no such address');
  });
});
