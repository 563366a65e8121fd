/** How a server is reached: client certificates, proxies, a Cloud ID, and what is said when the way is wrong. Real sockets. */
import { once } from 'node:events';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import { connect, createServer as createTcp, type AddressInfo, type Server as TcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { addressInCloudId } from '../../../src/sinks/elasticsearch/cloud-id.ts';
import { Wire, type Request, type WireOptions } from '../../../src/sinks/elasticsearch/wire.ts';
import { authority, type Certificate } from '../../helpers/certificate.ts';

const ASK: Request = { method: 'GET', path: '/', authorization: 'ApiKey x', timeoutMs: 10_000 };
const { signal } = new AbortController();

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function listening(server: TcpServer & Partial<Pick<Server, 'closeAllConnections'>>): Promise<string> {
  ends.push(() => {
    server.closeAllConnections?.();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function wireTo(options: WireOptions): Wire {
  const wire = new Wire(options);
  ends.push(() => wire.close());
  return wire;
}

/** Answers with the common name of the client's certificate. */
async function elasticsearch(options: ServerOptions): Promise<string> {
  const server = createHttps(options, (request, response) => {
    response.end((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody');
  });
  server.on('tlsClientError', () => {});
  return `https://${await listening(server)}`;
}

const said = async (wire: Wire): Promise<string> => {
  const answer = await wire.exchange(ASK, signal);
  return 'failed' in answer ? `${answer.failed}: ${answer.message}` : Buffer.concat(answer.chunks!).toString();
};

test('a client certificate is sent, and another one from the moment its files change', async () => {
  const ca = authority('ca');
  const url = await elasticsearch({ ...ca.issue('es', ['127.0.0.1']), ca: ca.cert, requestCert: true });
  let own: Certificate | undefined;
  const wire = wireTo({
    nodes: [url],
    ca: () => Buffer.from(ca.cert),
    cert: () => own && Buffer.from(own.cert),
    key: () => own && Buffer.from(own.key),
  });
  expect(await said(wire)).toMatch(/^connection: it wants another client certificate/);
  own = ca.issue('podferry-1');
  expect(await said(wire)).toBe('podferry-1');
  own = ca.issue('podferry-2');
  expect(await said(wire)).toBe('podferry-2');
  // In the middle of a change.
  own = { cert: ca.issue('podferry-3').cert, key: own.key };
  expect(await said(wire)).toMatch(/^connection: the client certificate and its key do not belong together/);
});

/** An HTTP proxy (RFC 9110, 9.3.6). `wants`: the credentials, and it never answers for `hangs.example`. */
async function proxy(wants?: string) {
  const seen: string[] = [];
  const server = createHttp();
  server.on('connect', (request, socket, head) => {
    seen.push(request.url!);
    if (request.url!.startsWith('hangs.')) return;
    if (request.headers['proxy-authorization'] !== wants) return void socket.end('HTTP/1.1 407 No\r\n\r\n');
    const [host, port] = request.url!.split(':');
    const there = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      there.write(head);
      socket.pipe(there).pipe(socket);
    });
    for (const each of [there, socket]) each.on('error', () => {});
  });
  return { seen, at: await listening(server) };
}

test('a proxy leads to https and http, with credentials of its own', async () => {
  const ca = authority('ca');
  const https = await elasticsearch(ca.issue('es', ['127.0.0.1']));
  const http = `http://${await listening(createHttp((_, response) => response.end('plain')))}`;
  const { seen, at } = await proxy(`Basic ${Buffer.from('me:s3cret').toString('base64')}`);
  const through = { ca: () => Buffer.from(ca.cert), proxy: `http://me:s3cret@${at}` };
  expect(await said(wireTo({ nodes: [https], ...through }))).toBe('nobody');
  expect(await said(wireTo({ nodes: [http], ...through }))).toBe('plain');
  expect(seen).toEqual([https, http].map((url) => new URL(url).host));
});

test('a proxy that never says whether there is a way: the request ends all the same, and so does podferry', async () => {
  const { at } = await proxy();
  const wire = new Wire({ nodes: ['https://hangs.example:9200'], proxy: `http://${at}` });
  const asked = { ...ASK, timeoutMs: 200 };
  expect(await wire.exchange(asked, signal)).toEqual({ failed: 'timeout', message: 'no answer within 0.2 s' });
  await wire.close();
});

test('a proxy that refuses, and one that is not there, are said without their credentials', async () => {
  const { at } = await proxy('Basic other');
  const url = 'https://es.example:9200';
  expect(await said(wireTo({ nodes: [url], proxy: `http://me:s3cret@${at}` }))).toMatch(/^connection: .*407/);
  const gone = await said(wireTo({ nodes: [url], proxy: 'http://me:s3cret@127.0.0.1:1' }));
  expect(gone).toMatch(/^connection: connect ECONNREFUSED 127\.0\.0\.1:1$/);
});

test('https spoken to http, and the reverse, is said in words', async () => {
  const http = await listening(createHttp((_, response) => response.end('x')));
  expect(await said(wireTo({ nodes: [`https://${http}`] }))).toMatch(
    /^connection: it does not speak TLS there: an address that begins with http:\/\/ may be meant \([a-z ]+\)$/,
  );
  // What servers of TLS answer to plain text: an alert, or nothing.
  const alert = await listening(createTcp((socket) => socket.end(Buffer.from([21, 3, 1, 0, 2, 2, 70]))));
  expect(await said(wireTo({ nodes: [`http://${alert}`] }))).toMatch(
    /^connection: it does not speak HTTP there: an address that begins with https:\/\/ may be meant/,
  );
});

test('a certificate that is not trusted, or another one’s, is said in words', async () => {
  const ca = authority('ca');
  const url = await elasticsearch(ca.issue('es', ['example.org']));
  expect(await said(wireTo({ nodes: [url] }))).toMatch(
    /^connection: nobody who is trusted here signed its certificate/,
  );
  expect(await said(wireTo({ nodes: [url], ca: () => Buffer.from(ca.cert) }))).toMatch(
    /^connection: its certificate is one for other names than the address \(.*127\.0\.0\.1/,
  );
});

const cloud = (text: string, name = 'logs:'): string => name + Buffer.from(text).toString('base64');
test.each([
  [cloud('eu-west-1.aws.found.io$abc$def'), 'https://abc.eu-west-1.aws.found.io'],
  [cloud('eu-west-1.aws.found.io:9243$abc$def'), 'https://abc.eu-west-1.aws.found.io:9243'],
  [cloud('found.io$abc:9244$def'), 'https://abc.found.io:9244'],
  [cloud('found.io$abc', ''), 'https://abc.found.io'],
  [cloud('found.io$abc$def', 'a:b:'), 'https://abc.found.io'],
  [cloud('found.io'), undefined],
  [cloud('$abc$def'), undefined],
  [cloud('found.io/x$abc'), undefined],
  ['logs:no base64!', undefined],
  ['', undefined],
])('the address in the Cloud ID %j is %j', (id, address) => expect(addressInCloudId(id)).toBe(address));
