import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Api } from '../../../src/kube/api/api.ts';
import { apiCredentials } from '../../../src/kube/api/credentials.ts';
import { ApiServer, type ApiServerOptions } from '../../helpers/apiserver.ts';
import { authority } from '../../helpers/certificate.ts';
import { until } from '../../helpers/until.ts';
import { podJson, type Pod } from '../fixtures.ts';

let dir: string;
const open: { close(): unknown }[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'podferry-kube-'));
});
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
  await rm(dir, { recursive: true });
});

const signal = new AbortController().signal;

async function start(options?: ApiServerOptions): Promise<ApiServer> {
  const server = await ApiServer.start(options);
  open.push({ close: () => server.stop() });
  return server;
}

function client(url: string, timeoutMs = 5_000): Api {
  const [tokenFile, caFile] = [join(dir, 'token'), join(dir, 'ca.crt')];
  const api = new Api({
    credentials: apiCredentials({ kubeconfig: '', url, tokenFile, caFile }),
    version: '0',
    timeoutMs,
  });
  open.push(api);
  return api;
}

async function list(api: Api): Promise<Pod[]> {
  const pods: Pod[] = [];
  await api.list('/api/v1/pods', {}, (pod) => pods.push(pod), signal);
  return pods;
}

describe('the client of the API server', () => {
  it('lists with gzip, whatever the pieces the answer comes in', async () => {
    const server = await start({ gzipOver: 100 });
    for (let i = 0; i < 20; i++) server.put(podJson((p) => (p.metadata.name = `한-${i}`)));
    server.pieces = 7;
    const pods = await list(client(server.url));
    expect(pods.map((pod) => pod.metadata.name)).toEqual(Array.from({ length: 20 }, (_, i) => `한-${i}`));
    expect(server.last('list')?.headers['accept-encoding']).toBe('gzip');
  });

  it('sends the token of the file, and reads it again at once on a 401', async () => {
    const tokens = new Set(['one']);
    const server = await start({ tokens });
    const api = client(server.url);
    await writeFile(join(dir, 'token'), 'one');
    expect(await list(api)).toEqual([]);
    tokens.delete('one');
    tokens.add('two');
    server.fail(1, 'any', { status: 401 });
    await writeFile(join(dir, 'token'), 'two');
    expect(await list(api)).toEqual([]);
    expect(server.seen.map(({ status }) => status)).toEqual([200, 401, 200]);
  });

  it('gives up after a second 401', async () => {
    const server = await start({ tokens: new Set(['right']) });
    await expect(list(client(server.url))).rejects.toMatchObject({ kind: 'unauthorized', status: 401 });
    expect(server.seen).toHaveLength(2);
  });

  it.each([
    [403, 'forbidden'],
    [404, 'garbled'],
    [410, 'expired'],
    [429, 'throttled'],
    [500, 'server_error'],
    [503, 'server_error'],
  ])('sorts a %i as %s', async (status, kind) => {
    const server = await start();
    server.fail(1, 'any', { status, headers: { 'retry-after': '3' } });
    await expect(list(client(server.url))).rejects.toMatchObject({ kind, status, retryAfterMs: 3000 });
  });

  it.each([
    ['a page of a proxy', { status: 200, body: '<html></html>' }, 'garbled'],
    ['half a list', { status: 200, body: '{"items":[{"metadata":' }, 'garbled'],
    ['a broken connection', 'reset' as const, 'connection'],
  ])('survives %s', async (_, failure, kind) => {
    const server = await start();
    server.fail(1, 'any', failure);
    const api = client(server.url);
    const error: unknown = await list(api).catch((e: unknown) => e);
    if (kind === 'garbled') expect(error).toMatchObject({ kind });
    else expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(await list(api)).toEqual([]);
  });

  it('survives a gzip body that is none, and one that is cut', async () => {
    const server = createHttpServer((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end('not gzip');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    open.push(server);
    await expect(list(client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))).rejects.toThrow(/header/);
  });

  it('does not wait without end: a server that accepts and says nothing', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    open.push(server);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(list(client(url, 50))).rejects.toMatchObject({ kind: 'silent' });
  });

  it('does not wait without end: a server that hangs up in the middle of its answer without a word', async () => {
    const server = createHttpServer((_, response) => response.write('{"items":['));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    open.push({ close: () => (server.closeAllConnections(), server.close()) });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(list(client(url, 50))).rejects.toMatchObject({ kind: 'silent' });
  });

  it('stops at once when it is told to', async () => {
    const server = await start();
    server.fail(1, 'any', 'hang');
    const stop = new AbortController();
    const pending = client(server.url).get('/api/v1/pods', {}, stop.signal);
    await until(() => server.seen.length === 1, 'the request is there');
    stop.abort();
    await expect(pending).rejects.toThrow(/abort/);
  });

  it('keeps its connection, and leaves nothing behind on the signal it is given', async () => {
    const server = await start();
    const api = client(server.url);
    const warnings: unknown[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    for (let i = 0; i < 40; i++) await list(api);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    expect(server.connections).toBe(1);
  });

  it('trusts the CA of the file only, and one that replaces it from the next request on', async () => {
    const [ca, other] = [authority('one'), authority('two')];
    const server = await start({ tls: ca.issue('api', ['127.0.0.1']) });
    const api = client(server.url);
    await expect(list(api)).rejects.toThrow(/certificate|signed/);
    await writeFile(join(dir, 'ca.crt'), other.cert);
    await expect(list(api)).rejects.toThrow(/certificate|signed/);
    await writeFile(join(dir, 'ca.crt'), ca.cert);
    expect(await list(api)).toEqual([]);
    server.setCertificate(other.issue('api', ['127.0.0.1']));
    await writeFile(join(dir, 'ca.crt'), other.cert);
    expect(await list(api)).toEqual([]);
    await writeFile(join(dir, 'ca.crt'), 'half a fi');
    await expect(list(api)).rejects.toThrow();
  });

  it('shows a client certificate', async () => {
    const ca = authority('ca');
    const server = await start({ tls: { ...ca.issue('api', ['127.0.0.1']), clientCa: ca.cert }, tokens: new Set() });
    const { cert, key } = ca.issue('podferry');
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const kubeconfig = {
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      clusters: [{ name: 'x', cluster: { server: server.url, 'certificate-authority-data': base64(ca.cert) } }],
      users: [{ name: 'x', user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } }],
    };
    await writeFile(join(dir, 'config'), JSON.stringify(kubeconfig));
    const options = { kubeconfig: join(dir, 'config'), url: '', tokenFile: '', caFile: '' };
    const api = new Api({ credentials: apiCredentials(options), version: '0' });
    open.push(api);
    expect(await list(api)).toEqual([]);
  });
});
